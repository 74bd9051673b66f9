"""Compiles a schema text into the tables that lib/ejson walks along.

python -m tools.schema            rewrites lib/ship/schema.py and lib/spine/schema.py from schema.txt beside them
python -m tools.schema --slots    prints slots, events and marks

The text, in words:

    enum role client server special        an enumeration; `-` as first word leaves index 0 unused
    datagram {                             the root: one top-level element
      header {
        msgCounter:n                       leaf: i int, b boolean, g tag, t text, n digits, p address path, f foreign
        cmdClassifier:e.classifier         leaf with a value of an enumeration (m.NAME: list of them as a bit mask)
      }
      cmd*#1{ ... }                        list; every item gives event 1 (a group may have an event too)
      x+{ ... }                            group with a slot that tells its presence
      ~fn/function                         a slot with a name and no element of its own, its values those of an enum
      y=fn.limits{ ... }                   group that writes the index of `limits` in that enum into the slot `fn`
      z@{ ... } z@a{ ... }                 alternatives: the slots of all @ siblings (all @a siblings) start at one place
      !odd                                 an unknown child writes 1 into the slot `odd` of an outer ~odd
    }
"""

import argparse
import re
from pathlib import Path

LIB = Path(__file__).resolve().parent.parent / "lib"
KINDS = {"i": 0, "b": 1, "g": 2, "t": 3, "n": 4, "e": 5, "group": 6, "list": 7, "p": 8, "m": 9, "f": 10}
TOKEN = re.compile(r"[{}]|[^\s{}]+")


class Node:
    def __init__(self, event=0):
        self.children = []  # (name, kind, slot, target, mark)
        self.event = event
        self.lo = self.hi = 0
        self.unknown = 255
        self.offset = 0


class Schema:
    def __init__(self, text):
        self.names = b""
        self.at = {}
        self.enums = {}
        self.nodes = []
        self.next = 0
        self.slots = {}  # path -> slot
        self.events = {}  # path -> event
        body = []
        for line in text.splitlines():
            line = line.split("//")[0]
            if line.startswith("enum "):
                _, name, *words = line.split()
                self.enums.setdefault(name, []).extend("" if w == "-" else w for w in words)
            else:
                body += TOKEN.findall(line)
        self.tokens = body
        self.root = self.group((), Node(), {})
        self.root.hi = self.next
        self.layout()

    def name(self, word):
        if word not in self.at:
            self.at[word] = len(self.names)
            self.names += bytes((len(word),)) + word.encode()
        return self.at[word]

    def slot(self, path):
        self.slots[".".join(path)] = self.next
        self.next += 1
        return self.next - 1

    def group(self, path, node, scope):
        """Reads children up to } or the end."""
        self.nodes.append(node)
        node.lo = self.next
        scope = dict(scope)
        bases = {}
        top = self.next
        while self.tokens:
            tok = self.tokens.pop(0)
            if tok == "}":
                break
            if tok[0] == "~":
                where, _, enum = tok[1:].partition("/")
                scope[where] = self.slot((*path, "~" + where)), enum
                continue
            if tok[0] == "!":
                node.unknown = scope[tok[1:]][0]
                continue
            name, list_, event, union, presence, mark, leaf = re.fullmatch(
                r"(\w+)(\*?)(?:#(\d+))?(@\w?)?(\+?)(?:=([\w.]+))?(?::([\w.]+))?", tok
            ).groups()
            here = (*path, name)
            if union:
                top = max(top, self.next)
                self.next = bases.setdefault(union, top)
            if leaf:
                kind, _, enum = leaf.partition(".")
                slot = 255 if kind == "f" else self.slot(here)
                node.children.append((name, KINDS[kind], slot, enum or None, 1))
            else:
                assert self.tokens.pop(0) == "{", tok
                slot, value = 255, 1
                if presence:
                    slot = self.slot(here)
                if mark:
                    where, _, word = mark.partition(".")
                    slot, enum = scope[where]
                    value = self.enums[enum].index(word)
                child = Node(int(event or 0))
                if event:
                    self.events[".".join(here)] = int(event)
                node.children.append((name, KINDS["list" if list_ else "group"], slot, child, value))
                self.group(here, child, scope)
            top = self.next = max(top, self.next)
        node.hi = self.next
        return node

    def layout(self):
        """Offsets, then bytes."""
        for words in self.enums.values():
            for w in words:
                self.name(w)
        off = 0
        for node in self.nodes:
            node.offset = off
            off += 5 + 7 * len(node.children)
        enum_at = {}
        tail = b""
        for name, words in self.enums.items():
            enum_at[name] = off + len(tail)
            tail += bytes((len(words),)) + b"".join(self.name(w).to_bytes(2, "little") for w in words)
        out = b""
        for node in self.nodes:
            out += bytes((len(node.children), node.lo, node.hi, node.event, node.unknown))
            for name, kind, slot, target, mark in node.children:
                where = target.offset if isinstance(target, Node) else enum_at.get(target, 0)
                out += self.name(name).to_bytes(2, "little") + bytes((kind, slot))
                out += where.to_bytes(2, "little") + bytes((mark,))
        assert len(out) == off and self.next < 250
        self.table = out + tail
        self.enum_at = enum_at

    def source(self, title):
        """The module text."""
        lines = [f"# {title}: tables for ejson.Walker", "# generated by `python -m tools.schema` from schema.txt"]
        lines.append("")
        lines.append(f"SLOTS = {self.next}")
        for name, off in self.enum_at.items():
            lines.append(f"{name.upper()} = {off}  # enumeration in T")
        for label, data in (("N", self.names), ("T", self.table)):
            lines.append(f"{label} = (")
            for i in range(0, len(data), 24):
                lines.append("    " + byte_literal(data[i : i + 24]))
            lines.append(")")
        return "\n".join(lines) + "\n"


def byte_literal(chunk):
    return 'b"' + "".join(chr(c) if 32 <= c < 127 and c not in b'"\\' else f"\\x{c:02x}" for c in chunk) + '"'


def load(package):
    return Schema((LIB / package / "schema.txt").read_text())


def main():
    parser = argparse.ArgumentParser(prog="python -m tools.schema", description=__doc__.split("\n")[0])
    parser.add_argument("--slots", action="store_true", help="print slots, events and enumerations instead")
    args = parser.parse_args()
    for package in ("ship", "spine"):
        schema = load(package)
        if args.slots:
            print(f"== {package}: {schema.next} slots, {len(schema.names)} + {len(schema.table)} bytes")
            for path, slot in schema.slots.items():
                print(f"{slot:4} {path}")
            for path, event in schema.events.items():
                print(f"event {event}: {path}")
        else:
            (LIB / package / "schema.py").write_text(schema.source(package))


if __name__ == "__main__":
    main()
