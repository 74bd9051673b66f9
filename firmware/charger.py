"""The charge point: control pilot, contactor, faults, energy (IEC 61851-1).

Pure logic between a hardware object (`firmware.hal`) and `firmware.limits`. It manages
energy: protection of people (residual current device, interlock of the contactor with the
pilot) is certified hardware beside it, which acts without this code.

Not done: waking a sleeping car by interrupting the pilot, the ventilation that state D asks for
(a car in D gets no current).
"""

from array import array

from micropython import const

from firmware import hal as _hal
from firmware.limits import LPP, USER
from firmware.metering import Metering

# what on_change tells
PILOT = const(1)
CONTACTOR = const(2)
OFFER = const(4)
METER = const(8)
FAULT = const(16)
PLUG = const(32)

_SETTLE_MS = const(250)  # a pilot state counts after this long ...
_GONE_MS = const(25)  # ... an unplugged car or a shorted pilot sooner ...
# ... and leaving C or D at once: the contactor must be open within 100 ms
_LOAD_MS = const(6000)  # stop by the wallbox: time for the car to open its load
_WELD_MS = const(1000)  # feedback follows the contactor within this time
_F_MS = const(5000)  # state F is shown this long; after it the pilot can be read again
_LETTERS = ("A", "B", "C", "D", "E", "F")
_OFF = const(1000)  # permille: +12 V, no offer

# E when the pilot itself is broken, F when the wallbox is
_E_FAULTS = const(0x081)  # DIODE, CP_SHORT
_F_FAULTS = const(0x14E)  # PE, RCD, WELD, LOCK, SUPERVISION
_SAFETY = const(0x1CF)  # both
_LATCH = const(0x00C)  # RCD, WELD: stay until their cause is gone and the car is unplugged
_REFUSE = const(0x1EF)  # _SAFETY and OVERTEMP


def permille(ma):
    """Duty cycle that offers `ma` mA (6000 to 80000), in permille, rounded down."""
    return ma // 60 if ma <= 51000 else ma // 250 + 640


def fault_names(bits):
    """Names of the faults in `bits`, a list."""
    return [_hal.FAULTS[i] for i in range(len(_hal.FAULTS)) if bits >> i & 1]


