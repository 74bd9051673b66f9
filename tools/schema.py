"""Compiles a schema text into the tables that lib/ejson walks along.

python -m tools.schema [FOLDER ...]    rewrites schema.py there from schema.txt beside it
python -m tools.schema --slots         prints slots, events and marks

The folders are lib/ship, lib/spine, lib/usecases/bill, lib/usecases/schedule, and that of an
example for the tests of lib/ejson.

The text, in words:

    enum role client server special   an enumeration; `-` as first word leaves index 0 unused
    export role                       the enumerations whose words the module has
    +...                              a line of the extended schema alone, see modules()
    datagram {                        the root: one top-level element
      header {
        msgCounter:n                  leaf: i int, b boolean, g tag, t text, n digits,
                                      p address path, f foreign
        cmdClassifier:e.classifier    leaf with a value of an enumeration (m.NAME: list of them
                                      as a bit mask)
      }
      cmd*#1{ ... }                   list; every item gives event 1 (a group may have one too)
      x+{ ... }                       group with a slot that tells its presence
      ~fn/function                    a slot with a name and no element of its own, its values
                                      those of an enumeration
      y=fn.limits{ ... }              group that writes the index of `limits` in that enumeration
                                      into the slot `fn`
      y=fn.limits:f                   foreign leaf with that index as its mark
      z@{ ... } z@a{ ... }            alternatives: the slots of all @ siblings (all @a siblings)
                                      start at one place
      !odd                            an unknown child writes 1 into the slot `odd` of an outer
                                      ~odd
    }
"""

import argparse
import re
from pathlib import Path

from tools import ROOT

LIB = ROOT / "lib"
FOLDERS = [
    ROOT / name
    for name in (
        "lib/ship",
        "lib/spine",
        "lib/usecases/bill",
        "lib/usecases/schedule",
        "host_tests/unit/ejson_example",
    )
]
KINDS = {word: i for i, word in enumerate(("i", "b", "g", "t", "n", "e", "group", "list", *"pmf"))}
_WIDTH = 100  # of a line
_EXTENDED = ("function", "feature")  # enumerations that the extended schema has more of
TOKEN = re.compile(r"[{}]|[^\s{}]+")


class Node:
    def __init__(self, event=0):
        self.children = []  # (name, kind, slot, target, mark)
        self.event = event
        self.lo = self.hi = 0
        self.unknown = 255
        self.offset = 0


