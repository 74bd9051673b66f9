"""DNS messages as mDNS uses them: a bounded reader and a compressing writer.

A name in memory is its uncompressed wire form, bytes like b"\\x04host\\x05local\\x00": labels may
hold any character, dots too, and comparing with a packet needs no copy.
"""

from array import array

from micropython import const

_A = const(1)
_PTR = const(12)
_AAAA = const(28)
_SRV = const(33)

# sections, as Reader.next() and Writer.record() count them; between these: answer, authority
_QUESTION = const(0)
_ADDITIONAL = const(3)

_POINTER = const(0xC0)
_SUFFIXES = const(32)


def label(text):
    """One label in wire form of `text`; ValueError unless it has 1 to 63 bytes of UTF-8."""
    raw = text.encode()
    if not 0 < len(raw) < 64:
        raise ValueError("label")
    return bytes((len(raw),)) + raw


def wire(dotted):
    """Wire form of a name without dots inside labels, such as "_ship._tcp.local"."""
    return b"".join([label(part) for part in dotted.split(".")]) + b"\0"


def u16(mv, at):
    return mv[at] << 8 | mv[at + 1]


def skip(mv, off):
    """Offset after the name at `off`. Checks the whole name, pointers included.

    IndexError or ValueError when it is truncated, too long or loops. A pointer has to go
    below the place where its run of labels began, so every chain of pointers ends.
    """
    end = -1
    limit = off
    total = 0
    while True:
        size = mv[off]
        if size >= _POINTER:
            to = (size & 0x3F) << 8 | mv[off + 1]
            if to >= limit:
                raise ValueError
            if end < 0:
                end = off + 2
            off = limit = to
            continue
        total += size + 1
        if size > 63 or total > 255:
            raise ValueError
        off += size + 1
        if not size:
            return off if end < 0 else end


def same(mv, off, name, at=0):
    """Is the (checked) name at `off` equal to `name[at:]`, ASCII case aside?"""
    while True:
        size = mv[off]
        if size >= _POINTER:
            off = (size & 0x3F) << 8 | mv[off + 1]
            continue
        for i in range(off, off + size + 1):
            a = mv[i]
            b = name[at]
            # a length is below 64, so that only letters can differ by case
            if a != b and (a ^ b != 0x20 or not 0x61 <= a | 0x20 <= 0x7A):
                return False
            at += 1
        if not size:
            return True
        off += size + 1


def copy(mv, off):
    """The (checked) name at `off` as uncompressed bytes."""
    out = bytearray()
    while True:
        size = mv[off]
        if size >= _POINTER:
            off = (size & 0x3F) << 8 | mv[off + 1]
            continue
        out.extend(mv[off : off + size + 1])
        if not size:
            return bytes(out)
        off += size + 1


class Reader:
    """Walks over the entries of one packet; the fields describe the entry that next() found.

    `name` and `data` are offsets into `mv`, `size` the length of the data, `type`, `cls`
    (without its top bit), `top` (that bit: "unicast answer wanted" in a question, "flush your
    cache" in a record), `ttl` in s.
    """

    def open(self, mv):
        """Check the whole packet. False when it is malformed, else next() is safe."""
        self.mv = mv
        try:
            self.id = u16(mv, 0)
            self.flags = u16(mv, 2)
            self.rewind()
            while self.next() >= 0:
                pass
        except (IndexError, ValueError):
            return False
        self.rewind()
        return True

    def rewind(self):
        self._section = _QUESTION
        self._left = u16(self.mv, 4)
        self._pos = 12

    def next(self):
        """The section of the next entry, or -1 at the end."""
        mv = self.mv
        while not self._left:
            if self._section == _ADDITIONAL:
                return -1
            self._section += 1
            self._left = u16(mv, 4 + 2 * self._section)
        self._left -= 1
        self.name = self._pos
        pos = skip(mv, self._pos)
        self.type = u16(mv, pos)
        cls = u16(mv, pos + 2)
        self.cls = cls & 0x7FFF
        self.top = cls & 0x8000
        pos += 4
        if self._section:
            # more than 194 days is as good as ever, and stays a small int
            self.ttl = 0xFFFFFF if mv[pos] else mv[pos + 1] << 16 | u16(mv, pos + 2)
            self.size = u16(mv, pos + 4)
            self.data = pos + 6
            pos += 6 + self.size
            if pos > len(mv):
                raise ValueError
            self._check()
        self._pos = pos
        return self._section

    def _check(self):
        # what users of the reader take for granted about the data
        if self.type == _PTR or self.type == _SRV:
            head = 6 if self.type == _SRV else 0
            if skip(self.mv, self.data + head) != self.data + self.size:
                raise ValueError
        elif self.type == _A and self.size != 4 or self.type == _AAAA and self.size != 16:
            raise ValueError

    def holds(self, rr):
        """Is this entry the record `rr` (see owner.py), whatever its TTL?"""
        head = rr[3]
        n = len(head)
        if (
            self.type != rr[1]
            or self.cls != 1
            or self.size < n
            or not same(self.mv, self.name, rr[0])
        ):
            return False
        if self.mv[self.data : self.data + n] != head:
            return False
        if rr[4]:
            return same(self.mv, self.data + n, rr[4])
        return self.size == n


class Writer:
    """Renders a packet into `buf` (a bytearray), compressing names.

    question() and record() answer False and leave the packet as it was when there is no room.
    """

    def __init__(self, buf):
        self.buf = buf
        self._mv = memoryview(buf)
        self._at = array("H", bytes(2 * _SUFFIXES))  # where suffixes of written names begin
        self.start(0, 0)

    def start(self, ident, flags, compress=True):
        """A new packet; `compress` False keeps the names inside records' data whole."""
        self.pos = 0
        self._known = 0
        self._compress = compress
        self._u16(ident)
        self._u16(flags)
        for _ in range(4):
            self._u16(0)

    def view(self):
        """What has been written so far."""
        return self._mv[: self.pos]

    def question(self, name, rtype, cls):
        return self.record(_QUESTION, (name, rtype), cls, 0)

    def record(self, section, rr, cls, ttl):
        """Write record `rr` (see owner.py) with the class and TTL given."""
        mark = self.pos
        known = self._known
        try:
            self._name(rr[0], True)
            self._u16(rr[1])
            self._u16(cls)
            if section:
                self._u16(0)
                self._u16(ttl)
                at = self.pos
                self._u16(0)
                self._put(rr[3])
                if rr[4]:
                    self._name(rr[4], self._compress)
                self._put(rr[5])
                end = self.pos
                self.pos = at
                self._u16(end - at - 2)
                self.pos = end
        except (IndexError, ValueError):
            self.pos = mark
            self._known = known
            return False
        self.buf[5 + 2 * section] += 1
        return True

    def _u16(self, value):
        self._mv[self.pos] = value >> 8
        self._mv[self.pos + 1] = value & 0xFF
        self.pos += 2

    def _put(self, data):
        end = self.pos + len(data)
        self._mv[self.pos : end] = data
        self.pos = end

    def _name(self, name, compress):
        buf = self.buf
        at = 0
        known = self._known  # the suffixes of this very name are not complete yet
        while True:
            size = name[at]
            if size and compress:
                for i in range(known):
                    off = self._at[i]
                    if buf[off] == size and same(buf, off, name, at):
                        self._u16(_POINTER << 8 | off)
                        return
                if self._known < _SUFFIXES:
                    self._at[self._known] = self.pos
                    self._known += 1
            pos = self.pos
            for i in range(at, at + size + 1):
                self._mv[pos] = name[i]
                pos += 1
            self.pos = pos
            if not size:
                return
            at += size + 1