class Charger(Metering):
    """`hal`: see firmware.hal; `board`: constants; `limits`: Limits.

    For readers, all kept up to date by tick():
    pilot "A" .. "F" (E and F also while a fault is shown), plugged, contactor (bools),
    phases (live and in use, 0 to 3), live (that the contactors close for charging), offered_ma
    (3, what the pilot offers now), allowed_ma (3, what the limits allow), faults (bits of
    firmware.hal), and of the meter: draw_ma, u_mv, p_w (3 each), power_w, freq_mhz, energy_wh
    (imported since installation), produced_wh, session_wh, meter_ok (False: these values are
    old).

    using: phases that the car uses when it charges; paused_at: time of the last stop by the
    wallbox or fault, None when an offer is due.

    `on_change(mask)` is called at most once in a tick, with bits PILOT .. PLUG.
    """

    switching = None  # of firmware.phases, where the number of phases may change

    def __init__(self, hal, board, limits):
        super().__init__(hal, board, limits)
        self.on_change = None
        self.pilot = "A"
        self.plugged = False
        self.phases = 0
        self.live = board.PHASES
        self.allowed_ma = array("i", (0, 0, 0))
        self.user_ma = -1
        self.feed_in_w = -1
        self._state = self._seen = _hal.A
        self._seen_at = 0  # time since which the pilot says _seen
        self._latched = 0
        self._offer = 0  # mA on the pilot
        self._duty = -1
        self._ramped_at = 0
        self.paused_at = None
        self._stop_at = None  # pilot off, contactor still closed for the car to finish
        self._weld_at = None  # open, but the feedback says closed since
        self._fault_at = None  # F is shown since
        hal.contactor(False, board.PHASES)

    def user(self, ma):
        """The user's own limit in mA per phase; 0 pauses, -1 lifts it."""
        self.user_ma = ma
        if ma < 0:
            self.limits.clear(USER)
        else:
            self.limits.current(USER, ma, ma, ma)

    def refuses(self):
        """Why a power limit may be refused now, a fault's name, or None.

        [LPC-TS-035/3] permits self-protection and safety as reasons.
        """
        bits = self.faults & _REFUSE
        return fault_names(bits)[0] if bits else None

    def blocked(self):
        """Bits of the faults that forbid charging."""
        return self.faults & _SAFETY

    def waits(self):
        """Has it stopped so recently that it may not offer again yet?"""
        return self.paused_at is not None and not self._offer and self.allowed_ma[0]

    def tick(self, now):
        """Look at all inputs, set the outputs; ms until it has to be called again, or -1."""
        self._wait = self._hal.tick(now)
        mask = self._sense(now)
        fresh = self._measure(now)
        if fresh:
            mask |= METER
        if self._check(now):
            mask |= FAULT
        if fresh or not self.meter_ok:
            self._fuse()
        self._local_limits()
        if fresh or self.limits.dirty:
            if self.switching:
                self.switching.offer(now)
            else:
                self.limits.offer(self.using, self.u_mv, self.allowed_ma)
        mask |= self._drive(now)
        mask |= self._show()
        if mask & (OFFER | CONTACTOR):
            self._need(self._hal.tick(now))
        if mask and self.on_change:
            self.on_change(mask)
        return self._wait

    def _sense(self, now):
        raw = self._hal.pilot()
        state = self._state
        if raw != self._seen:
            self._seen = raw
            self._seen_at = now
        if raw != state:
            charging = state == _hal.C or state == _hal.D
            if charging and raw < _hal.C:
                state = _hal.B  # at once; whether it is unplugged is seen below
            settle = _SETTLE_MS
            if raw == _hal.F:
                settle = 0  # this is what duty 0 does, or else the pilot is broken
            elif raw == _hal.A or raw == _hal.E:
                settle = 0 if charging and raw == _hal.E else _GONE_MS
            if raw != state and self._over(now, self._seen_at, settle):
                state = raw
            self._state = state
        plugged = self.plugged
        if state == _hal.A:
            plugged = False
        elif state < _hal.E:
            plugged = True
        if plugged == self.plugged:
            return 0
        self.plugged = plugged
        if plugged:
            self.session_wh = 0
        else:
            self.use(self._board.PHASES)  # the next car may be another one
            self.paused_at = None
        return PLUG

    def _check(self, now):
        bits = self._hal.faults()
        if self._state == _hal.E:
            bits |= _hal.CP_SHORT
        if self.contactor or not self._hal.feedback():
            self._weld_at = None
        else:
            if self._weld_at is None:
                self._weld_at = now
            if self.faults & _hal.WELD or self._over(now, self._weld_at, _WELD_MS):
                bits |= _hal.WELD
        if self._lost:
            bits |= _hal.METER_LOST
        if bits & _hal.METER_LOST:
            self.meter_ok = False
        if self._warm(bits & _hal.OVERTEMP):
            bits |= _hal.OVERTEMP
        self._latched = (self._latched | bits) & _LATCH
        if self._state == _hal.A:
            self._latched = 0
        bits |= self._latched
        if bits & _F_FAULTS and not self.faults & _F_FAULTS:
            self._fault_at = now
        changed = bits != self.faults
        self.faults = bits
        return changed

    def _drive(self, now):
        state = self._state
        safe = not self.faults & _SAFETY
        offer = self._next_offer(now, safe)
        closed = self.contactor
        if not closed:
            closed = state == _hal.C and offer > 0
        elif not safe or state != _hal.C:
            closed = False
        elif self._stop_at is not None and self._over(now, self._stop_at, _LOAD_MS):
            closed = False
        mask = 0
        if closed != self.contactor:
            self.contactor = closed
            self._stop_at = None
            self._hal.contactor(closed, self.live)
            if not closed:
                self._weld_at = now
                self._need(_WELD_MS)
            mask = CONTACTOR
        duty = permille(offer) if offer else _OFF
        if self._fault_at is not None:
            if self.faults & _F_FAULTS and not self._over(now, self._fault_at, _F_MS):
                duty = 0
            else:
                self._fault_at = None
        if duty != self._duty:
            self._duty = duty
            self._hal.duty(duty)
            mask |= OFFER
        self._offer = offer
        if self._board.FEED_IN:
            mask |= self._limit_feed_in()
        return mask

    def _next_offer(self, now, safe):
        # the current to say on the pilot from now on, in mA
        board = self._board
        offer = self._offer
        target = self.allowed_ma[0] if safe and self.plugged and self._state < _hal.E else 0
        if not safe and self.plugged:
            self.paused_at = now
        elif self.paused_at is not None and self._over(now, self.paused_at, board.PAUSE_MS):
            self.paused_at = None
        if not target:
            if offer and safe and self.plugged:
                self.paused_at = now
                self._stop_at = now if self.contactor else None
            return 0
        if not offer:
            if self.contactor or self.paused_at is not None:
                return 0
            self._ramped_at = now
            offer = board.MIN_MA
        if target <= offer or not board.RAMP_MA_PER_S:
            self._ramped_at = now
            return target
        if self._over(now, self._ramped_at, 1000):
            self._ramped_at = now
            self._need(1000)
            offer = min(target, offer + board.RAMP_MA_PER_S)
        return offer

    def _limit_feed_in(self):
        w = self._board.FEED_IN_W
        if self.limits.active[LPP] and 0 <= self.limits.w[LPP] < w:
            w = self.limits.w[LPP]
        if w == self.feed_in_w:
            return 0
        self.feed_in_w = w
        self._hal.feed_in(w)
        return OFFER

    def _show(self):
        # the values that follow from the others
        mask = 0
        code = self._state
        if self.faults & _F_FAULTS:
            code = _hal.F
        elif self.faults & _E_FAULTS:
            code = _hal.E
        if _LETTERS[code] != self.pilot:
            self.pilot = _LETTERS[code]
            mask = PILOT
        self.phases = self.using if self.contactor else 0
        for i in range(3):
            ma = self._offer if i < self.using else 0
            if self.offered_ma[i] != ma:
                self.offered_ma[i] = ma
                mask |= OFFER
        return mask
