"""DNS-SD responder (6.4; RFC 6762, 6763): owns names, answers for them, gives them up.

The loop around it: after every rx() and tick(), send what tx() returns to `dest` until it
returns None; then wait as long as tick() says, or for the next packet. After any other call
(register, stop ...) tick() first.
"""

from random import randrange

from micropython import const

from ticks import add, diff, sooner

from .owner import Owner, txt_data
from .packet import Reader, Writer, same, wire
from .render import multicast, probes, unicast

_PORT = const(5353)
_ANY = const(255)
_IN = const(1)
_TRUNCATED = const(0x0200)
_OTHER_OPCODE_OR_RCODE = const(0x780F)

# steps of an owner (owner.py)
_PROBED = const(3)
_ANNOUNCE = const(4)
_LAST_ANNOUNCE = const(5)
_UP = const(6)
_OFF = const(7)

# records of a service (owner.py)
_B_PTR = const(1)
_B_SRV = const(2)
_B_TXT = const(4)

_PROBE_GAP = const(250)
_ANNOUNCE_GAP = const(1000)
_MULTICAST_GAP = const(1000)  # ms between two multicasts of a record (RFC 6762 6)
_DEFENCE_GAP = const(250)  # the same, when a probe has to be answered
_QUARTER_TTL = const(30000)
_CONFLICTS = const(15)  # RFC 6762 8.1: from then on one attempt every 5 s


