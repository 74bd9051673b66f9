"""DNS-SD browser (6.4; RFC 6762, 6763): finds the instances of one service and resolves them.

The loop around it is that of the responder: after every rx() and tick(), send what tx()
returns to the multicast group until it returns None; wait as long as tick() says.
"""

from random import randrange

from micropython import const

from ticks import add, diff, sooner

from .packet import Reader, Writer, copy, same, wire

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

# asking for what is missing: ms after the last attempt
_RETRY = (100, 1000, 3000, 9000)
_REFRESHES = const(4)  # at 80, 85, 90 and 95 % of the TTL (RFC 6762 5.2)


class _Found:
    """An instance, resolved or not yet."""

    def __init__(self, name):
        self.name = name
        self.instance = str(name[1 : 1 + name[0]], "utf-8")
        self.since = [0] * _KINDS  # when it was heard, or last asked for
        self.ttl = [0] * _KINDS  # s; 0: missing
        self.tries = [0] * _KINDS
        self.ask = 0  # bit per kind
        self.target = None
        self.port = 0
        self.txt = b""
        self.addrs = []
        self.stale = 0  # bit per address family that the next cache flush replaces
        self.told = None  # addresses last reported; None: not reported
        self.changed = False

    def heard(self, kind, ttl, now):
        if ttl:
            self.tries[kind] = 0
        else:
            # goodbye: one second of grace (RFC 6762 10.1)
            self.tries[kind] = _REFRESHES
            ttl = 1
        self.since[kind] = now
        self.ttl[kind] = min(ttl, _MAX_TTL)

    def missing(self, kind, now):
        self.since[kind] = now
        self.ttl[kind] = self.tries[kind] = 0

    def resolved(self):
        return 0 not in self.ttl

    def wait(self, kind, now):
        """ms until something has to be done about it; -1: never."""
        tries = self.tries[kind]
        if self.ttl[kind]:
            at = self.ttl[kind] * 10 * (80 + 5 * tries)
        elif tries < len(_RETRY):
            at = _RETRY[tries]
        else:
            return -1
        return max(0, diff(add(self.since[kind], at), now))


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
        self._service = wire(service + ".local")
        self._on_service = on_service
        self._w = Writer(buf or bytearray(512))
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
        self._now = now
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
                left = f.wait(kind, now)
                if left == 0:
                    if f.ttl[kind] and f.tries[kind] == _REFRESHES:
                        self._remove(f)
                        break
                    f.tries[kind] += 1
                    if not f.ttl[kind]:
                        f.since[kind] = now
                    if kind == _K_PTR:
                        self._ask = True
                    elif kind != _K_ADDR or f.target:
                        f.ask |= 1 << kind
                    left = f.wait(kind, now)
                wait = sooner(wait, left)
        return wait

    def tx(self):
        """The next query to multicast, or None. Valid until the next call."""
        w = self._w
        w.start(0, 0)
        ask = self._ask
        if ask:
            w.question(self._service, _PTR, _IN)
            self._ask = False
        some = ask
        for f in self._found:
            if f.ask and self._questions(w, f):
                some = True
        if ask and not self._legacy:
            for f in self._found:
                # known answer (RFC 6762 7.1): alive, more than half of its life left
                left = f.ttl[_K_PTR] - diff(self._now, f.since[_K_PTR]) // 1000
                if not f.tries[_K_PTR] and 2 * left > f.ttl[_K_PTR]:
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
            self._walk(r, self._hear_ptr)
            if self._found:
                self._walk(r, self._hear_instance)
                for f in self._found:
                    # what is younger than a second stays (RFC 6762 10.2)
                    f.stale = 3 if diff(now, f.since[_K_ADDR]) > 1000 else 0
                self._walk(r, self._hear_address)
                self._report()
        r.mv = None  # the caller's buffer is not ours to keep

    def _walk(self, r, hear):
        r.rewind()
        section = r.next()
        while section >= 0:
            if section and r.cls == _IN:
                ttl = r.ttl
                if ttl and self._legacy:
                    ttl = max(ttl, _LEGACY_TTL)
                hear(r, ttl)
            section = r.next()

    def _hear_ptr(self, r, ttl):
        if r.type != _PTR or not same(r.mv, r.name, self._service):
            return
        for f in self._found:
            if same(r.mv, r.data, f.name):
                f.heard(_K_PTR, ttl, self._now)
                for kind in range(_KINDS):
                    if f.tries[kind] == len(_RETRY) and not f.ttl[kind]:
                        f.missing(kind, self._now)  # it lives: ask once more
                return
        name = copy(r.mv, r.data)
        if not ttl or not name[0] or not same(name, 1 + name[0], self._service):
            return
        try:
            f = _Found(name)
        except UnicodeError:
            return
        if len(self._found) == _MAX_SERVICES:
            for old in self._found:
                if not old.resolved():
                    self._found.remove(old)
                    break
            else:
                return
        f.heard(_K_PTR, ttl, self._now)
        for kind in (_K_SRV, _K_TXT, _K_ADDR):
            f.missing(kind, self._now)
        self._found.append(f)

    def _hear_instance(self, r, ttl):
        mv = r.mv
        for f in self._found:
            if same(mv, r.name, f.name):
                if r.type == _SRV:
                    f.heard(_K_SRV, ttl, self._now)
                    port = mv[r.data + 4] << 8 | mv[r.data + 5]
                    if f.port != port and ttl:
                        f.port = port
                        f.changed = True
                    if ttl and not (f.target and same(mv, r.data + 6, f.target)):
                        f.target = copy(mv, r.data + 6)
                        f.addrs = []
                        f.missing(_K_ADDR, self._now)
                elif r.type == _TXT:
                    f.heard(_K_TXT, ttl, self._now)
                    if ttl and mv[r.data : r.data + r.size] != f.txt:
                        f.txt = bytes(mv[r.data : r.data + r.size])
                        f.changed = True

    def _hear_address(self, r, ttl):
        if r.type != _A and r.type != _AAAA:
            return
        for f in self._found:
            if not f.target or not same(r.mv, r.name, f.target):
                continue
            addr = bytes(r.mv[r.data : r.data + r.size])
            family = 1 if r.type == _A else 2
            if r.top and f.stale & family:
                f.stale ^= family
                f.addrs = [a for a in f.addrs if len(a) != r.size]
            if not ttl:
                if addr in f.addrs:
                    f.addrs.remove(addr)
                if not f.addrs:
                    f.missing(_K_ADDR, self._now)
                continue
            if addr not in f.addrs:
                if sum([len(a) == r.size for a in f.addrs]) == _MAX_ADDRS:
                    continue
                f.addrs.append(addr)
            f.heard(_K_ADDR, ttl, self._now)

    def _questions(self, w, f):
        """Write the questions about one instance that are due; False when none was."""
        some = False
        for kind, name, first, second in (
            (_K_SRV, f.name, _SRV, 0),
            (_K_TXT, f.name, _TXT, 0),
            (_K_ADDR, f.target, _A, _AAAA),
        ):
            if f.ask >> kind & 1 and w.question(name, first, _IN):
                some = True
                if not second or w.question(name, second, _IN):
                    f.ask ^= 1 << kind
        return some

    def _report(self):
        for f in self._found[:]:
            if f.resolved() and (f.changed or f.told is None or set(f.told) != set(f.addrs)):
                f.changed = False
                f.told = f.addrs[:]
                self._on_service(f.instance, f.port, f.addrs[:], txt_dict(f.txt))

    def _remove(self, f):
        self._found.remove(f)
        if f.told is not None:
            self._on_service(f.instance, 0, [], None)


def txt_dict(data):
    """TXT data as a dict of lower-case keys to bytes; the first of equal keys counts."""
    found = {}
    at = 0
    while at < len(data):
        item = data[at + 1 : at + 1 + data[at]]
        at += 1 + data[at]
        cut = item.find(b"=")
        if cut < 0:
            cut = len(item)
        try:
            key = str(item[:cut], "utf-8").lower()
        except UnicodeError:
            continue
        if key and key not in found:
            found[key] = item[cut + 1 :]
    return found
