"""Whether a datagram is valid JSON, minified, and has its elements in the order of the schemas."""

import json

_TABLE = __file__.rsplit("/", 1)[0] + "/data/spine_order.txt"
_roots = {}


def _children(text, i):
    """Children behind an opening brace: ({name: (place, list, children or None)}, end)."""
    found = {}
    while text[i] != "}":
        if text[i] == " ":
            i += 1
            continue
        j = i
        while text[j] not in " {}*":
            j += 1
        name = text[i:j]
        listed = text[j] == "*"
        j += listed
        below = None
        if text[j] == "{":
            below, j = _children(text, j + 1)
        found[name] = len(found), listed, below
        i = j
    return found, i + 1


def _load():
    with open(_TABLE) as file:
        for line in file:
            if not line.startswith("#"):
                name, _, rest = line.partition(" {")
                _roots[name] = _children(rest, 0)[0]


def _elements(value, allowed, where):
    """An object: a list of objects with one key each."""
    assert isinstance(value, list), where
    last = -1
    for one in value:
        assert isinstance(one, dict) and len(one) == 1, where
        key = list(one)[0]
        assert key in allowed, where + "." + key + " is unknown"
        place, listed, below = allowed[key]
        assert place > last, where + "." + key + " is out of order"
        last = place
        inner = where + "." + key
        items = one[key] if listed else [one[key]]
        assert isinstance(items, list), inner
        for item in items:
            if below is None:
                assert not isinstance(item, (list, dict)), inner
            else:
                _elements(item, below, inner)


def _object(value, names, where):
    """Values of the elements of an object that has all of those, in that order."""
    assert [list(one)[0] for one in value] == list(names), where
    return [one[name] for one, name in zip(value, names)]


def check(text):
    """The parsed datagram; AssertionError with the place that is wrong."""
    if not _roots:
        _load()
    value = json.loads(text)
    assert _minified(text), "not minified"
    assert list(value) == ["datagram"]
    header, payload = _object(value["datagram"], ("header", "payload"), "datagram")
    _elements(header, _roots["header"], "header")
    (cmds,) = _object(payload, ("cmd",), "payload")
    assert len(cmds) == 1
    cmd = cmds[0]
    names = [list(one)[0] for one in cmd]
    if "filter" in names:
        assert names[:2] == ["function", "filter"] and cmd[0]["function"] == names[2], "cmd"
        for one in cmd[1]["filter"]:
            _elements(one, _roots["filter"], "filter")
    else:
        assert len(names) == 1, "cmd"
    _elements(cmd[-1][names[-1]], _roots[names[-1]], names[-1])
    return value


def _minified(text):
    """Whether there is no white space outside of strings."""
    inside = False
    for part in text.replace("\\\\", "").replace('\\"', "").split('"'):
        if not inside and len(part.split()) > (part != ""):
            return False
        if not inside and part != part.strip():
            return False
        inside = not inside
    return True
