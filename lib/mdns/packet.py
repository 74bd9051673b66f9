"""DNS messages as mDNS uses them: a bounded reader. The writer is in speech.py.

Sections are counted 0 question, 1 answer, 2 authority, 3 additional.

A name in memory is its uncompressed wire form, bytes like b"\\x04host\\x05local\\x00": labels may
hold any character, dots too, and comparing with a packet needs no copy.
"""

from micropython import const

_A = const(1)
_PTR = const(12)
_AAAA = const(28)
_SRV = const(33)
_NSEC = const(47)

_ADDITIONAL = const(3)  # the last section
_POINTER = const(0xC0)


def u16(mv, at):
    return mv[at] << 8 | mv[at + 1]


def skip(mv, off):
    """Offset after the name at `off`. Checks the whole name, pointers included.

    IndexError when it is truncated, too long or loops. A pointer has to go
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
                raise IndexError
            if end < 0:
                end = off + 2
            off = limit = to
            continue
        total += size + 1
        if size > 63 or total > 255:
            raise IndexError
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
        self.rewind()
        try:
            self.id = u16(mv, 0)
            self.flags = u16(mv, 2)
            while self.next() >= 0:
                pass
        except IndexError:
            return False
        self.rewind()
        return True

    def rewind(self):
        self._section = -1
        self._left = 0
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
        self.type = kind = u16(mv, pos)
        cls = u16(mv, pos + 2)
        self.cls = cls & 0x7FFF
        self.top = cls & 0x8000
        pos += 4
        if self._section:
            # more than 194 days is as good as ever, and stays a small int
            self.ttl = 0xFFFFFF if mv[pos] else mv[pos + 1] << 16 | u16(mv, pos + 2)
            self.size = size = u16(mv, pos + 4)
            self.data = data = pos + 6
            pos = data + size
            # what users of the reader take for granted about the data
            if kind == _PTR:
                data = skip(mv, data)
            elif kind == _SRV:
                data = skip(mv, data + 6)
            elif kind == _A:
                data += 4
            elif kind == _AAAA:
                data += 16
            else:
                if kind == _NSEC:
                    skip(mv, data)
                data = pos
            if data != pos or pos > len(mv):
                raise IndexError
        self._pos = pos
        return self._section

    def holds(self, rr):
        """Is this entry the record `rr` (see owner.py), whatever its TTL?"""
        target = self.data + len(rr[3])
        return (
            self.type == rr[1]
            and self.cls == 1
            and same(self.mv, self.name, rr[0])
            and self.mv[self.data : target] == rr[3]
            and (same(self.mv, target, rr[4]) if rr[4] else self.size == len(rr[3]))
        )