class Responder:
    """`host` is a label without ".local", `addrs` a list of 4- and 16-byte addresses.

    `buf` is a bytearray for the packets that go out (1200 bytes by default); it may be shared
    with a Browser when whatever tx() returned is sent before anything else is called.
    `rand(n)` gives an int from 0 to n - 1.

    `dest` says where the packet from tx() goes: None is the multicast group (224.0.0.251 or
    ff02::fb, port 5353), else (addr, port) as given to rx(). `dropped` counts malformed packets.
    """

    def __init__(self, host, addrs, buf=None, rand=randrange):
        self._w = Writer(buf or bytearray(1200))
        self._r = Reader()
        self._rand = rand
        self._now = 0
        self._on = False
        self._reply = None  # a unicast answer, already in the buffer
        self._conflicts = 0
        self.dest = None
        self.dropped = 0
        self._host = Owner(host, None)
        self._host.build_host(addrs)
        self._owners = [self._host]  # services first

    @property
    def host(self):
        """The host label, which a conflict may have changed."""
        return self._host.label

    def register(self, instance, service="_ship._tcp", port=4712, txt=()):
        """Offer a service; returns its handle, whose `label` is the present instance name.

        `txt` is a list of (key, value) strings, sent in that order. ValueError when a name or
        a pair is too long or the record does not fit into the buffer.
        """
        o = Owner(instance, wire(service + ".local"))
        o.port = port
        o.txt = txt_data(txt, len(self._w.buf))
        o.build_service(self._host.name)
        self._owners.insert(len(self._owners) - 1, o)
        if self._on:
            self._begin(o, 0)
        return o

    def update_txt(self, handle, txt):
        """Replace the TXT pairs and announce them."""
        handle.txt = txt_data(txt, len(self._w.buf))
        self._rebuild(handle)

    def unregister(self, handle):
        """Withdraw the service: goodbye, then forgotten."""
        handle.gone = True
        self._leave(handle)

    def set_addrs(self, addrs):
        """The addresses have changed: announce them. After a change of link call start()."""
        self._host.build_host(addrs)
        self._again(self._host)

    def start(self, now):
        """Probe for all names, then announce them; also after every change of link."""
        self._now = now
        self._on = True
        wait = self._rand(_PROBE_GAP)
        for o in self._owners:
            if not o.gone:
                self._begin(o, wait)

    def stop(self):
        """Goodbye for everything announced; silent after that, until start()."""
        self._on = False
        self._reply = None
        for o in self._owners[:]:
            self._leave(o)

    def announce(self, now):
        """Announce once more what is up."""
        self._now = now
        for o in self._owners:
            if o.step == _UP:
                o.step = _LAST_ANNOUNCE
                o.at = now

    def tick(self, now):
        """Let timers fire; ms until the next one, -1 when there is none."""
        self._now = now
        wait = -1
        for o in self._owners:
            if o.step < _UP:
                if diff(o.at, now) <= 0:
                    self._step(o, now)
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
        elif r.flags & _OTHER_OPCODE_OR_RCODE or not self._on:
            pass
        elif not r.flags & 0x8000:
            self._query(r, addr, port, now)
        elif port == _PORT:
            self._response(r, now)
        r.mv = None  # the caller's buffer is not ours to keep

    def tx(self):
        """The next packet to send to `dest`, or None. Valid until the next call."""
        w = self._w
        if self._reply:
            self.dest = self._reply
            self._reply = None
            return w.view()
        self.dest = None
        if probes(w, self._owners) or multicast(w, self._owners, self._now):
            return w.view()
        return None

    # timers

    def _begin(self, o, wait):
        o.step = 0
        o.want = 0
        o.probe = False
        o.at = add(self._now, wait)

    def _step(self, o, now):
        if o.step < _PROBED:
            o.probe = True
            o.step += 1
            o.at = add(now, _PROBE_GAP)
            return
        if o.step == _PROBED:
            o.step = _ANNOUNCE
            self._conflicts = 0
        o.step += 1
        o.at = add(now, _ANNOUNCE_GAP)
        o.queue(o.announced(), now, 0, _MULTICAST_GAP, None)

    def _rebuild(self, o):
        o.build_service(self._host.name)
        self._again(o)

    def _again(self, o):
        # records have changed: bits asked for may stand for other records now
        o.want = 0
        if o.up():
            o.step = _ANNOUNCE
            o.at = self._now

    def _leave(self, o):
        o.want = 0
        if o.up():
            o.want = _B_PTR | _B_SRV | _B_TXT if o.service else o.unique
        elif o.gone:
            self._owners.remove(o)
        o.step = _OFF
        o.due = self._now
        o.asker = None
        o.probe = False

    # packets in

    def _query(self, r, addr, port, now):
        owners = self._owners
        for o in owners:
            o.start_query()
        questions = False
        probe = False
        section = r.next()
        while section >= 0:
            if section == 0:
                questions = True
                if r.cls == _IN or r.cls == _ANY:
                    for o in owners:
                        if o.up():
                            bits = o.answers(r)
                            if r.top or port != _PORT:
                                o.uni |= bits
                            else:
                                o.ask |= bits
            elif section == 1:
                for o in owners:
                    o.hear_known(r)
            elif section == 2:
                probe = True
                for o in owners:
                    if o.step <= _PROBED and same(r.mv, r.name, o.name):
                        o.hear_rival(r)
            section = r.next()
        more = r.flags & _TRUNCATED
        delay = 0
        alone = 0
        for o in owners:
            if o.rival and o.outranked():
                self._begin(o, 1000)
            if not questions and o.asker == addr:
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
            if not delay and o.ask:
                if more:
                    delay = 400 + self._rand(101)
                elif o.shared(o.ask):
                    delay = 20 + self._rand(101)
        for o in owners:
            if probe:
                o.queue(o.ask, now, 0, _DEFENCE_GAP, addr)
            else:
                o.queue(o.ask, now, delay, _MULTICAST_GAP, addr)
        if alone and not self._reply and unicast(self._w, owners, r, port != _PORT):
            self._reply = (addr, port)

    def _response(self, r, now):
        section = r.next()
        while section >= 0:
            if section and r.cls == _IN and r.ttl:
                for o in self._owners:
                    if o.step < _OFF and o.conflicts(r):
                        self._conflict(o)
            section = r.next()

    def _conflict(self, o):
        # RFC 6762 9: an established name is probed for first, a new one is given up
        if o.step <= _PROBED:
            o.rename()
            if o is self._host:
                o.build_host([rr[3] for rr in o.rr if rr[3]])
                for other in self._owners:
                    if other is not o:
                        self._rebuild(other)
            else:
                o.build_service(self._host.name)
        self._conflicts += 1
        self._begin(o, 5000 if self._conflicts > _CONFLICTS else 0)
