"""DNS-SD responder (6.4; RFC 6762, 6763): owns names, answers for them, gives them up.

The loop around it: after every rx() and tick(), send what tx() returns to `dest` until it
returns None; then wait as long as tick() says, or for the next packet. After any other call
(register, stop ...) tick() first.
"""

from random import randrange

from late import load
from micropython import const

from ticks import add, diff, sooner

from .packet import Reader, same

_PORT = const(5353)
_ANY = const(255)
_IN = const(1)
_TRUNCATED = const(0x0200)
_OTHER_OPCODE_OR_RCODE = const(0x780F)
_TTL = const(120)  # Table 21

# steps of an owner (owner.py)
_PROBED = const(3)
_LIVE = const(4)
_LAST_ANNOUNCE = const(5)
_UP = const(6)
_OFF = const(8)
_GONE = const(9)

# of the records of a service (owner.py)
_B_PTR = const(1)

_PROBE_GAP = const(250)
_MULTICAST_GAP = const(1000)  # ms between two multicasts of a record (RFC 6762 6)
_DEFENCE_GAP = const(250)  # the same, when a probe has to be answered
_QUARTER_TTL = const(30000)

_NAMES = const("mdns.names")
_SPEECH = const("mdns.speech")
_NONE = (None, None)


class Responder:
    """`host` is a label without ".local", `addrs` a list of 4- and 16-byte addresses.

    `buf` is a bytearray for the packets that go out (800 bytes by default: enough for the
    longest TXT record of 6.4.2); it may be shared with a Browser when whatever tx() returned is
    sent before anything else is called. `rand(n)` gives an int from 0 to n - 1.

    `dest` says where the packet from tx() goes: None is the multicast group (224.0.0.251 or
    ff02::fb, port 5353), else (addr, port) as given to rx(). `dropped` counts malformed packets.
    `host` is the host label, which a conflict may have changed.
    """

    def __init__(self, host, addrs, buf=None, rand=randrange):
        self._buf = buf or bytearray(800)
        self._r = Reader()
        self._rand = rand
        self._now = 0
        self._reply = _NONE  # where a unicast answer goes, and the packet, which is in the buffer
        self._conflicts = 0
        self.dest = None
        self.dropped = 0
        self._owners = load(_NAMES).host(self, host, addrs)

    def register(self, instance, service="_ship._tcp", port=4712, txt=()):
        """Offer a service; returns its handle, whose `label` is the present instance name.

        `txt` is a list of (key, value) strings, sent in that order. ValueError when a name or
        a pair is too long or the record does not fit into the buffer.
        """
        return load(_NAMES).service(self, instance, service, port, txt)

    def update_txt(self, handle, txt):
        """Replace the TXT pairs and announce them."""
        load(_NAMES).update_txt(self, handle, txt)

    def unregister(self, handle):
        """Withdraw the service: goodbye, then forgotten."""
        self._leave(handle, _GONE)

    def set_addrs(self, addrs):
        """The addresses have changed: announce them. After a change of link call start()."""
        load(_NAMES).set_addrs(self, addrs)

    def start(self, now):
        """Probe for all names, then announce them; also after every change of link."""
        self._now = now
        wait = self._rand(_PROBE_GAP)
        for o in self._owners:
            if o.step != _GONE:
                self._begin(o, wait)

    def stop(self):
        """Goodbye for everything announced; silent after that, until start()."""
        self._reply = _NONE
        for o in self._owners[:]:
            self._leave(o, max(o.step, _OFF))

    def announce(self, now):
        """Announce once more what is up."""
        for o in self._owners:
            if o.step == _UP:
                o.step = _LAST_ANNOUNCE
                o.at = now

    def tick(self, now):
        """Let timers fire; ms until the next one, -1 when there is none."""
        self._now = now
        wait = -1
        for o in self._owners:
            if o.step < _UP and diff(o.at, now) <= 0:
                if o.step < _PROBED:
                    o.want = o.unique
                    o.due = now
                    gap = _PROBE_GAP
                else:
                    if o.step == _PROBED:
                        o.step = _LIVE
                        self._conflicts = 0
                    gap = _MULTICAST_GAP
                    o.queue(o.spoken, now, 0, gap, None)
                o.at = add(now, gap)
                o.step += 1
            if o.step < _UP:
                wait = sooner(wait, max(0, diff(o.at, now)))
            if o.want and diff(o.due, now) > 0:
                wait = sooner(wait, diff(o.due, now))
        return wait

    def rx(self, mv, addr, port, now):
        """A packet has come from (addr, port)."""
        self._now = now
        r = self._r
        if not r.open(mv):
            self.dropped += 1
        elif not r.flags & _OTHER_OPCODE_OR_RCODE:
            if not r.flags & 0x8000:
                self._query(r, addr, port, now)
            elif port == _PORT:
                self._response(r)
        r.mv = None  # the caller's buffer is not ours to keep

    def tx(self):
        """The next packet to send to `dest`, or None. Valid until the next call."""
        self.dest, packet = self._reply
        self._reply = _NONE
        if packet is None:
            for o in self._owners:
                if o.want and (o.step < _LIVE or diff(o.due, self._now) <= 0):
                    return load(_SPEECH).due(self, self._now)
        return packet

    def _begin(self, o, wait):
        o.step = 0
        o.want = 0
        o.at = add(self._now, wait)

    def _leave(self, o, step):
        o.want = 0
        if o.step & _LIVE:
            o.want = o.unique | o.shared & _B_PTR
        elif step == _GONE:
            self._owners.remove(o)
        o.step = step
        o.due = self._now
        o.asker = None

    # packets in

    def _query(self, r, addr, port, now):
        owners = self._owners
        for o in owners:
            o.ask = o.uni = o.known = 0
        seen = 0  # sections, as bits
        contested = False
        section = r.next()
        while section >= 0:
            seen |= 1 << section
            for o in owners:
                if section == 0:
                    if o.step & _LIVE and (r.cls == _IN or r.cls == _ANY):
                        bits = o.find(r, False)
                        if r.top or port != _PORT:
                            o.uni |= bits
                        else:
                            o.ask |= bits
                elif section == 1:
                    if r.ttl * 2 >= _TTL:
                        o.known |= o.find(r, True)
                elif section == 2 and o.step < _LIVE and same(r.mv, r.name, o.name):
                    contested = True
            section = r.next()
        if contested:
            load(_NAMES).tie_break(self, r)
        shared = 0
        alone = 0
        for o in owners:
            if not seen & 1 and o.asker == addr:
                # the rest of the known answers announced by TC (RFC 6762 7.2)
                o.want &= o.unknown(o.want)
            o.uni = o.unknown(o.uni)
            o.ask = o.unknown(o.ask)
            if port == _PORT:
                # RFC 6762 5.4: now and then everybody shall hear the answer
                recent = o.recent(o.uni, now, _QUARTER_TTL)
                o.ask |= o.uni ^ recent
                o.uni = recent
            alone |= o.uni
            shared |= o.ask & o.shared
        delay = 0
        gap = _MULTICAST_GAP
        if seen & 4:
            gap = _DEFENCE_GAP
        elif r.flags & _TRUNCATED:
            delay = 400 + self._rand(101)
        elif shared:
            delay = 20 + self._rand(101)
        for o in owners:
            o.queue(o.ask, now, delay, gap, addr)
        if alone and self._reply is _NONE:
            packet = load(_SPEECH).unicast(self, r, port != _PORT)
            if packet:
                self._reply = (addr, port), packet

    def _response(self, r):
        section = r.next()
        while section >= 0:
            if section and r.cls == _IN and r.ttl:
                for o in self._owners:
                    if o.step < _OFF and o.find(r, False) & o.unique and not o.find(r, True):
                        load(_NAMES).conflict(self, o)
            section = r.next()
