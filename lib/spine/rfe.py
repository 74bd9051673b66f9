"""Restricted function exchange of written data (5.3.3, Table 6): staged while the message comes in, merged into
copies when it is complete, committed all or nothing (5.3.4.2 of the protocol specification)."""

from array import array

from micropython import const

from ejson import ABSENT, TAG

MAX_ITEMS = 16
_MAX_FILTERS = const(4)
_MAX_SELECTORS = const(8)

_REJECTED = const(7)
_NO_COMBINATION = const(8)
_OVERLOAD = const(3)


class Item:
    """An entry of a list function that partners write to: its leaves in schema order, the identifier first.

    `groups`: (presence, first leaf, last leaf) of its complex elements; `optional`: leaves that a partner may
    take away; they also go when a full write leaves them out."""

    def __init__(self, part, rec, groups, optional):
        self.part = part
        self.rec = array("i", rec)
        self.groups = groups
        self.optional = optional


class Filter:
    def __init__(self, rec, delete, partial, lo, selectors, size):
        self.delete = delete
        self.partial = partial
        self.selectors = selectors
        self.elements = None
        for i in range(size):
            if rec[lo + i] != ABSENT:
                if self.elements is None:
                    self.elements = bytearray(size)
                self.elements[i] = 1

    def matches(self, item):
        return not self.selectors or item.rec[0] in self.selectors


class Stage:
    """What a cmd wants written."""

    def __init__(self):
        self.filters = []
        self.items = []
        self.selectors = []
        self.clear()

    def clear(self):
        self.filters.clear()
        self.items.clear()
        self.selectors.clear()
        self.full = False

    def selector(self, ident):
        if len(self.selectors) < _MAX_SELECTORS:
            self.selectors.append(ident)
        else:
            self.full = True

    def filter(self, rec, delete, partial, lo, size):
        if len(self.filters) < _MAX_FILTERS:
            selectors = tuple(self.selectors)
            self.filters.append(Filter(rec, delete, partial, lo, selectors, size))
        else:
            self.full = True
        self.selectors.clear()

    def item(self, rec, lo, size):
        if len(self.items) < MAX_ITEMS:
            self.items.append(array("i", memoryview(rec)[lo : lo + size]))
        else:
            self.full = True

    def merge(self, items):
        """Error number and list of (item, new record)."""
        if self.full:
            return _OVERLOAD, ()
        out = []
        partial = None
        for f in self.filters:
            if f.partial:
                partial = f
            if f.delete:
                if f.elements is None:
                    return _REJECTED, ()  # the items themselves are ours
                for item in items:
                    if f.matches(item) and not _delete(item, f.elements, _copy(out, item)):
                        return _REJECTED, ()
            elif not f.partial:
                return _NO_COMBINATION, ()
        for rec in self.items:
            found = False
            for item in items:
                if rec[0] == item.rec[0] or (rec[0] < 0 and partial and partial.matches(item)):
                    found = True
                    _update(item, rec, _copy(out, item), not self.filters)
            if not found:
                return _REJECTED, ()
        return 0, out


def _copy(out, item):
    for it, new in out:
        if it is item:
            return new
    new = array("i", item.rec)
    out.append((item, new))
    return new


def _delete(item, elements, new):
    for group, first, last in item.groups:
        inside = False
        for i in range(first, last + 1):
            inside = inside or elements[i]
        if elements[group] and not inside:
            for i in range(first, last + 1):
                elements[i] = 1
        elements[group] = 0
    for i in range(len(elements)):
        if elements[i]:
            if i not in item.optional:
                return False
            new[i] = ABSENT
    return True


def _update(item, rec, new, full):
    if full:
        for i in item.optional:
            new[i] = ABSENT
    for group, first, last in item.groups:
        # an element that is there but empty takes its leaves away
        if rec[group] != ABSENT and max(rec[first : last + 1]) <= TAG:
            for i in range(first, last + 1):
                if i in item.optional:
                    new[i] = ABSENT
    for i in range(1, len(rec)):
        if rec[i] > TAG:
            new[i] = rec[i]
