"""Packets that go out: the writer, and what a responder puts into one. Loaded for each and let go:
a host speaks when it comes or goes, or is asked for."""

from array import array

from micropython import const

from ticks import diff

from .packet import copy, same

_ANY = const(255)
_NSEC = const(47)
_QU = const(0x8001)
_RESPONSE = const(0x8400)
_TTL = const(120)  # Table 21
_LEGACY_TTL = const(10)
_POINTER = const(0xC0)
_SUFFIXES = const(32)

_ANSWER = const(1)
_AUTHORITY = const(2)
_ADDITIONAL = const(3)

# steps of an owner (owner.py)
_LIVE = const(4)
_OFF = const(8)
_GONE = const(9)

# records of a service (owner.py)
_B_PTR = const(1)
_B_SRV = const(2)
_B_TXT = const(4)

_MULTICAST_GAP = const(1000)  # ms between two multicasts of a record (RFC 6762 6)


class Writer:
    """Renders a packet into `buf` (a bytearray), compressing names.

    question() and record() answer False and leave the packet as it was when there is no room.
    `compress` False, set after start(), keeps the names inside records' data whole.
    """

    def __init__(self, buf):
        self.buf = buf
        self._at = array("H", bytes(2 * _SUFFIXES))  # where suffixes of written names begin
        self.start(0, 0)

    def start(self, ident, flags):
        """A new packet."""
        self.compress = True
        self._known = 0
        self.pos = 0
        self._pair(ident, flags)
        self._pair(0, 0)
        self._pair(0, 0)

    def view(self):
        """What has been written so far."""
        return memoryview(self.buf)[: self.pos]

    def question(self, name, rtype, cls):
        return self.record(0, (name, rtype), cls, 0)

    def record(self, section, rr, cls, ttl):
        """Write record `rr` (see owner.py) with the class and TTL given."""
        mark = self.pos
        known = self._known
        buf = self.buf
        try:
            self._name(rr[0], True)
            self._pair(rr[1], cls)
            if section:
                self._pair(0, ttl)
                at = self.pos
                self.pos += 2
                self._put(rr[3])
                if rr[4]:
                    self._name(rr[4], self.compress)
                self._put(rr[5])
                size = self.pos - at - 2
                buf[at] = size >> 8
                buf[at + 1] = size & 0xFF
        except IndexError:
            self.pos = mark
            self._known = known
            return False
        buf[5 + 2 * section] += 1
        return True

    def _pair(self, a, b):
        # two ints of 16 bits
        buf = self.buf
        pos = self.pos
        buf[pos] = a >> 8
        buf[pos + 1] = a & 0xFF
        buf[pos + 2] = b >> 8
        buf[pos + 3] = b & 0xFF
        self.pos = pos + 4

    def _put(self, data):
        # byte by byte: a slice past its end would make the buffer longer
        pos = self.pos
        for byte in data:
            self.buf[pos] = byte
            pos += 1
        self.pos = pos

    def _name(self, name, compress):
        buf = self.buf
        at = 0
        known = self._known  # the suffixes of this very name are not complete yet
        pos = self.pos
        while True:
            size = name[at]
            if size and compress:
                for i in range(known):
                    off = self._at[i]
                    if same(buf, off, name, at):
                        buf[pos] = _POINTER | off >> 8
                        buf[pos + 1] = off & 0xFF
                        self.pos = pos + 2
                        return
                if self._known < _SUFFIXES:
                    self._at[self._known] = pos
                    self._known += 1
            for i in range(at, at + size + 1):
                buf[pos] = name[i]
                pos += 1
            self.pos = pos
            if not size:
                return
            at += size + 1


def due(responder, now):
    """What is due for everybody: probes, else answers, announcements and goodbyes; or None."""
    w = Writer(responder._buf)
    if _probe(responder._owners, w) or _multicast(responder._owners, w, now):
        return w.view()
    return None


def unicast(responder, r, legacy):
    """The answer to the query in the reader `r` for who has asked alone, or None."""
    w = Writer(responder._buf)
    w.start(r.id, _RESPONSE)
    ttl = _TTL
    if legacy:
        # RFC 6762 6.7: as plain DNS would answer
        ttl = _LEGACY_TTL
        w.compress = False
        r.rewind()
        while r.next() == 0:
            w.question(copy(r.mv, r.name), r.type, r.cls)
    for o in responder._owners:
        o.done = _render(o, w, _ANSWER, o.uni, ttl)
    _extras(responder._owners, w, ttl)
    return w.view() if w.buf[7] else None


def _probe(owners, w):
    # all in one packet as far as it goes: first the questions, then what we would claim
    w.start(0, 0)
    room = len(w.buf) - 12
    some = 0
    for o in owners:
        o.done = 0
        if o.want and o.step < _LIVE:
            room -= o.size
            if not some or room >= 0:
                w.question(o.name, _ANY, _QU)
                o.done = some = o.want
                o.want = 0
    for o in owners:
        _render(o, w, _AUTHORITY, o.done, _TTL)
    return some


def _multicast(owners, w, now):
    w.start(0, _RESPONSE)
    some = 0
    for o in owners:
        # what went out a moment ago is not added to an answer
        o.known = o.recent(-1, now, _MULTICAST_GAP)
        if o.want and diff(o.due, now) <= 0:
            o.done = _render(o, w, _ANSWER, o.want, 0 if o.step >= _OFF else _TTL)
            some |= o.done
    if some:
        _extras(owners, w, _TTL)
        for o in owners[:]:
            o.want &= ~o.done
            for i in range(len(o.sent)):
                if o.done >> i & 1:
                    o.sent[i] = now
            if o.step == _GONE and not o.want:
                owners.remove(o)
    return some


def _extras(owners, w, ttl):
    # RFC 6763 12: what the asker would ask for next
    more = 0
    for o in owners:
        bits = 0
        if o.service is None:
            if more | o.done:
                bits = o.spoken
        elif o.step & _LIVE:
            if o.done & _B_PTR:
                bits = _B_SRV | _B_TXT
            more |= o.done & (_B_PTR | _B_SRV)
        if o.step & _LIVE:
            o.done |= _render(o, w, _ADDITIONAL, bits & ~(o.done | o.known), ttl)


def _render(o, w, section, bits, ttl):
    """Writes those records of an owner; returns the ones that fitted."""
    done = 0
    bit = 1
    for rr in o.rr:
        if bits & bit and not (ttl == _LEGACY_TTL and rr[1] == _NSEC):
            cls = rr[2]
            # plain DNS resolvers do not know the bit, and claims flush no cache
            if ttl == _LEGACY_TTL or section == _AUTHORITY:
                cls &= 0x7FFF
            if w.record(section, rr, cls, ttl):
                done |= bit
        bit <<= 1
    return done
