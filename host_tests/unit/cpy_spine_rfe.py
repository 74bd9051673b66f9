"""Restricted writes (5.3.3, Table 6) against an oracle in plain Python: any filters and items."""

import json

from hypothesis import example, given, settings
from hypothesis import strategies as st
from spine_bench import LOAD, Wallbox, limits_cmd

from ejson.walker import ABSENT
from spine.device import Part
from spine.rfe import Item

_LEAVES = ("limitId", "isLimitActive", "timePeriod", "startTime", "endTime", "value", "number")
_LEAVES += ("scale",)
_GROUPS = {"timePeriod": ("startTime", "endTime"), "value": ("number", "scale")}
_PLACES = tuple(
    (_LEAVES.index(name), _LEAVES.index(below[0]), _LEAVES.index(below[1]))
    for name, below in _GROUPS.items()
)
_REJECTED, _NO_COMBINATION = 7, 8


class Book(Part):
    """Three limits: two that may have a duration, one that has none."""

    def __init__(self):
        self.all = [
            Item(self, (0, 0, 1, ABSENT, ABSENT, 1, 42, 2), _PLACES, (3, 4)),
            Item(self, (1, 1, 1, 5, 60, 1, -7, 0), _PLACES, (3, 4)),
            Item(self, (2, 0, ABSENT, ABSENT, ABSENT, 1, 16, -1), _PLACES, ()),
        ]

    def items(self, fn):
        return self.all

    def judge(self, fn, item, new):
        return 0

    def take(self, fn, item, new):
        item.rec = new

    def state(self):
        """[({leaf: value}, names of those that may go)]"""
        return [
            (
                {
                    name: value
                    for name, value in zip(_LEAVES, item.rec, strict=True)
                    if name not in _GROUPS and value != ABSENT
                },
                {_LEAVES[i] for i in item.optional},
            )
            for item in self.all
        ]


def _chosen(selectors, item):
    return not selectors or None in selectors or item["limitId"] in selectors


def _flat(tree):
    """The leaves that a tree of elements names."""
    found = set()
    for name, below in tree.items():
        found |= set(below or _GROUPS[name]) if name in _GROUPS else {name}
    return found


def _delete(items, selectors, tree):
    if not tree:
        return _REJECTED
    for item, optional in items:
        if _chosen(selectors, item):
            if not _flat(tree) <= optional:
                return _REJECTED
            for name in _flat(tree):
                item.pop(name, None)
    return 0


def _update(item, optional, new, full):
    if full:
        for name in optional:
            item.pop(name, None)
    for name, value in new.items():
        if name not in _GROUPS:
            if name != "limitId":
                item[name] = int(value)
        elif not value:
            if not set(_GROUPS[name]) <= optional:
                return _REJECTED
            for leaf in _GROUPS[name]:
                item.pop(leaf, None)
        else:
            for leaf, one in value.items():
                if leaf not in item and leaf not in optional:
                    return _REJECTED
                item[leaf] = int(one.strip("PTS")) if isinstance(one, str) else one
            if full and "number" in value:
                item["scale"] = value.get("scale", 0)
    return 0


def oracle(items, filters, writes):
    """(error, items): `filters` (delete?, selectors, tree of elements or None)."""
    selectors, partial = [], not filters
    for delete, chosen, tree in filters:
        if delete:
            error = _delete(items, chosen, tree)
            if error:
                return error
        elif tree:
            return _NO_COMBINATION
        else:
            partial, selectors = True, chosen
    for new in writes:
        if not partial:
            return _NO_COMBINATION
        ident = new.get("limitId")
        mine = [
            (item, optional)
            for item, optional in items
            if (ident == item["limitId"] or (ident is None and filters))
            and _chosen(selectors, item)
        ]
        if not mine:
            return _REJECTED
        for item, optional in mine:
            if _update(item, optional, new, not filters):
                return _REJECTED
    return 0


_IDS = st.integers(0, 3)
_SECONDS = st.integers(0, 99).map("PT{}S".format)
_NEW = st.fixed_dictionaries(
    {},
    optional={
        "limitId": _IDS,
        "isLimitActive": st.booleans(),
        "timePeriod": st.fixed_dictionaries(
            {}, optional={"startTime": _SECONDS, "endTime": _SECONDS}
        ),
        "value": st.fixed_dictionaries(
            {}, optional={"number": st.integers(-99, 99), "scale": st.integers(-3, 3)}
        ),
    },
)
_NOTHING = st.just({})
_TREE = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "limitId": _NOTHING,
        "isLimitActive": _NOTHING,
        "timePeriod": st.fixed_dictionaries(
            {}, optional={"startTime": _NOTHING, "endTime": _NOTHING}
        ),
        "value": st.fixed_dictionaries({}, optional={"number": _NOTHING, "scale": _NOTHING}),
    },
)
_PERIOD = st.fixed_dictionaries({"timePeriod": st.just({}) | st.just({"endTime": {}})})
_SELECTORS = st.lists(st.none() | _IDS, max_size=3)
_DELETES = st.lists(st.tuples(st.just(True), _SELECTORS, _PERIOD | _TREE), max_size=2)
_UPDATES = st.lists(st.tuples(st.just(False), _SELECTORS, st.none() | _TREE), max_size=1)
_UPDATES |= st.lists(st.tuples(st.just(False), _SELECTORS, st.none()), max_size=1)


def _wire(value):
    if isinstance(value, dict):
        return [{key: _wire(below)} for key, below in value.items()]
    return value


def _filter(delete, selectors, tree):
    found = [{"cmdControl": [{"delete" if delete else "partial": []}]}]
    for one in selectors:
        chosen = [] if one is None else [{"limitId": one}]
        found.append({"loadControlLimitListDataSelectors": chosen})
    if tree is not None:
        found.append({"loadControlLimitDataElements": _wire(tree)})
    return json.dumps(found)


@settings(max_examples=300)
@given(_DELETES, _UPDATES, st.lists(_NEW, max_size=3))
@example([], [], [{"limitId": 0, "value": {"number": 5}}])  # as a whole: the scale is the default
@example([], [(False, [], None)], [{"limitId": 0, "value": {"number": 5}}])  # in part: it stays
def test_what_is_written_is_what_the_oracle_writes(deletes, updates, writes):
    box = Wallbox()
    hems = box.connect()
    book = Book()
    box.lpc.load.parts = (book,)
    assert hems.bind(LOAD) == 0
    filters = deletes + updates
    before, expected = book.state(), book.state()
    error = oracle(expected, filters, writes)
    items = json.dumps([_wire(one) for one in writes])
    cmd = limits_cmd(items[1:-1], ",".join(_filter(*one) for one in filters))
    assert hems.write(cmd, LOAD) == error
    assert book.state() == (before if error else expected)
