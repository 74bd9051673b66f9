"""The names that the responder owns (RFC 6762, 6763) and their records.

Every name that has to be unique (the host's, each service instance's) is an `Owner`.
A record is a tuple
    (owner name, type, class with cache-flush bit, head, target, tail)
where the data is head + target + tail and target is a name ("" when there is none); a set of
records of an owner is an int with one bit per record.
"""

from micropython import const

from ticks import add, diff

from .packet import copy, label, same

_A = const(1)
_PTR = const(12)
_TXT = const(16)
_AAAA = const(28)
_SRV = const(33)
_NSEC = const(47)
_ANY = const(255)
_FLUSH = const(0x8001)
_IN = const(1)
_TTL = const(120)  # Table 21
_LEGACY_TTL = const(10)
_MAX_RIVALS = const(12)  # records of another one's claim that are compared
_HEADROOM = const(400)  # of a packet: header, names and the small records

# An owner's step: 0 to 2 probes still to send, 3 probes sent, 4 and 5 announcements to send, 6 up.
_ANNOUNCE = const(4)
_UP = const(6)
_OFF = const(7)

# records of a service, in this order
_B_PTR = const(1)
_B_SRV = const(2)
_B_TXT = const(4)
_B_META = const(8)

# ways to render a record; in answers to plain DNS resolvers and in claims no cache is flushed
_MULTICAST = const(0)
_LEGACY = const(2)
_CLAIM = const(3)
_GOODBYE = const(4)

_META = b"\x09_services\x07_dns-sd\x04_udp\x05local\x00"
_LOCAL = b"\x05local\x00"


def _fit(base, suffix):
    """`base` + `suffix` as a label of at most 63 bytes, cut between characters."""
    while len(base.encode()) + len(suffix) > 63:
        base = base[:-1]
    return base + suffix


def txt_data(pairs, size):
    """TXT data of (key, value) strings, for packets of `size` bytes; ValueError when too long."""
    out = bytearray()
    for key, value in pairs:
        item = (key + "=" + value).encode()
        if len(item) > 255 or not key or "=" in key:
            raise ValueError("txt")
        out.append(len(item))
        out.extend(item)
    if len(out) > size - _HEADROOM:
        raise ValueError("txt")
    return bytes(out or b"\0")  # RFC 6763 6.1: never without any string


