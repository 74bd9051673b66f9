"""EEBUS JSON (6.8): plain Python objects to the wire form and back.

Plain form: dict for an element with children, list for a repeated element, scalars as they are.
Wire form: an object is an array of one-key objects, an empty element is `[]`, a list of objects
is an array of arrays. Empty list and empty object look the same on the wire: both decode to {}.
"""

import json


class Repeat(list):
    """Values of a key that occurs more than once inside one object (selectors of a filter)."""


class Plain(dict):
    """An object that stays a JSON object on the wire (message root, SHIP payload)."""


def to_wire(value):
    """Wire form of a plain value."""
    if isinstance(value, Plain):
        return {key: to_wire(item) for key, item in value.items()}
    if isinstance(value, dict):
        wire = []
        for key, item in value.items():
            for one in item if isinstance(item, Repeat) else (item,):
                wire.append({key: to_wire(one)})
        return wire
    if isinstance(value, list):
        return [to_wire(item) for item in value]
    return value


def from_wire(value):
    """Plain form of a decoded JSON value; plain objects are tolerated anywhere."""
    if isinstance(value, dict):
        return {key: from_wire(item) for key, item in value.items()}
    if not isinstance(value, list):
        return value
    if not all(isinstance(item, dict) for item in value):
        return [from_wire(item) for item in value]
    plain = {}
    for item in value:
        for key, child in item.items():
            child = from_wire(child)
            if key not in plain:
                plain[key] = child
            elif isinstance(plain[key], Repeat):
                plain[key].append(child)
            else:
                plain[key] = Repeat([plain[key], child])
    return plain


def dumps(message):
    """Minified wire text of a message given as {name: content}."""
    return json.dumps(to_wire(Plain(message)), separators=(",", ":"), ensure_ascii=False)


def loads(data):
    """Plain form of wire bytes; trailing zero bytes are dropped. Raises ValueError."""
    return from_wire(json.loads(bytes(data).rstrip(b"\0").decode()))


def spaced(text):
    """Put JSON white space around every structural character outside strings (SHIP-IG-01)."""
    out, inside, escaped = [], False, False
    for char in text:
        if inside:
            out.append(char)
            inside = escaped or char != '"'
            escaped = char == "\\" and not escaped
        elif char in "{}[]:,":
            out.append(" \t\r\n" + char + "\n\r\t ")
        else:
            out.append(char)
            inside = char == '"'
    return "".join(out)


def as_list(value):
    """A decoded list element: {} (empty) is [], a lone object or scalar is a list of one."""
    if value is None or value == {}:
        return []
    return value if isinstance(value, list) else [value]
