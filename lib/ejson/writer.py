"""Writing EEBUS JSON: minified, in schema order, into a buffer that is there from the start.

Messages are built from templates, bytes as they go on the wire with % where a value belongs:

    w.t(b'{"value":[{"number":%},{"scale":%}]}').num(42).num(2).end()
"""

from _fast import copy


class Overflow(Exception):
    """The message does not fit into the send buffer: a mistake in the board configuration."""


class Writer:
    def __init__(self, buf, start=0):
        """Renders into `buf` from byte `start` on: what is before it is for the headers of lower
        layers. `n` is the byte after the last one written."""
        self.buf = buf
        self.start = start
        self.begin()

    def begin(self):
        self.n = self.start
        self.tpl = b""
        return self

    def raw(self, src, off=0, n=-1):
        """Bytes as they are. Raises Overflow."""
        if n < 0:
            n = len(src) - off
        at = self.n
        if at + n > len(self.buf):
            raise Overflow
        copy(self.buf, at, src, off, n)
        self.n = at + n
        return self

    def t(self, template):
        """Starts a template: the value methods fill its holes in turn, end() writes what is left.
        Where no template is open they write right away."""
        self.tpl = template
        self.at = 0
        return self

    def lit(self, src, off=0, n=-1):
        """Bytes as they are into the next hole."""
        tpl = self.tpl
        if tpl:
            at = self.at
            i = tpl.find(b"%", at)
            self.raw(tpl, at, i - at)
            self.at = i + 1
        return self.raw(src, off, n)

    def end(self):
        tpl = self.tpl
        self.tpl = b""
        return self.raw(tpl, self.at)

    def num(self, v):
        """A whole number into the next hole."""
        return self.lit(b"").dec(v)

    def dec(self, v):
        """A whole number right here."""
        if v < 0:
            self.raw(b"-")
            v = -v
        if v > 9:
            self.dec(v // 10)
        return self.raw(b"0123456789", v % 10, 1)

    def flag(self, v):
        return self.lit(b"true" if v else b"false")

    def text(self, s):
        """A JSON string with quotes, from str or UTF-8 bytes. ] and { are escaped: stacks that
        rewrite the text of a message between the two forms of 6.8 would damage a value that holds
        }] or },{ or [{ or []."""
        self.lit(b'"')
        if isinstance(s, str):
            s = s.encode()
        done = at = 0
        for c in s:
            if c < 0x20 or c in b'"\\]{':
                self.raw(s, done, at - done).raw(b"\\u%04x" % c)
                done = at + 1
            at += 1
        return self.raw(s, done).raw(b'"')

    def sep(self):
        """A comma, unless the list or object has just been opened."""
        if self.buf[self.n - 1] not in b"[{":
            self.raw(b",")
        return self