class Schema:
    def __init__(self, text, whole=True):
        self.enums = {}
        self.exported = []
        self.nodes = []
        self.next = 0
        self.slots = {}  # path -> slot
        self.events = {}  # path -> event
        body = []
        for line in text.splitlines():
            line = line.split("//")[0]
            if line.startswith("+"):
                line = line[1:] * whole
            if line.startswith("enum "):
                _, name, *words = line.split()
                self.enums.setdefault(name, []).extend("" if w == "-" else w for w in words)
            elif line.split()[:1] == ["export"]:
                self.exported = line.split()[1:]
            else:
                body += TOKEN.findall(line)
        self.tokens = body
        self.root = self.group((), Node(), {})
        self.root.hi = self.next
        self.layout()

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
                value = 1
                if mark:
                    where, _, word = mark.partition(".")
                    value = self.enums[scope[where][1]].index(word)
                node.children.append((name, KINDS[kind], slot, enum or None, value))
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
                kind = KINDS["list" if list_ else "group"]
                node.children.append((name, kind, slot, child, value))
                self.group(here, child, scope)
            top = self.next = max(top, self.next)
        node.hi = self.next
        return node

    def share(self, node, known):
        """The first node that is equal to this one: the tables hold each only once."""
        node.children = [
            (name, kind, slot, self.share(to, known) if isinstance(to, Node) else to, mark)
            for name, kind, slot, to, mark in node.children
        ]
        key = node.event, node.lo, node.hi, node.unknown, *node.children
        return known.setdefault(key, node)

    def layout(self):
        """Offsets, then bytes."""
        known = {}
        self.share(self.root, known)
        self.nodes = [node for node in self.nodes if node in known.values()]
        off = 0
        for node in self.nodes:
            node.offset = off
            off += 5 + 7 * len(node.children)
        enum_at = {}
        tail = b""
        for name, words in self.enums.items():
            enum_at[name] = off + len(tail)
            tail += bytes((len(words),))
            tail += b"".join(map(hashed, words))
        out = b""
        for node in self.nodes:
            out += bytes((len(node.children), node.lo, node.hi, node.event, node.unknown))
            for name, kind, slot, target, mark in node.children:
                where = target.offset if isinstance(target, Node) else enum_at.get(target, 0)
                out += hashed(name) + bytes((kind, slot))
                out += where.to_bytes(2, "little") + bytes((mark,))
        assert len(out) == off and self.next < 250
        # the order of the last key is kept in 7 bits, a mask in 30
        assert all(len(node.children) < 127 for node in self.nodes)
        assert all(
            len(self.enums[target]) <= 30
            for node in self.nodes
            for _, kind, _, target, _ in node.children
            if kind == KINDS["m"] and target
        )
        # two names that may stand at one place must differ in their hashes
        places = [[child[0] for child in node.children] for node in self.nodes]
        for words in (*places, *self.enums.values()):
            assert len(set(map(hashed, words))) == len(words), words
        self.table = out + tail

    def source(self, title, exported=None):
        """The module text; `exported`: the enumerations whose words it has (None: of the text),
        each with its length before it."""
        if exported is None:
            exported = self.exported
        lines = [
            f"# {title}: tables for ejson.Walker",
            "# generated by `python -m tools.schema` from schema.txt",
            "",
            f"SLOTS = {self.next}",
        ]
        blobs = {"T": self.table}
        for name, words in self.enums.items():
            if name in exported:
                blobs[name.upper()] = b"".join(bytes((len(w),)) + w.encode() for w in words)
        for label, data in blobs.items():
            line = f"{label} = {byte_literal(data)}"
            if len(line) < _WIDTH:
                lines.append(line)
                continue
            lines.append(f"{label} = (")
            for i in range(0, len(data), 22):
                lines.append("    " + byte_literal(data[i : i + 22]))
            lines.append(")")
        return "\n".join(lines) + "\n"


def hashed(name):
    """The two bytes that stand for a name in the tables, see _fast.walk. A name that nobody has
    thought of is taken for one of the n at its place with a chance of n in 65536; no name of
    SPINE 1.3.0 and SHIP is."""
    n = 0
    for c in name.encode():
        n = (n * 14137 ^ c) & 0xFFFF
    return n.to_bytes(2, "little")


def byte_literal(chunk):
    plain = "".join(chr(c) if 32 <= c < 127 and c not in b'"\\' else f"\\x{c:02x}" for c in chunk)
    return f'b"{plain}"'


def load(package, whole=True):
    """The schema of a package of lib/, or of another folder given as an absolute path; `whole`:
    with the lines that are marked +."""
    return Schema((LIB / package / "schema.txt").read_text(), whole)


def modules(folder):
    """(path, text) of the modules that are made of the schema in a folder."""
    yield folder / "schema.py", load(folder, False).source(folder.name)
    if folder == LIB / "ship":
        yield folder / "material_schema.py", load(folder).source(folder.name, ())
    if folder == LIB / "spine":
        extended = load(folder)
        names = ("SLOTS", "T", *(name.upper() for name in _EXTENDED))
        text = extended.source(folder.name, _EXTENDED) + "\n\ndef extend():\n"
        text += '    """Puts these tables in the place of those of spine.schema."""\n'
        text += "    from spine import schema\n\n"
        text += "".join(f"    schema.{name} = {name}\n" for name in names)
        yield folder / "extended.py", text


def main():
    parser = argparse.ArgumentParser(prog="tools.schema", description=__doc__.splitlines()[0])
    parser.add_argument(
        "folder", nargs="*", type=lambda name: Path(name).absolute(), default=FOLDERS
    )
    parser.add_argument("--slots", action="store_true", help="print slots and events instead")
    args = parser.parse_args()
    for folder in args.folder:
        schema = load(folder)
        if args.slots:
            size = f"{len(schema.table)} bytes"
            print(f"== {folder.name}: {schema.next} slots, {size}")
            for path, slot in schema.slots.items():
                print(f"{slot:4} {path}")
            for path, event in schema.events.items():
                print(f"event {event}: {path}")
        else:
            for path, text in modules(folder):
                path.write_text(text)


if __name__ == "__main__":
    main()
