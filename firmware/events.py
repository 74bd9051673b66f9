"""The event ring of a running wallbox: what has changed is written by whoever looks at it, here.

A timer of Net compares what there is with what was recorded last, four times a second at most; so
nothing in the paths of messages and of the charger knows of events. Where partners, the car or
the grid change things faster than somebody would want to read, and flash would wear out, each
channel has tokens: 16 at once, then one in ten minutes. Without one the change waits, and the
record says that others before it were left out. So a channel wears 144 records a day at most, all
of them together 11 erases of a sector a day.
"""

from array import array
from struct import unpack_from

from late import load
from micropython import const

from firmware.limits import BOARD, FUSE, OSCEV
from firmware.ring import Ring
from ship.conn import DATA
from ticks import diff

# kinds, see firmware.event_codes
_STOP = const(2)  # event stop
_CLOCK_SET = const(3)  # event clock
_LIMIT = const(4)  # event limit
_OFFER = const(5)  # event offer
_CAR = const(6)  # event car
_FAULT = const(7)  # event fault
_STATE = const(8)  # event state
_FAILSAFE = const(9)  # event failsafe
_TRUST = const(10)  # event trust, then untrust
_PEER = const(12)  # event peer, then lost
_LATE = const(0x40)  # flag LATE
_CLOCK = const(0x80)  # flag CLOCK
_NONE = const(-(1 << 29))  # value NONE
_NO_MORE = const(0xFFFF)  # value NO_MORE

# channels: the origins of limits first
_ORIGINS = const(11)
_OF_OFFER = const(11)
_OF_CAR = const(12)
_OF_FAULT = const(13)
_OF_STATE = const(14)  # two
_OF_FAILSAFE = const(16)  # two
_OF_TRUST = const(18)
_OF_PEER = const(19)
_OF_CLOCK = const(20)
_CHANNELS = const(21)

_TOKENS = const(16)
_TOKEN_S = const(600)
_LOOK_MS = const(250)
_STEP_MA = const(1000)  # an offer that differs by less is no event


