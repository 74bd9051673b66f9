"""A datagram as lines of text."""

from tools.hems import ejson
from tools.hems.datagram import Datagram

_ARROWS = {"sent": "->", "seen": "<-"}
_DEEPEST = 8


def number(value):
    """A scaledNumber as decimal text, None when it is none."""
    if not isinstance(value, dict) or "number" not in value or not value.keys() <= _SCALED:
        return None
    digits, scale = value["number"], value.get("scale", 0)
    if scale >= 0:
        return str(digits * 10**scale)
    return f"{digits / 10**-scale:.{-scale}f}"


_SCALED = {"number", "scale"}


def words(value, name="", depth=0):
    """ "limitId 0", "isLimitActive true", "value 4200", "timePeriod.endTime PT2H" ..."""
    scaled = number(value)
    if scaled is not None:
        yield f"{name} {scaled}"
    elif isinstance(value, dict) and value and depth < _DEEPEST:
        for key, child in value.items():
            yield from words(child, f"{name}.{key}" if name else key, depth + 1)
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for item in value:
            yield from words(item, name, depth + 1)
    elif isinstance(value, list):
        yield f"{name} [{', '.join(map(str, value))}]"
    elif value in ({}, None):
        yield name
    else:
        yield f"{name} {str(value).lower() if isinstance(value, bool) else value}"


def items(datagram):
    """The data as one text for each item of a list, or one for all."""
    data = datagram.data
    if isinstance(data, dict) and len(data) == 1:
        (inner,) = data.values()
        if isinstance(inner, list) and all(isinstance(item, dict) for item in inner):
            return [", ".join(words(item)) for item in inner]
    text = ", ".join(words(data)) if data else ""
    return [text] if text else []


def lines(entry, start):
    """The lines of one entry of a record; `start`: time of its first, Unix seconds."""
    datagram = Datagram(entry["datagram"])
    arrow = _ARROWS.get(entry["dir"], "??")
    yield f"{entry['t'] - start:9.3f} {arrow} {datagram}" + " ack" * datagram.ack
    for condition in ejson.as_list(datagram.cmd.get("filter")):
        yield f"{'':15}filter {', '.join(words(condition))}"
    for item in items(datagram):
        yield f"{'':15}{item}"
