"""Restricted reads against an oracle in plain Python: any selectors and elements."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from spine_bench import CONFIG, DIAGNOSIS, ELECTRIC, LOAD, MEASUREMENT, NODE, Wallbox
from test_spine_restrict import cmd

_OWN = "d:_i:12345_WB-0001"
_FUNCTIONS = (
    ("nodeManagementDetailedDiscoveryData", NODE),
    ("nodeManagementUseCaseData", NODE),
    ("nodeManagementSubscriptionData", NODE),
    ("deviceDiagnosisHeartbeatData", DIAGNOSIS),
    ("loadControlLimitDescriptionListData", LOAD),
    ("loadControlLimitListData", LOAD),
    ("deviceConfigurationKeyValueListData", CONFIG),
    ("electricalConnectionParameterDescriptionListData", ELECTRIC),
    ("measurementDescriptionListData", MEASUREMENT),
    ("measurementListData", MEASUREMENT),
)


def _plain(value):
    """An object as dict, however it came; a list of objects or scalars as list."""
    if not isinstance(value, list):
        return value
    if value and all(isinstance(one, dict) for one in value):
        return {key: _plain(below) for one in value for key, below in one.items()}
    return [_plain(one) for one in value]


def _wire(value):
    """The reverse."""
    if isinstance(value, dict):
        return [{key: _wire(below)} for key, below in value.items()]
    return [_wire(one) for one in value] if isinstance(value, list) else value


def _agrees(wanted, item):
    for key, value in wanted.items():
        place = item
        if key not in item and isinstance(item.get("description"), dict):
            place = item["description"]
        if key not in place:
            if key == "device" and value != _OWN:
                return False
        elif isinstance(value, dict):
            found = place[key]
            if not any(
                _agrees(value, one) for one in (found if isinstance(found, list) else [found])
            ):
                return False
        elif value != [] and value != place[key]:
            return False
    return True


def _cut(tree, value):
    """What the tree of elements leaves of a value."""
    if isinstance(value, list):
        return [_cut(tree, one) for one in value]
    if not isinstance(value, dict) or not tree:
        return value
    left = {}
    for key, below in value.items():
        if key in tree:
            left[key] = _cut(tree[key], below)
        elif key.endswith(("Id", "Address")):
            left[key] = below
        elif key == "description" and isinstance(below, dict):
            left[key] = {k: v for k, v in below.items() if k.endswith(("Id", "Address"))}
    return left


def _merge(one, other):
    if not one or not other:
        return {}
    keys = [*one, *(key for key in other if key not in one)]
    return {
        key: _merge(one[key], other[key]) if key in one and key in other else (one | other)[key]
        for key in keys
    }


def _trees(filters, name, value, listed):
    """The trees of those filters that choose the item, or member, of that name."""
    found = []
    for chosen, tree in filters:
        naming = [one[name] for one in chosen if name in one]
        free = not chosen or {} in chosen or (not listed and not naming)
        if free or any(_agrees(one, value) for one in naming):
            found.append(tree[name] if tree else {})
    return found


def _joined(found, value):
    tree = found[0]
    for one in found[1:]:
        tree = _merge(tree, one)
    return _cut(tree, value)


def oracle(function, whole, filters):
    """What those filters, (selectors, elements or None), leave of the function."""
    left = {}
    for name, value in whole.items():
        mine = [(chosen, tree or None) for chosen, tree in filters]
        if function.endswith("ListData"):
            mine = [
                ([{name: one} if one else {} for one in chosen], tree and {name: tree})
                for chosen, tree in mine
            ]
        mine = [(chosen, tree) for chosen, tree in mine if tree is None or name in tree]
        if isinstance(value, list):
            if any(not c or any(not one or name in one for one in c) for c, _ in mine):
                items = [(item, _trees(mine, name, item, True)) for item in value]
                items = [_joined(found, item) for item, found in items if found]
                if items:  # an empty list is left out
                    left[name] = items
        else:
            found = _trees(mine, name, value, False)
            if found:
                left[name] = _joined(found, value)
    return left


def _scalars(values):
    return st.sampled_from(values) | st.sampled_from([0, 7, "x", True])


@st.composite
def _selector(draw, items):
    """Some elements of one of the items, or of several of them."""
    item = draw(st.sampled_from(items))
    chosen = {}
    for key in draw(st.lists(st.sampled_from(sorted(item)), max_size=2, unique=True)):
        value = item[key]
        while isinstance(value, list) and value and isinstance(value[0], dict):
            value = draw(st.sampled_from(value))
        if isinstance(value, dict):
            chosen[key] = draw(_selector([value]))
        else:
            same = [one[key] for one in items if key in one]
            chosen[key] = draw(
                st.sampled_from(same) if isinstance(value, list) else _scalars(same)
            )
    if draw(st.integers(0, 9)) == 0:
        chosen["device"] = draw(st.sampled_from([_OWN, "d:_i:1_x"]))
    return chosen


@st.composite
def _tree(draw, value):
    """Some elements of a value."""
    while isinstance(value, list) and value and isinstance(value[0], dict):
        value = draw(st.sampled_from(value))
    if not isinstance(value, dict) or draw(st.integers(0, 3)) == 0:
        return {}
    keys = draw(st.lists(st.sampled_from([*sorted(value), "future"]), max_size=3, unique=True))
    return {key: draw(_tree(value.get(key))) for key in keys}


@st.composite
def _filter(draw, function, whole):
    ours = function.endswith("ListData")
    lists = {name: value for name, value in whole.items() if isinstance(value, list) and value}
    selectors = []
    for _ in range(draw(st.integers(0, 2)) if lists else 0):
        name = draw(st.sampled_from(sorted(lists)))
        items = lists[name]
        if not ours and "description" in items[0]:
            items = [one["description"] for one in items]
        one = draw(_selector(items))
        selectors.append(one if ours else {name: one})
    tree = draw(st.none() | _tree(next(iter(whole.values())) if ours else whole))
    return selectors, tree


def _text(function, selectors, tree):
    item = function[:-8] + "Data" if function.endswith("ListData") else function
    parts = ['{"cmdControl":[{"partial":[]}]}']
    for one in selectors:
        parts.append(json.dumps({f"{function}Selectors": _wire(one)}))
    if tree is not None:
        parts.append(json.dumps({f"{item}Elements": _wire(tree)}))
    return parts


@settings(max_examples=150)
@given(st.data())
def test_what_is_left_is_what_the_oracle_leaves(data):
    hems = Wallbox(lpp=True).connect()
    hems.subscribe(LOAD)
    hems.subscribe(MEASUREMENT)
    function, to = data.draw(st.sampled_from(_FUNCTIONS))
    whole = _plain(hems.read(function, to).data)
    filters = data.draw(st.lists(_filter(function, whole), min_size=1, max_size=3))
    parts = [_text(function, *one) for one in filters]
    said = hems.ask("read", cmd(function, *parts), to)
    assert said.classifier == "reply"
    if len(",".join(f"[{','.join(one)}]" for one in parts)) > 510:
        assert _plain(said.data) == whole  # more than is read again
    else:
        assert said.cmd.startswith(f'{{"function":"{function}"}},{{"filter":')
        assert _plain(said.data) == _plain(_wire(oracle(function, whole, filters)))
