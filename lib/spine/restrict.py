"""Restricted reads (5.3.3, Table 8): an answer with those items and elements alone that the
filters of a read ask for (Table 9). Loaded for such a read and let go: few partners ask so.

The filters are read again where the message still lies in the window, whole; when it was longer or
they are, the answer is the whole function, as 5.3.3 allows. The function is rendered as always
and then cut in place.

What is selected: an item that any selector of any filter chooses; a selector chooses it when all
its elements agree with it. Selectors of NodeManagement name the list that they are for (Table 12):
lists that none of them names are left out, all else stays. What of an item: the elements that one
of the filters that choose it names, and what identifies it.
"""

import json

from micropython import const

from _fast import copy
from spine import device, schema

_MOST = const(512)  # bytes of the filters
_FAR = const(0x3FFFFFFF)

_REPLY = const(1)  # enum classifier reply

_REJECTED = const(7)
_NO_COMBINATION = const(8)

_PARTIAL = b'{"function":"%"},{"filter":[[{"cmdControl":[{"partial":[]}]}]]},'


def reply(session, w):
    """Writes header and cmd of the answer; an error number, when it has not. Raises Overflow."""
    filters = ()
    try:
        ours = function(session.fn)
        filters = [_filter(one, ours) for one in _asked(session.walker.window)]
    except (IndexError, ValueError, TypeError):  # it does not lie there any more
        pass
    if None in filters:
        return _REJECTED
    if () in filters:
        return _NO_COMBINATION
    session.answer(w, _REPLY)
    if filters:
        device.name(w.t(_PARTIAL), schema.FUNCTION, session.fn).end()
    start = w.n
    session.feature.render(session.fn, w, session)
    if filters:
        w.n = Cut(w.buf, start, filters, session.device.address).end
    return -1


def function(fn):
    """The name of a function: str."""
    words = schema.FUNCTION
    at = device.word(words, fn)
    return str(words[at + 1 : at + 1 + words[at]], "utf-8")


# what was asked for


def _asked(window):
    """The filters of the message in the window: list of lists of (name, value)."""
    buf = window.buf
    at = 0
    if find(buf, 0, b"data") >= 0:  # in a message of SHIP
        at = find(buf, find(buf, 0, b"data"), b"payload")
    for word in (b"datagram", b"payload", b"cmd", b"filter"):
        at = find(buf, at, word)
    end = skip(buf, at) if at >= 0 else _FAR
    if end > window.w or end - at > _MOST:
        return ()
    value = json.loads(bytes(memoryview(buf)[at:end]))
    if isinstance(value, list) and not isinstance(value[0], list):
        # plain JSON has items of several elements; single ones are an item without its list
        if max([len(one) for one in value]) == 1:
            value = [value]
    elif isinstance(value, dict):
        value = [value]
    return [pairs(one) for one in value]


def _filter(asked, function):
    """(selectors, elements or None) of a filter, each as pairs() that begin with the list that
    they are for; (): that cannot be; None: it is for another function."""
    selectors = []
    elements = None
    item = function
    listed = function.endswith("ListData")
    if listed:
        item = function[:-8] + "Data"
    for key, value in asked:
        if key == "cmdControl":
            if "delete" in [word for word, _ in pairs(value)]:
                return ()
        elif key.endswith("Selectors"):
            if key != function + "Selectors":
                return None
            selectors.append([(item, value)] if listed and pairs(value) else pairs(value))
        elif key.endswith("Elements"):
            if key != item + "Elements":
                return None
            elements = pairs(value) or None
            if listed and elements:
                elements = [(item, value)]
    return selectors, elements


def pairs(value):
    """[(name, value)] of a parsed object in any of its forms (6.8); [] for all else."""
    found = []
    if isinstance(value, dict):
        found.extend(value.items())
    elif isinstance(value, list):
        for one in value:
            found.extend(pairs(one))
    return found


# JSON as text


def skip(buf, i):
    """Behind the value at i. Raises IndexError where the text ends before."""
    depth = 0
    while True:
        c = buf[i]
        if c == 0x22:
            i += 1
            while buf[i] != 0x22:
                i += 2 if buf[i] == 0x5C else 1
        elif c in b"[{":
            depth += 1
        elif c in b"]}":
            depth -= 1
        elif not depth:
            while buf[i] not in b",]} \t\r\n":
                i += 1
            return i
        i += 1
        if not depth:
            return i


def find(buf, i, wanted):
    """Where the value of the first member of that name begins, in the object at i, in any of its
    forms; -1: there is none. Raises IndexError."""
    depth = 0
    while i >= 0:
        c = buf[i]
        if c in b"[{":
            depth += 1
        elif c in b"]}":
            depth -= 1
            if not depth:
                break
        elif not depth:
            break
        elif c == 0x22:
            end = value = skip(buf, i)
            while buf[value] in b": \t\r\n":
                value += 1
            if value > end:
                if end - i - 2 == len(wanted) and buf.find(wanted, i, end) == i + 1:
                    return value
                end = skip(buf, value)
            i = end
            continue
        i += 1
    return -1


