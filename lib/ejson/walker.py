"""Reading EEBUS JSON: the walker.

A schema is compiled by tools.schema from a text like

    limits {limit*=4{limitId:i isLimitActive:b value{number:i scale:i}}}

into bytes, T. A node is
[children][first slot][slot past the last][event][slot for "unknown child"] and then, per child,
[hash of its name, 2 bytes][kind][slot][node, 2 bytes][mark]. Leaves are written into the record
`rec`, an array of ints with one slot per leaf, in schema order: `limitId` 0, `isLimitActive` 1,
`number` 2, `scale` 3. At the end of an item the caller gets the event ITEM and reads the record;
the slots of the item are cleared with the next step.

The walker takes what peers really send: arrays of single-key objects, plain objects, objects
merged in an array, one item or scalar without its list, white space, unknown elements, strings
of any length that nobody asked for. It keeps its place between two calls, so memory does not grow
with the message.
"""

from array import array
from binascii import unhexlify

from micropython import const

from _fast import copy, walk

_MOST_TEXT = const(256)
_MOST_DIGITS = const(20)
_MOST_PATHS = const(16)
_MOST_LEVELS = const(16)

# events of Walker.step
NEED = 0  # more bytes, please
TEXT = 1  # a text leaf: slot in walker.slot, characters through text(), digits(), same() or span()
ITEM = 2  # an item is complete: which one in walker.item
DONE = 3  # the value is complete
FOREIGN = 4  # the value of a leaf of kind f starts here, with its mark in walker.item
_PATH = const(5)

# values of a slot besides numbers, 0 and 1 for booleans, and -1 for an enum value nobody knows
ABSENT = -0x40000000
TAG = -0x3FFFFFFF  # present, but empty: [] as in an Elements filter


class JsonError(ValueError):
    """Not EEBUS JSON, or too much of it. args[0]: -1 malformed, -2 nested more than 32 deep, -3 a
    token longer than the window."""


class Window:
    """The undigested part of a message: bytes `r` to `w` of `buf`."""

    def __init__(self, size):
        self.buf = bytearray(size)
        self.r = self.w = 0

    def clear(self):
        self.r = self.w = 0

    def room(self):
        """Bytes that fit behind the rest, which is moved to the front only when none do: a short
        message stays here whole."""
        r = self.r
        if r and self.w == len(self.buf):
            self.r = 0
            self.w -= r
            copy(self.buf, 0, self.buf, r, self.w)
        return len(self.buf) - self.w

    def put(self, src, off, n):
        """Appends `n` bytes of `src` from `off` on, room() at most."""
        copy(self.buf, self.w, src, off, n)
        self.w += n


class Walker:
    def __init__(self, window, schema):
        """`schema` has T (bytes) and SLOTS."""
        self.window = window
        self.schema = schema
        self.rec = array("i", [ABSENT] * schema.SLOTS)
        self.st = array("i", [0] * 13)  # see _fast
        self.stk = bytearray(4 * 32)
        self.paths = ()

    def start(self):
        """Begins a value at the next byte of the window."""
        st = self.st
        for i in range(11):
            st[i] = 0
        st[11] = len(self.rec)  # clears all slots
        st[12] = len(self.window.buf)
        self.paths = ()

    def step(self):
        """Next event. Raises JsonError."""
        st = self.st
        win = self.window
        schema = self.schema
        while True:
            st[0] = win.r
            st[1] = win.w
            ev = walk(st, win.buf, self.stk, schema.T, self.rec)
            win.r = st[0]
            if ev < 0:
                raise JsonError(ev)
            if ev != _PATH:
                self.slot = self.item = st[7]
                return ev
            self._long_path(st[7], st[8])

    # An entity address is an int with one byte per level, component + 1: [1,1] is 0x0202. What
    # does not fit (component over 254, more than 30 bits: three levels always do) is kept as a
    # tuple: -2 is paths[0], -3 paths[1] ... and -1 is what not even these hold.
    def _long_path(self, slot, n):
        paths = self.paths
        v = self.rec[slot]
        if v >= 0 and len(paths) < _MOST_PATHS:
            self.paths += (unpack(v) + (n,),)
            v = -2 - len(paths)
        elif v < -1 and len(paths[-2 - v]) < _MOST_LEVELS:
            i = -2 - v
            self.paths = paths[:i] + (paths[i] + (n,),) + paths[i + 1 :]
        else:
            v = -1
        self.rec[slot] = v

    def enter(self, reader):
        """Goes on with the value of a leaf of kind f: along the schema of that reader, at the
        offset `child` of its tables, an item whose end is an event; put `schema` back then. None,
        or a value that is no list or object: skips it. The slots of it must fit into `rec`."""
        st = self.st
        st[3] = st[4] = 0  # the value is still to come, and nobody wants it
        if reader and self.window.buf[st[0]] in b"[{":
            self.schema = reader.schema
            st[4] = reader.child

    def span(self):
        """The raw characters of the text leaf as a memoryview: valid until the next step."""
        return memoryview(self.window.buf)[self.st[5] : self.st[6]]

    def text(self):
        """The text leaf as UTF-8 bytes, None when it is longer than 256 bytes, has a bad escape or
        is not UTF-8 (what goes out again with it would be malformed)."""
        raw = self.span()
        if len(raw) > _MOST_TEXT:
            return None
        raw = bytes(raw)
        try:
            if self.st[8]:
                raw = unescape(raw)
            str(raw, "utf-8")
            return raw
        except ValueError:
            return None

    def digits(self):
        """A whole number of up to 20 digits as bytes (msgCounter is 64 bits wide), else None."""
        raw = bytes(self.span())
        return raw if len(raw) <= _MOST_DIGITS and raw.isdigit() else None

    def same(self, old):
        """Whether the text leaf equals `old` (bytes or None): saves making the object again."""
        return old is not None and self.span() == old


def unpack(path):
    """(1, 1) for 0x0202."""
    out = ()
    while path > 0:
        out = ((path & 255) - 1,) + out
        path >>= 8
    return out


def unescape(raw):
    """JSON string content, escapes resolved, as UTF-8. Raises ValueError."""
    out = b""
    while True:
        text, escape, raw = raw.partition(b"\\")
        out += text
        if not escape:
            return out
        i = b'"\\/bfnrtu'.find(raw[:1])
        if i < 0:
            raise ValueError
        if i < 8:
            out += b'"\\/\b\f\n\r\t'[i : i + 1]
            raw = raw[1:]
            continue
        high, low = unhexlify(raw[1:5])
        c = high << 8 | low
        raw = raw[5:]
        if high & 0xF8 == 0xD8:  # surrogates come in pairs
            half, low = unhexlify(raw[2:6])
            if raw[:2] != b"\\u" or high >= 0xDC or half & 0xFC != 0xDC:
                raise ValueError
            c = 0x10000 + ((c & 0x3FF) << 10 | (half & 3) << 8 | low)
            raw = raw[6:]
        out += chr(c).encode()
