"""DNS-SD browser (6.4; RFC 6762, 6763): finds the instances of one service and resolves them.

The loop around it is that of the responder: after every rx() and tick(), send what tx()
returns to the multicast group until it returns None; wait as long as tick() says.
"""

from random import randrange

from late import load
from micropython import const

from ticks import add, diff, sooner

from .packet import Reader, copy, same

_A = const(1)
_PTR = const(12)
_TXT = const(16)
_AAAA = const(28)
_SRV = const(33)
_IN = const(1)
_PORT = const(5353)

_MAX_SERVICES = const(8)
_MAX_ADDRS = const(3)  # of each family
_MAX_TTL = const(86400)  # s
_MAX_GAP = const(3600000)
# An ephemeral port hears neither announcements nor goodbyes, and gets answers with a TTL of 10 s:
# ask every minute and forget who has missed two questions.
_LEGACY_GAP = const(60000)
_LEGACY_TTL = const(150)

# what there is to know of an instance, each with its age and TTL
_K_PTR = const(0)
_K_SRV = const(1)
_K_TXT = const(2)
_K_ADDR = const(3)
_KINDS = const(4)

_ASK_ADDR = const(0b11000)
_TYPES = b"\x00\x21\x10\x01\x1c"  # asked for by the bits of `ask`: SRV, TXT; A, AAAA

_MISSING = const(-1)  # as a TTL
_TRIES = const(4)
_RETRY = (100, 1000, 3000, 9000)  # asking for what is missing: ms after the last attempt
# and for what is known at 80, 85, 90 and 95 % of its TTL (RFC 6762 5.2)


class _Found:
    """An instance, resolved or not yet."""

    def __init__(self, name, now):
        self.name = name
        self.instance = str(name[1 : 1 + name[0]], "utf-8")
        # of each kind
        self.since = [now] * _KINDS  # when it was heard, or last asked for
        self.ttl = [_MISSING] * _KINDS  # s
        self.tries = [0] * _KINDS
        self.ask = 0  # bits, see _TYPES
        self.target = None
        self.port = 0
        self.txt = b""
        self.addrs = []
        self.stale = 0  # sizes of addresses that the next cache flush replaces, as bits
        self.told = []  # addresses last reported; empty: not reported
        self.changed = False


