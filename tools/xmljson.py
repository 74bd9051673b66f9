"""SHIP messages as XML and as JSON: python -m tools.xmljson FILE (6.8.4, 6.8.5, Tables 24 to 29).

XML in gives JSON, JSON in gives XML; `-` reads standard input. What the schema of Annex A says
decides about types, order and repetition; the oracle for what the firmware writes and reads.

    Table 24   text and hexBinary -> string, int -> number, boolean -> true, false
    Table 26   sequence and choice -> array of objects with one key each, empty -> []
               maxOccurs > 1 -> array of the values inside its key
"""

import json
import re
import sys
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

NAMESPACE = "http://docs.eebus.org/ship/xsd/v1"
_TOKEN = re.compile(r"//[^\n]*|([\w]+)([?*]?)(?::(\w+))?|([{}])")


class MappingError(ValueError):
    """A message that the schema does not allow; the text says where and why."""


class Element(NamedTuple):
    """`kind`: a simple type, or "" with `children`; `card`: "", "?" or "*"."""

    name: str
    card: str
    kind: str
    children: tuple


def load(text):
    """{name: Element} of the messages in a schema text."""
    tokens = [m.groups() for m in _TOKEN.finditer(text) if not m[0].startswith("//")]

    def elements(at):
        found = []
        while at < len(tokens) and tokens[at][3] != "}":
            name, card, kind, _ = tokens[at]
            at += 1
            children = ()
            if not kind:
                if tokens[at][3] != "{":
                    raise MappingError(f"{name} needs a type or children")
                children, at = elements(at + 1)
                at += 1
            found.append(Element(name, card, kind or "", children))
        return tuple(found), at

    return {element.name: element for element in elements(0)[0]}


MESSAGES = load((Path(__file__).parent / "annex_a.txt").read_text())


# -- JSON in -----------------------------------------------------------------------------------


def check(message):
    """Checks a decoded JSON message against the schema, order included. Raises MappingError."""
    _one(message, "message")
    ((name, value),) = message.items()
    if name not in MESSAGES:
        raise MappingError(f"{name} is no message")
    _check(MESSAGES[name], value)


def _one(value, where):
    if not isinstance(value, dict) or len(value) != 1:
        raise MappingError(f"{where}: an object with one key")


def _check(element, value):
    if element.kind:
        _simple(element, value)
        return
    if not isinstance(value, list):
        raise MappingError(f"{element.name}: an array of objects")
    place = 0
    names = [child.name for child in element.children]
    seen = set()
    for item in value:
        _one(item, element.name)
        ((name, content),) = item.items()
        if name not in names[place:]:
            raise MappingError(f"{element.name}: {name} does not belong there")
        place = names.index(name) + 1
        seen.add(name)
        child = element.children[place - 1]
        if child.card == "*":
            if not isinstance(content, list):
                raise MappingError(f"{name}: an array of its values")
            for one in content:
                _check(child, one)
        else:
            _check(child, content)
    for child in element.children:
        if not child.card and child.name not in seen:
            raise MappingError(f"{element.name}: {child.name} is missing")


def _simple(element, value):
    kind = element.kind
    good = {
        "int": isinstance(value, int) and not isinstance(value, bool),
        "bool": isinstance(value, bool),
        "text": isinstance(value, str),
        "hex": isinstance(value, str) and bool(re.fullmatch("([0-9a-fA-F])*", value)),
        "any": isinstance(value, dict) and len(value) == 1,
    }[kind]
    if not good:
        raise MappingError(f"{element.name}: {value!r} is no {kind}")


def to_xml(message):
    """XML text of a decoded JSON message (6.8.5). Raises MappingError."""
    check(message)
    ((name, value),) = message.items()
    root = ElementTree.Element(name, xmlns=NAMESPACE)
    _fill(root, MESSAGES[name], value)
    return ElementTree.tostring(root, encoding="unicode")


def _fill(node, element, value):
    if element.kind == "any":
        _fill_any(node, value)
    elif element.kind:
        node.text = _lexical(value)
    else:
        children = {child.name: child for child in element.children}
        for item in value:
            ((name, content),) = item.items()
            for one in content if children[name].card == "*" else (content,):
                _fill(ElementTree.SubElement(node, name), children[name], one)


def _fill_any(node, value):
    """A value of a foreign schema: arrays of arrays and of simple values are repetitions."""
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list):
        node.text = _lexical(value)
        return
    for item in value:
        for name, content in item.items():
            several = isinstance(content, list) and content and not isinstance(content[0], dict)
            for one in content if several else (content,):
                _fill_any(ElementTree.SubElement(node, name), one)


def _lexical(value):
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


# -- XML in ------------------------------------------------------------------------------------


def from_xml(text):
    """The JSON message (decoded) of an XML text (6.8.4); name space prefixes are dropped. The
    payload of `data` must be empty: its types are those of another schema. Raises MappingError."""
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise MappingError(f"no XML: {error}") from None
    name = _local(root)
    if name not in MESSAGES:
        raise MappingError(f"{name} is no message")
    message = {name: _read(MESSAGES[name], root)}
    check(message)
    return message


def _local(node):
    return node.tag.rpartition("}")[2]


def _read(element, node):
    if element.kind == "any":
        if len(node) != 1 or len(node[0]):
            raise MappingError(f"{element.name}: one empty element")
        return {_local(node[0]): []}
    if element.kind:
        return _value(element, (node.text or "").strip())
    out = []
    for child in node:
        name = _local(child)
        known = next((one for one in element.children if one.name == name), None)
        if known is None:
            raise MappingError(f"{element.name}: {name} does not belong there")
        value = _read(known, child)
        if known.card != "*":
            out.append({name: value})
        elif out and name in out[-1]:
            out[-1][name].append(value)
        else:
            out.append({name: [value]})
    return out


def _value(element, text):
    try:
        if element.kind == "int":
            return int(text)
        if element.kind == "bool":
            return {"true": True, "1": True, "false": False, "0": False}[text]
    except (ValueError, KeyError):
        raise MappingError(f"{element.name}: {text!r} is no {element.kind}") from None
    return text


def main(arguments=None):
    arguments = sys.argv[1:] if arguments is None else arguments
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    text = sys.stdin.read() if arguments[0] == "-" else Path(arguments[0]).read_text()
    try:
        if text.lstrip().startswith("<"):
            print(json.dumps(from_xml(text), separators=(",", ":"), ensure_ascii=False))
        else:
            print(to_xml(json.loads(text)))
    except ValueError as error:
        print(f"tools.xmljson: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
