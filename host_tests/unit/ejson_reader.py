"""Walks over a text along the schema of ejson_example, for the tests of lib/ejson."""

from ejson_example import schema

from ejson.walker import ABSENT, DONE, FOREIGN, ITEM, NEED, TAG, TEXT, Walker, Window

# slots 0 to 12, then those of each kind of data
COMMON = (
    "name", "counter", "phase", "flag", "path", "formats", "tag", "major", "minor", "box",
    "inside", "fn", "odd",
)  # fmt: skip
DEVICE = ("one", "two", "three")
LIMIT = ("id", "on", "number", "scale", "end")
COUNTER = 1
VERSION = 2  # items
LIMIT_ITEM = 1
PATHS = 4  # slot path


class Reader:
    """`events`: (leaf, bytes) of text leaves, ("limit" or "version", slots) of items, ("payload",
    events of the foreign value), and at last ("done", slots). Slots are a dict by name of what is
    present; "tag" stands for an empty element, a long path is a tuple."""

    def __init__(self, window=256):
        self.window = Window(window)
        self.walkers = [Walker(self.window, schema)]
        self.events = [[]]
        self.walkers[0].start()

    def feed(self, piece):
        """Takes in `piece` (bytes), in as many steps as the window wants."""
        off = 0
        while off < len(piece):
            n = min(self.window.room(), len(piece) - off)
            self.window.put(piece, off, n)
            off += n
            self._digest()

    def _digest(self):
        while self.walkers:
            walker = self.walkers[-1]
            events = self.events[-1]
            event = walker.step()
            if event == NEED:
                return
            if event == TEXT:
                if walker.slot == COUNTER:
                    events.append(("counter", walker.digits()))
                else:
                    name = "name" if walker.slot == 0 else "end"
                    events.append((name, walker.text()))
            elif event == ITEM:
                if walker.item == LIMIT_ITEM:
                    events.append(("limit", self._slots(13, LIMIT)))
                else:
                    assert walker.item == VERSION
                    events.append(("version", self._slots(7, ("major", "minor"))))
            elif event == FOREIGN:
                inner = Walker(self.window, schema)
                inner.start()
                self.walkers.append(inner)
                self.events.append([])
            else:
                assert event == DONE
                names = COMMON + (LIMIT if walker.rec[11] == 2 else DEVICE)
                events.append(("done", self._slots(0, names)))
                self.walkers.pop()
                if self.walkers:
                    self.events.pop()
                    self.events[-1].append(("payload", events))

    def _slots(self, first, names):
        walker = self.walkers[-1]
        found = {}
        for i, name in enumerate(names):
            v = walker.rec[first + i]
            if v == TAG:
                found[name] = "tag"
            elif v != ABSENT:
                found[name] = v
                if first + i == PATHS and v < -1:
                    found[name] = walker.paths[-2 - v]
        return found

    def done(self):
        return not self.walkers


def read(text, chunk=0, window=256):
    """The events of a whole text (str or bytes), fed in pieces of `chunk` bytes (0: at once)."""
    if isinstance(text, str):
        text = text.encode()
    reader = Reader(window)
    chunk = chunk or len(text)
    for i in range(0, len(text), chunk):
        reader.feed(text[i : i + chunk])
    assert reader.done(), "more is expected"
    return reader.events[0]


def message(content, chunk=0, window=256):
    """The events of {"message":CONTENT}; the last one is ("done", slots)."""
    return read('{"message":' + content + "}", chunk, window)


def slots(content, chunk=0, window=256):
    """The slots at the end of {"message":CONTENT}."""
    return message(content, chunk, window)[-1][1]