class Cut:
    """Cuts the function rendered at `start` of `buf`, what is left ends at `end`. It is written by
    ourselves: minified, objects as lists of single members."""

    def __init__(self, buf, start, filters, address):
        self.buf = buf
        self.filters = filters
        self.address = address  # own
        self.end = start
        i = buf.find(b"[", start) + 1
        self._keep(start, i)
        while buf[i] != 0x5D:
            i += buf[i] == 0x2C
            last = skip(buf, i)
            self._member(i, last)
            i = last
        self._keep(i, i + 2)

    def _keep(self, i, last):
        copy(self.buf, self.end, self.buf, i, last - i)
        self.end += last - i

    def _next(self):
        if self.buf[self.end - 1] != 0x5B:
            self.buf[self.end] = 0x2C
            self.end += 1

    def _word(self, i):
        """The name of the member {"name":value} at i, and where its value begins."""
        last = skip(self.buf, i + 1)
        return str(memoryview(self.buf)[i + 2 : last - 1], "utf-8"), last + 1

    def _member(self, i, last):
        """A member of the function: a list of items or anything else."""
        buf = self.buf
        word, at = self._word(i)
        if buf[at] != 0x5B or buf[at + 1] not in b"[]":
            trees = self._chosen(word, at, False)
            if trees:
                self._next()
                self._keep(i, at)
                self._cut(at, trees)
                self._keep(last - 1, last)
            return
        for selectors, elements in self.filters:
            if _names(elements, word) and (not selectors or _names_any(selectors, word)):
                break
        else:
            return
        begin = self.end
        self._next()
        self._keep(i, at + 1)
        items = self.end
        at += 1
        while buf[at] != 0x5D:
            at += buf[at] == 0x2C
            end = skip(buf, at)
            trees = self._chosen(word, at, True)
            if trees:
                self._next()
                self._cut(at, trees)
            at = end
        if self.end == items:
            self.end = begin  # no empty list, see Feature.render
        else:
            self._keep(at, last)

    def _chosen(self, word, at, item):
        """The elements that are wanted of the item of the list `word` or, no `item`, of that
        member; nothing when no filter chooses it."""
        found = []
        for selectors, elements in self.filters:
            if not _names(elements, word):
                continue
            good = not selectors or not item and not _names_any(selectors, word)
            for selector in selectors:
                for key, wanted in selector:
                    if key == word and self._agrees(pairs(wanted), at):
                        good = True
                good = good or not selector
            if good:
                found.extend(
                    [pairs(tree) for key, tree in elements or ((word, ()),) if key == word]
                )
        return found

    def _agrees(self, members, at):
        """Whether the object at `at` disagrees with none of those members."""
        buf = self.buf
        for word, wanted in members:
            i = find(buf, at, word.encode())
            if i < 0:
                # NodeManagement has all of an entity or feature in its description
                i = find(buf, at, b"description")
                i = find(buf, i, word.encode()) if i >= 0 and buf[i] == 0x5B else -1
            if i < 0:
                # own addresses are without device; of what an item does not have nobody can say
                # that it disagrees, and more may be answered
                if word == "device" and wanted != str(self.address, "utf-8"):
                    return False
            elif pairs(wanted):
                one = self._agrees(pairs(wanted), i)
                if buf[i : i + 2] == b"[[":  # any item of a list
                    one = False
                    i += 1
                    while not one and buf[i] != 0x5D:
                        i += buf[i] == 0x2C
                        one = self._agrees(pairs(wanted), i)
                        i = skip(buf, i)
                if not one:
                    return False
            elif wanted != [] and wanted != json.loads(bytes(buf[i : skip(buf, i)])):
                return False
        return True

    def _cut(self, i, trees):
        """The value at i with the elements of those trees only; an empty one: all of it."""
        if not all(trees) or self.buf[i] != 0x5B:
            self._keep(i, skip(self.buf, i))
            return
        buf = self.buf
        self._keep(i, i + 1)
        i += 1
        while buf[i] != 0x5D:
            i += buf[i] == 0x2C
            last = skip(buf, i)
            if buf[i] != 0x7B:  # an item or scalar of a list
                self._next()
                self._cut(i, trees)
            else:
                word, at = self._word(i)
                below = [pairs(v) for tree in trees for key, v in tree if key == word]
                if not below and word == "description" and buf[at] == 0x5B:
                    below = [[("", ())]]
                if below or word.endswith(("Id", "Address")):
                    self._next()
                    self._keep(i, at)
                    self._cut(at, below or [()])
                    self._keep(last - 1, last)
            i = last
        self._keep(i, i + 1)


def _names(elements, word):
    return elements is None or word in [key for key, _ in elements]


def _names_any(selectors, word):
    for selector in selectors:
        if not selector or _names(selector, word):
            return True
    return False