class Owner:
    """A unique name and its records; of a service, or (service None) of the host."""

    def __init__(self, text, service):
        label(text)
        self.label = self._base = text
        self._copies = 1
        self.service = service
        self.step = _OFF
        self.at = 0  # when the step falls due
        self.want = 0  # to multicast from `due` on; goodbyes when the owner is off
        self.due = 0
        self.asker = None  # who alone asked for all of `want`
        self.gone = False  # forget the owner after its goodbyes
        self.probe = False  # a probe falls due
        self.done = 0  # in the packet being written
        self.v4 = self.v6 = 0
        self.sent = None  # when each record was last multicast
        self.start_query()

    def start_query(self):
        self.ask = self.uni = self.known = 0
        self.rival = None

    def rename(self):
        # RFC 6762 9, RFC 6763 D: "name-2" for hosts, "name (2)" for what people read
        self._copies += 1
        suffix = ("-%d" if self.service is None else " (%d)") % self._copies
        self.label = _fit(self._base, suffix)

    def names(self):
        self.name = label(self.label) + (self.service or _LOCAL)

    def set_records(self, rr):
        self.rr = rr
        if self.sent is None or len(self.sent) != len(rr):
            self.sent = [None] * len(rr)

    def build_host(self, addrs):
        self.names()
        rr = []
        v4 = v6 = 0
        for addr in addrs:
            if len(addr) == 4:
                v4 |= 1 << len(rr)
            elif len(addr) == 16:
                v6 |= 1 << len(rr)
            else:
                raise ValueError("address")
            rtype = _A if len(addr) == 4 else _AAAA
            rr.append((self.name, rtype, _FLUSH, addr, b"", b""))
        if rr:
            # bitmap of the types that exist: what is not in it need not be asked for
            bits = bytes((0, 4, 0x40 if v4 else 0, 0, 0, 8)) if v6 else b"\0\1\x40"
            rr.append((self.name, _NSEC, _FLUSH, b"", self.name, bits))
        self.v4 = v4
        self.v6 = v6
        self.unique = v4 | v6
        self.set_records(rr)

    def build_service(self, host):
        self.names()
        name = self.name
        self.unique = _B_SRV | _B_TXT
        port = bytes((0, 0, 0, 0, self.port >> 8, self.port & 0xFF))
        self.set_records(
            (
                (self.service, _PTR, _IN, b"", name, b""),
                (name, _SRV, _FLUSH, port, host, b""),
                (name, _TXT, _FLUSH, self.txt, b"", b""),
                (_META, _PTR, _IN, b"", self.service, b""),
                (name, _NSEC, _FLUSH, b"", name, b"\0\5\0\0\x80\0\x40"),
            )
        )

    def up(self):
        return _ANNOUNCE <= self.step <= _UP

    def shared(self, bits):
        """Are there records among them that other hosts may have too?"""
        return self.service is not None and bits & (_B_PTR | _B_META)

    def announced(self):
        """The records that an announcement carries."""
        if self.service is None:
            return (1 << len(self.rr)) - 1
        return _B_PTR | _B_SRV | _B_TXT | _B_META

    def answers(self, r):
        """Records that answer the question in the reader."""
        bits = 0
        mine = False
        for i in range(len(self.rr)):  # enumerate would make a tuple each time
            rr = self.rr[i]
            if rr[1] == _NSEC:
                # we own the name and have no such record: say so (RFC 6762 6.1)
                if mine and not bits:
                    bits = 1 << i
            elif same(r.mv, r.name, rr[0]):
                mine = mine or rr[2] == _FLUSH
                if r.type == rr[1] or r.type == _ANY:
                    bits |= 1 << i
        return bits

    def hear_known(self, r):
        for i in range(len(self.rr)):
            if r.ttl * 2 >= _TTL and r.holds(self.rr[i]):
                self.known |= 1 << i

    def unknown(self, bits):
        """`bits` without what the asker knows; addresses of a kind only all together."""
        left = bits & ~self.known
        if left & self.v4:
            left |= bits & self.v4
        if left & self.v6:
            left |= bits & self.v6
        return left

    def conflicts(self, r):
        """Does the record in the reader contradict ours?"""
        if not same(r.mv, r.name, self.name):
            return False
        typed = False
        for rr in self.rr:
            if rr[1] == r.type and rr[1] != _NSEC and rr[2] == _FLUSH:
                if r.holds(rr):
                    return False
                typed = True
        return typed

    def hear_rival(self, r):
        # RFC 6762 8.2: class, type, uncompressed data
        mv = r.mv
        key = bytes((0, r.cls, r.type >> 8, r.type & 0xFF))
        if r.type == _SRV:
            key += bytes(mv[r.data : r.data + 6]) + copy(mv, r.data + 6)
        else:
            key += bytes(mv[r.data : r.data + r.size])
        if self.rival is None:
            self.rival = []
        if len(self.rival) < _MAX_RIVALS:
            self.rival.append(key)

    def outranked(self):
        """Does the other one's probe win the tie-break?"""
        ours = [
            bytes((0, 1, 0, rr[1])) + rr[3] + rr[4]
            for rr in self.rr
            if rr[2] == _FLUSH and rr[1] != _NSEC
        ]
        ours.sort()
        self.rival.sort()
        return ours < self.rival

    def queue(self, bits, now, delay, gap, asker):
        """Multicast `bits` after `delay` ms, but no record within `gap` ms of its last time."""
        if not bits:
            return
        due = add(now, delay)
        if self.want:
            if diff(self.due, due) < 0:
                due = self.due
            if self.asker != asker:
                asker = None
        self.asker = asker
        self.want |= bits
        for i in range(len(self.sent)):
            sent = self.sent[i]
            if self.want >> i & 1 and sent is not None and 0 <= diff(now, sent) < gap:
                if diff(add(sent, gap), due) > 0:
                    due = add(sent, gap)
        self.due = due

    def recent(self, bits, now, ms):
        """Those of `bits` that were multicast within the last `ms`."""
        for i in range(len(self.sent)):
            sent = self.sent[i]
            if bits >> i & 1 and (sent is None or not 0 <= diff(now, sent) < ms):
                bits ^= 1 << i
        return bits

    def sent_now(self, now):
        """`done` has been multicast."""
        for i in range(len(self.sent)):
            if self.done >> i & 1:
                self.sent[i] = now
        self.want &= ~self.done

    def probe_size(self):
        """Bytes that a probe for this name takes at most."""
        size = len(self.name) + 4
        for i in range(len(self.rr)):
            if self.unique >> i & 1:
                rr = self.rr[i]
                size += 12 + len(rr[3]) + len(rr[4])
        return size

    def render(self, w, section, bits, mode):
        """Write those records; returns the ones that fitted."""
        done = 0
        for i in range(len(self.rr)):
            if bits >> i & 1:
                rr = self.rr[i]
                cls = rr[2]
                ttl = _TTL
                if mode == _LEGACY:
                    if rr[1] == _NSEC:
                        continue
                    ttl = _LEGACY_TTL
                elif mode == _GOODBYE:
                    ttl = 0
                if mode == _LEGACY or mode == _CLAIM:
                    cls &= 0x7FFF
                if w.record(section, rr, cls, ttl):
                    done |= 1 << i
        return done