class Browser:
    """Looks for `service`, "_ship._tcp" for instance.

    `on_service(instance, port, addrs, txt)` is called when an instance is resolved or changes:
    name as str, addresses as a list of 4- and 16-byte bytes, TXT as a dict of lower-case str to
    bytes; and with (instance, 0, [], None) when it is gone. At most 8 instances are kept.

    `buf` is a bytearray for the queries (512 bytes by default), see Responder. `legacy` True is
    for a socket on an ephemeral port. `rand(n)` gives an int from 0 to n - 1.

    `dest` is always None, the multicast group. `dropped` counts malformed packets.
    """

    dest = None

    def __init__(self, service, on_service, buf=None, legacy=False, rand=randrange):
        self._service = load("mdns.names").wire(service + ".local")
        self._on_service = on_service
        self._buf = buf or bytearray(512)
        self._r = Reader()
        self._legacy = legacy
        self._rand = rand
        self._found = []
        self._gap = 0  # between questions; 0: stopped
        self._at = 0
        self._ask = False
        self._now = 0
        self.dropped = 0

    def start(self, now):
        """Begin to ask, or begin anew after a change of link; what is known stays."""
        self._gap = 1000
        self._at = add(now, 20 + self._rand(101))

    def stop(self):
        """Silent from now on; everything is forgotten, without a callback."""
        self._gap = 0
        self._ask = False
        self._found.clear()

    def tick(self, now):
        """Let timers fire; ms until the next one, -1 when there is none."""
        self._now = now
        if not self._gap:
            return -1
        if diff(self._at, now) <= 0:
            self._ask = True
            self._at = add(now, self._gap)
            # RFC 6762 5.2: 1, 3, 9 ... s, up to an hour
            self._gap = min(self._gap * 3, _LEGACY_GAP if self._legacy else _MAX_GAP)
        wait = max(0, diff(self._at, now))
        for f in self._found[:]:
            for kind in range(_KINDS):
                left = self._left(f, kind)
                if left == 0:
                    if f.tries[kind] == _TRIES:
                        self._found.remove(f)
                        if f.told:
                            self._on_service(f.instance, 0, [], None)
                        break
                    f.tries[kind] += 1
                    if f.ttl[kind] < 0:
                        f.since[kind] = now
                    if kind == _K_PTR:
                        self._ask = True
                    elif kind != _K_ADDR:
                        f.ask |= 1 << kind
                    elif f.target:
                        f.ask |= _ASK_ADDR
                    left = self._left(f, kind)
                wait = sooner(wait, left)
        return wait

    def tx(self):
        """The next query to multicast, or None. Valid until the next call."""
        ask = some = self._ask
        for f in self._found:
            some = some or f.ask
        if not some:
            return None
        w = load("mdns.speech").Writer(self._buf)
        some = ask
        if ask:
            w.question(self._service, _PTR, _IN)
            self._ask = False
        for f in self._found:
            for i in range(len(_TYPES)):
                name = f.name if i < _K_ADDR else f.target
                if f.ask >> i & 1 and w.question(name, _TYPES[i], _IN):
                    f.ask ^= 1 << i
                    some = True
        if ask and not self._legacy:
            for f in self._found:
                # known answer (RFC 6762 7.1): alive, more than half of its life left
                ttl = f.ttl[_K_PTR]
                left = ttl - diff(self._now, f.since[_K_PTR]) // 1000
                if not f.tries[_K_PTR] and 2 * left > ttl:
                    w.record(1, (self._service, _PTR, 0, b"", f.name, b""), _IN, left)
        return w.view() if some else None

    def rx(self, mv, addr, port, now):
        """A packet has come from (addr, port)."""
        self._now = now
        r = self._r
        if not r.open(mv):
            self.dropped += 1
        elif self._gap and r.flags & 0xF80F == 0x8000 and port == _PORT:
            # records may stand in any order: first who, then where, then the addresses
            for hear in (self._hear_ptr, self._hear_instance, self._hear_address):
                r.rewind()
                section = r.next()
                while section >= 0:
                    if section and r.cls == _IN:
                        ttl = r.ttl
                        if ttl and self._legacy:
                            ttl = max(ttl, _LEGACY_TTL)
                        hear(r, r.mv, ttl)
                    section = r.next()
                for f in self._found:
                    # what is younger than a second stays (RFC 6762 10.2)
                    f.stale = 4 | 16 if diff(now, f.since[_K_ADDR]) > 1000 else 0
            self._report()
        r.mv = None  # the caller's buffer is not ours to keep

    def _heard(self, f, kind, ttl):
        f.since[kind] = self._now
        f.tries[kind] = 0
        if ttl == 0:
            # goodbye: one second of grace (RFC 6762 10.1)
            f.tries[kind] = _TRIES
            ttl = 1
        f.ttl[kind] = min(ttl, _MAX_TTL)

    def _left(self, f, kind):
        # ms until something has to be done about it; -1: never
        tries = f.tries[kind]
        if f.ttl[kind] > 0:
            at = f.ttl[kind] * 10 * (80 + 5 * tries)
        elif tries < _TRIES:
            at = _RETRY[tries]
        else:
            return -1
        return max(0, diff(add(f.since[kind], at), self._now))

    def _hear_ptr(self, r, mv, ttl):
        if r.type != _PTR or not same(mv, r.name, self._service):
            return
        for f in self._found:
            if same(mv, r.data, f.name):
                self._heard(f, _K_PTR, ttl)
                for kind in range(_KINDS):
                    if f.tries[kind] == _TRIES and f.ttl[kind] < 0:
                        self._heard(f, kind, _MISSING)  # it lives: ask once more
                return
        name = copy(mv, r.data)
        if not ttl or not name[0] or not same(name, 1 + name[0], self._service):
            return
        try:
            f = _Found(name, self._now)
        except UnicodeError:
            return
        found = self._found
        if len(found) == _MAX_SERVICES:
            for old in found:
                if min(old.ttl) < 0:
                    found.remove(old)
                    break
            else:
                return
        found.append(f)
        self._heard(f, _K_PTR, ttl)

    def _hear_instance(self, r, mv, ttl):
        data = r.data
        for f in self._found:
            if same(mv, r.name, f.name):
                if r.type == _SRV:
                    self._heard(f, _K_SRV, ttl)
                    port = mv[data + 4] << 8 | mv[data + 5]
                    if f.port != port and ttl:
                        f.port = port
                        f.changed = True
                    if ttl and not (f.target and same(mv, data + 6, f.target)):
                        f.target = copy(mv, data + 6)
                        f.addrs = []
                        self._heard(f, _K_ADDR, _MISSING)
                elif r.type == _TXT:
                    self._heard(f, _K_TXT, ttl)
                    txt = bytes(mv[data : data + r.size])
                    if ttl and txt != f.txt:
                        f.txt = txt
                        f.changed = True

    def _hear_address(self, r, mv, ttl):
        if r.type != _A and r.type != _AAAA:
            return
        size = r.size
        for f in self._found:
            if not f.target or not same(mv, r.name, f.target):
                continue
            addr = bytes(mv[r.data : r.data + size])
            family = [a for a in f.addrs if len(a) == size]
            if r.top and f.stale & size:
                f.stale ^= size
                for old in family:
                    f.addrs.remove(old)
                family.clear()
            if ttl:
                if addr not in f.addrs:
                    if len(family) == _MAX_ADDRS:
                        continue
                    f.addrs.append(addr)
                self._heard(f, _K_ADDR, ttl)
            else:
                if addr in f.addrs:
                    f.addrs.remove(addr)
                if not f.addrs:
                    self._heard(f, _K_ADDR, _MISSING)

    def _report(self):
        for f in self._found[:]:
            if min(f.ttl) > 0 and (f.changed or set(f.told) != set(f.addrs)):
                f.changed = False
                f.told = f.addrs[:]
                self._on_service(f.instance, f.port, f.told, txt_dict(f.txt))


def txt_dict(data):
    """TXT data as a dict of lower-case keys to bytes; the first of equal keys counts."""
    found = {}
    at = 0
    while at < len(data):
        item = data[at + 1 : at + 1 + data[at]]
        at += 1 + data[at]
        key, _, value = item.partition(b"=")
        try:
            key = str(key, "utf-8").lower()
        except UnicodeError:
            continue
        if key and key not in found:
            found[key] = value
    return found
