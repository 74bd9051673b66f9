"""Restricted function exchange of written data (5.3.3, Table 6): staged while the message comes
in, merged into copies when it is complete, committed all or nothing (5.3.3)."""

from array import array

from micropython import const

from ejson.walker import ABSENT, TAG

MAX_ITEMS = 16
_MAX_FILTERS = const(4)
_MAX_SELECTORS = const(8)
_SIZE = const(8)  # leaves of the longest item

_OVERLOAD = const(3)
_REJECTED = const(7)
_NO_COMBINATION = const(8)


class Item:
    """An entry of a list function that partners write to: its leaves in schema order, the
    identifier first, a scale last.

    `groups`: (presence, first leaf, last leaf) of its complex elements; `optional`: leaves that a
    partner may take away; they also go when a full write leaves them out. A leaf that is absent
    and not optional is none of this item: writing it is refused."""

    def __init__(self, part, rec, groups, optional):
        self.part = part
        self.rec = array("i", rec)
        self.groups = groups
        self.optional = optional


class Stage:
    """What a cmd wants written."""

    def __init__(self):
        self.clear()

    def clear(self):
        self.filters = ()  # (delete, partial, selectors, elements or None)
        self.items = ()
        self.selectors = ()
        self.kind = 0  # event of the items: those of one function only
        self.error = 0

    def selector(self, ident):
        self.selectors = self._with(self.selectors, _MAX_SELECTORS, ident)

    def filter(self, rec, lo):
        """rec[lo]: delete, rec[lo + 1]: partial, from rec[lo + 3] on: elements."""
        elements = None
        for i in range(_SIZE):
            if rec[lo + 3 + i] != ABSENT:
                elements = elements or bytearray(_SIZE)
                elements[i] = 1
        entry = rec[lo] == 1, rec[lo + 1] == 1, self.selectors, elements
        self.filters = self._with(self.filters, _MAX_FILTERS, entry)
        self.selectors = ()

    def item(self, rec, lo, kind, n=_SIZE):
        if self.kind and kind != self.kind:
            self.error = _REJECTED
        self.kind = kind
        one = array("i", memoryview(rec)[lo : lo + n])
        self.items = self._with(self.items, MAX_ITEMS, one)

    def _with(self, some, most, one):
        if len(some) < most:
            return some + (one,)
        self.error = self.error or _OVERLOAD
        return some

    def merge(self, items):
        """Error number and list of (item, new record)."""
        if self.error:
            return self.error, ()
        out = []
        selectors = ()
        partial = not self.filters
        for delete, update, chosen, elements in self.filters:
            if delete == update or (update and elements):
                return _NO_COMBINATION, ()
            if update:
                partial = True
                selectors = chosen
            elif elements is None:
                return _REJECTED, ()  # the items themselves are ours
            else:
                for item in items:
                    if _chosen(item, chosen) and not _delete(item, elements, _copy(out, item)):
                        return _REJECTED, ()
        for rec in self.items:
            if not partial:
                return _NO_COMBINATION, ()
            error = _REJECTED
            for item in items:
                # without an identifier it is for all that the selectors choose (Table 7)
                if rec[0] == item.rec[0] or (rec[0] <= TAG and self.filters):
                    if _chosen(item, selectors):
                        error = 0
                        if not _update(item, rec, _copy(out, item), not self.filters):
                            return _REJECTED, ()
            if error:
                return error, ()
        return 0, out


def _chosen(item, selectors):
    # several selectors: any of them; an empty one chooses all
    return not selectors or item.rec[0] in selectors or ABSENT in selectors


def _copy(out, item):
    for it, new in out:
        if it is item:
            return new
    new = array("i", item.rec)
    out.append((item, new))
    return new


def _delete(item, elements, new):
    for group, first, last in item.groups:
        if elements[group]:
            elements[group] = 0
            if not sum(elements[first : last + 1]):
                for i in range(first, last + 1):
                    elements[i] = 1
    for i in range(len(elements)):
        if elements[i]:
            if i not in item.optional:
                return False
            new[i] = ABSENT
    return True


def _update(item, rec, new, full):
    optional = item.optional
    n = len(new)
    if full:
        for i in optional:
            new[i] = ABSENT
        if rec[n - 2] > TAG and rec[n - 1] <= TAG:
            rec[n - 1] = 0  # the default; in a partial write the scale stays (5.3.3)
    for group, first, last in item.groups:
        if rec[group] != ABSENT and max(rec[first : last + 1]) <= TAG:
            # an element that is there but empty takes its leaves away
            for i in range(first, last + 1):
                if i not in optional:
                    return False
                new[i] = ABSENT
    for i in range(1, n):
        if rec[i] > TAG:
            if new[i] == ABSENT and i not in optional:
                return False
            new[i] = rec[i]
    return True
