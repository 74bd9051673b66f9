"""Writing EEBUS JSON: minified, in schema order, into a buffer that is there from the start.

Messages are built from templates, bytes as they go on the wire with % where a value belongs:

    w.t(b'{"value":[{"number":%},{"scale":%}]}').num(42).num(2).end()
"""

from micropython import const

from _fast import copy

_HOLE = b"%"
_QUOTE = const(0x22)


class Overflow(Exception):
    """The message does not fit into the send buffer: a mistake in the board configuration."""


class Writer:
    def __init__(self, buf, start=0):
        """Renders into `buf` from byte `start` on: what is before it is for headers of lower layers."""
        self.buf = buf
        self.start = self.n = start
        self.tpl = b""
        self.at = 0
        self.digits = bytearray(20)

    def begin(self):
        self.n = self.start
        self.tpl = b""
        return self

    def raw(self, src, off=0, n=-1):
        """Bytes as they are."""
        if n < 0:
            n = len(src) - off
        at = self.n
        if at + n > len(self.buf):
            raise Overflow(at + n)
        copy(self.buf, at, src, off, n)
        self.n = at + n
        return self

    def t(self, template):
        """Starts a template: the value methods fill its holes in turn, end() writes what is left."""
        self.tpl = template
        self.at = 0
        return self

    def _hole(self):
        tpl = self.tpl
        if tpl:
            i = tpl.find(_HOLE, self.at)
            self.raw(tpl, self.at, i - self.at)
            self.at = i + 1

    def end(self):
        tpl = self.tpl
        self.tpl = b""
        return self.raw(tpl, self.at)

    def num(self, v):
        """A whole number into the next hole."""
        self._hole()
        return self.dec(v)

    def dec(self, v):
        """A whole number right here."""
        if v < 0:
            self.raw(b"-")
            v = -v
        d = self.digits
        i = len(d)
        while True:
            i -= 1
            d[i] = 0x30 + v % 10
            v //= 10
            if not v:
                break
        return self.raw(d, i)

    def flag(self, v):
        self._hole()
        return self.raw(b"true" if v else b"false")

    def lit(self, src, off=0, n=-1):
        """Bytes as they are into the next hole."""
        self._hole()
        return self.raw(src, off, n)

    def text(self, s):
        """A JSON string with quotes. ] and { are escaped: stacks that rewrite the text of a message
        between the two forms of 6.8 would damage a value that holds }] or },{ or [{ or []."""
        self._hole()
        if isinstance(s, str):
            s = s.encode()
        self.raw(b'"')
        i = 0
        n = len(s)
        while i < n:
            j = i
            while j < n:
                c = s[j]
                if c < 0x20 or c == _QUOTE or c == 0x5C or c == 0x5D or c == 0x7B:
                    break
                j += 1
            self.raw(s, i, j - i)
            if j < n:
                if c == _QUOTE or c == 0x5C:
                    self.raw(b"\\")
                    self.raw(s, j, 1)
                else:
                    self.raw(b"\\u%04x" % c)
            i = j + 1
        return self.raw(b'"')

    def sep(self):
        """A comma, unless the list or object has just been opened."""
        c = self.buf[self.n - 1]
        if c != 0x5B and c != 0x7B:
            self.raw(b",")
        return self

    def view(self):
        """The message as a memoryview."""
        return memoryview(self.buf)[self.start : self.n]
