"""Reading EEBUS JSON: the walker.

A schema is compiled by tools.schema from a text like

    limits {limit*=4{limitId:i isLimitActive:b value{number:i scale:i}}}

into two bytes objects: N, the names, and T, the nodes. A node is
[children][first slot][slot past the last][event][slot for "unknown child"] and then, per child,
[name, 2 bytes][kind][slot][node, 2 bytes][mark]. Leaves are written into the record `rec`, an array of
ints with one slot per leaf, in schema order: `limitId` 0, `isLimitActive` 1, `number` 2, `scale` 3.
At the end of an item the caller gets the event ITEM, reads the record, and the slots are cleared.

The walker takes what peers really send: arrays of single-key objects, plain objects, objects merged in an
array, one item without its list, white space, unknown elements, strings of any length that nobody asked for.
It keeps its place between two calls, so memory does not grow with the message.
"""

from array import array

from micropython import const

from _fast import walk

_MOST_PATHS = const(16)

# events of Walker.step
NEED = 0  # more bytes, please
TEXT = 1  # a text leaf: slot in walker.slot, characters through text(), digits(), same() or span()
ITEM = 2  # an item is complete: which one in walker.item
DONE = 3  # the value is complete
FOREIGN = 4  # the value of a leaf of kind * starts here: another walker takes it

# values of a slot besides numbers, 0 and 1 for booleans, and -1 for an enum value nobody knows
ABSENT = -0x40000000
TAG = -0x3FFFFFFF  # present, but empty: [] as in an Elements filter


class JsonError(ValueError):
    """Not EEBUS JSON, too deep, or a token longer than the window. `offset`: byte in the message."""

    def __init__(self, text, offset):
        super().__init__(text)
        self.offset = offset


class Window:
    """The undigested part of a message: bytes `r` to `w` of `buf`, the byte `base` of the message first."""

    def __init__(self, size):
        self.buf = bytearray(size)
        self.clear()

    def clear(self):
        self.r = self.w = self.base = 0

    def room(self):
        """Moves the rest to the front; bytes that fit behind it."""
        if self.r:
            n = self.w - self.r
            buf = self.buf
            if n:
                buf[:n] = memoryview(buf)[self.r : self.w]
            self.base += self.r
            self.r = 0
            self.w = n
        return len(self.buf) - self.w


class Walker:
    def __init__(self, window, schema, rec=None):
        """`schema` has N, T (bytes) and SLOTS; `rec` may be shared by walkers that never interleave."""
        self.window = window
        self.T = schema.T
        self.N = schema.N
        self.rec = rec or array("i", [ABSENT] * schema.SLOTS)
        self.st = array("i", [0] * 13)
        self.stk = bytearray(4 * 32)
        self.paths = []

    def start(self, node=0):
        """Begins at the next byte of the window with the node at offset `node` of T."""
        st = self.st
        st[2] = st[3] = st[9] = 0
        st[4] = node
        st[10] = 0
        st[11] = len(self.rec)
        st[12] = len(self.window.buf)
        self.paths.clear()

    def step(self):
        """Next event. Raises JsonError."""
        st = self.st
        win = self.window
        while True:
            st[0] = win.r
            st[1] = win.w
            ev = walk(st, win.buf, self.stk, self.T, self.N, self.rec)
            win.r = st[0]
            if ev == 5:
                self._long_path(st[7], st[8])
            elif ev < 0:
                text = "malformed" if ev == -1 else "too deep" if ev == -2 else "token too long"
                raise JsonError(text, win.base + win.r)
            else:
                self.slot = self.item = st[7]
                return ev

    # An entity address is an int with one byte per level, component + 1: [1,1] is 0x0202. What does not
    # fit (component over 254, more than three levels) is kept as a tuple: -2 is paths[0], -3 paths[1] ...
    def _long_path(self, slot, n):
        rec = self.rec
        v = rec[slot]
        if v == -1:
            return
        path = unpack(v) if v >= 0 else self.paths[-2 - v]
        path += (n,)
        if v < 0:
            self.paths[-2 - v] = path
        elif len(self.paths) < _MOST_PATHS:
            self.paths.append(path)
            rec[slot] = -1 - len(self.paths)
        else:
            rec[slot] = -1

    def span(self):
        """The raw characters of the text leaf as a memoryview: valid until the next step."""
        return memoryview(self.window.buf)[self.st[5] : self.st[6]]

    def text(self, most=256):
        """The text leaf as UTF-8 bytes, None when longer than `most` bytes or with a bad escape."""
        st = self.st
        if st[6] - st[5] > most:
            return None
        raw = bytes(self.span())
        try:
            return unescape(raw) if st[8] else raw
        except (ValueError, IndexError):
            return None

    def digits(self):
        """A whole number of up to 20 digits as bytes (msgCounter is 64 bits wide), else None."""
        st = self.st
        buf = self.window.buf
        if st[6] - st[5] > 20:
            return None
        for i in range(st[5], st[6]):
            if not 0x30 <= buf[i] <= 0x39:
                return None
        return bytes(self.span())

    def same(self, old):
        """Whether the text leaf equals `old` (bytes or None): saves making the same object again."""
        return old is not None and len(old) == self.st[6] - self.st[5] and self.span() == old


def unpack(path):
    """(1, 1) for 0x0202."""
    out = ()
    while path > 0:
        out = ((path & 255) - 1,) + out
        path >>= 8
    return out


def unescape(raw):
    """JSON string content, escapes resolved, as UTF-8. Raises ValueError or IndexError."""
    out = []
    i = 0
    n = len(raw)
    while i < n:
        j = raw.find(b"\\", i)
        if j < 0:
            j = n
        out.append(raw[i:j])
        i = j
        if i < n:
            c = raw[i + 1]
            k = b'"\\/bfnrt'.find(bytes((c,)))
            if k >= 0:
                out.append(b'"\\/\b\f\n\r\t'[k : k + 1])
                i += 2
            elif c == 0x75:
                v = int(raw[i + 2 : i + 6], 16)
                i += 6
                if 0xD800 <= v < 0xDC00:  # first half of a surrogate pair
                    if raw[i : i + 2] != b"\\u":
                        raise ValueError
                    v = 0x10000 + ((v & 0x3FF) << 10) + (int(raw[i + 2 : i + 6], 16) & 0x3FF)
                    i += 6
                out.append(chr(v).encode())
            else:
                raise ValueError
    return b"".join(out)