class Events:
    """`app`: App; `flash`: the area of the ring; `cause`: of the reset, as machine says it."""

    def __init__(self, app, flash, cause):
        self.app = app
        self.ring = Ring(flash)
        self.up_s = 0  # seconds since the start
        self._rest = 0  # ms of the next
        self._looked = app.clock.now()
        self._token_s = _TOKEN_S
        self._tokens = bytearray((_TOKENS,) * _CHANNELS)
        self._late = 0  # channels that have left something out, bits
        self._known = app.place.wall() is not None
        # what was recorded last
        self._level = array("i", (_NONE,) * _ORIGINS)
        self._offer = 0
        self._ruling = -1
        self._pilot = "A"
        self._closed = False
        self._faults = 0
        self._states = bytearray(2)
        self._failsafe = array("i", (0, 0))
        self._trusted = list(app.node.trusted)
        self._peers = []
        self._talking = []  # a list to work with
        for i, use in self._uses():
            self._failsafe[i] = _both(use.machine)
        self.ring.erase()  # the contactor is open
        load("firmware.event_start").record(self, cause)

    def _uses(self):
        eebus = self.app.eebus
        return ((0, eebus.lpc), (1, eebus.lpp)) if eebus.lpp else ((0, eebus.lpc),)

    def tick(self, now):
        ms = diff(now, self._looked)
        if ms >= _LOOK_MS:
            self._looked = now
            ms += self._rest
            self._rest = ms % 1000
            self.up_s += ms // 1000
            if self.up_s >= self._token_s:
                self._token_s = self.up_s + _TOKEN_S
                for i in range(_CHANNELS):
                    self._tokens[i] = min(self._tokens[i] + 1, _TOKENS)
            try:
                self._look()
                if not self.app.charger.contactor:
                    self.ring.erase()
            except OSError:  # flash that fails: nothing is recorded, the wallbox goes on
                pass
        return -1

    def stop(self, error):
        """The application ends: because it was asked to (0) or by an error (1)."""
        self.write(_STOP, error)

    def forget(self):
        """Erases all of it; only while the contactor is open."""
        flash = self.ring.flash
        for off in range(0, flash.size, flash.sector):
            flash.erase(off)
        self.ring = Ring(flash)

    def write(self, kind, what, value=0, more=_NO_MORE):
        """Writes a record. False: there was no room."""
        t = self.app.place.wall()
        if t is None:
            t = self.up_s
        else:
            t = int(t)
            kind |= _CLOCK
        return self.ring.put(kind, what, t, value, more)

    def _put(self, channel, kind, what, value=0, more=_NO_MORE):
        # False: it has to wait
        bit = 1 << channel
        if self._tokens[channel]:
            if self._late & bit:
                kind |= _LATE
            if self.write(kind, what, value, more):
                self._tokens[channel] -= 1
                self._late &= ~bit
                return True
        self._late |= bit
        return False

    def _look(self):
        known = self.app.place.wall() is not None
        if known != self._known and (not known or self._put(_OF_CLOCK, _CLOCK_SET, 0, self.up_s)):
            self._known = known
        charger = self.app.charger
        if charger.faults != self._faults and self._put(_OF_FAULT, _FAULT, 0, charger.faults):
            self._faults = charger.faults
        for i, use in self._uses():
            self._look_at(i, use.machine)
        for i in range(_ORIGINS):
            level = self._level_of(charger.limits, i)
            if level != self._level[i] and self._put(i, _LIMIT, i, level):
                self._level[i] = level
        self._look_at_car(charger)
        self._look_at_partners(self.app.node)

    def _look_at(self, i, machine):
        state = machine.state
        if state != self._states[i] and self._put(_OF_STATE + i, _STATE, i, state):
            self._states[i] = state
        both = _both(machine)
        if both != self._failsafe[i] and self._put(
            _OF_FAILSAFE + i, _FAILSAFE, i, machine.failsafe_w, machine.failsafe_s // 60
        ):
            self._failsafe[i] = both

    def _level_of(self, limits, i):
        # W, or ~mA of the least phase
        if not limits.active[i] or i == FUSE or i == BOARD:
            return _NONE  # always on the move, or never: what comes of it is the offer
        if i == OSCEV:
            return 0  # the same, but on or off
        if limits.w[i] >= 0:
            return limits.w[i]
        least = -1
        for k in range(3 * i, 3 * i + 3):
            ma = limits.ma[k]
            if ma >= 0 and (least < 0 or ma < least):
                least = ma
        return ~least

    def _look_at_car(self, charger):
        if charger.pilot != self._pilot or charger.contactor != self._closed:
            pilot = ord(charger.pilot)
            if self._put(_OF_CAR, _CAR, pilot, charger.session_wh, int(charger.contactor)):
                self._pilot = charger.pilot
                self._closed = charger.contactor
        offer = charger.offered_ma[0]
        ruling = charger.limits.ruling
        if (
            abs(offer - self._offer) >= _STEP_MA
            or (offer == 0) != (self._offer == 0)
            or (offer and ruling != self._ruling)
        ):
            power = max(0, min(charger.power_w // 10, _NO_MORE - 1))
            if self._put(_OF_OFFER, _OFFER, ruling, offer, power):
                self._offer = offer
                self._ruling = ruling

    def _look_at_partners(self, node):
        self._compare(self._trusted, node.trusted, _OF_TRUST, _TRUST)
        talking = self._talking
        talking.clear()
        for conn in node.conns:
            if conn.state == DATA:
                talking.append(conn.ski)
        self._compare(self._peers, talking, _OF_PEER, _PEER)

    def _compare(self, before, now, channel, kind):
        # one of the differences at a time
        for ski in now:
            if ski not in before:
                if self._put(channel, kind, 0, unpack_from(">i", ski)[0]):
                    before.append(ski)
                return
        for ski in before:
            if ski not in now:
                if self._put(channel, kind + 1, 0, unpack_from(">i", ski)[0]):
                    before.remove(ski)
                return


def _both(machine):
    # W and s in one small int, for comparison
    return (machine.failsafe_w ^ machine.failsafe_s << 12) & 0x1FFFFFFF
