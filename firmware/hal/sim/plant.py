"""The simulated plant: grid, house, contactor, meter, cable and car behind one wallbox.

The charger sees the methods of `firmware.hal`; the other public methods are for whoever runs
the simulation: plug, unplug, ev, fault, meter, grid, temperature. All times are protocol time.
"""

from array import array

from late import load
from micropython import const

from firmware import hal
from ticks import diff, sooner

_REACT_MS = const(500)  # from a change of pilot or contactor to the car's new current
_WH = const(3600000)  # W ms


def offered_ma(duty):
    """What a car reads from a duty cycle in permille: mA, 0 for no offer (IEC 61851-1)."""
    if duty < 80 or duty > 970:
        return 0
    if duty < 100:
        return 6000
    if duty <= 850:
        return (duty * 60 + 50) // 100 * 100  # permille is coarser than the 0.1 A of the offer
    return (duty - 640) * 250


class Plant:
    def __init__(self, board):
        self.phases = (1, 3) if board.PHASES == 3 else (1,)
        self._feed_in = board.FEED_IN
        self._counts = board.METER_ENERGY
        self._mv = array("i", (board.U_MV,) * 3)
        self._mhz = 50000
        self._house = array("i", (0, 0, 0))
        self._celsius = 25
        self._faults = 0
        self._lost = False
        # car
        self.vehicle = self
        self.plugged = False
        self.soc = None  # %
        self.evccid = None
        self.iso15118 = False
        self.demand = None  # least, wanted, most Wh, seconds to its departure
        self.profile = None  # the powers that it has chosen
        self.most_w = board.NOMINAL_W
        self.deaf = False  # a car that goes on drawing whatever the pilot says
        self.cable = 32000  # mA
        self._wish = hal.B
        self._draw = array("i", (16000, 16000, 16000))
        self._s2 = False  # the car's switch: closed is state C
        self._ma = array("i", (0, 0, 0))
        # wallbox
        self._duty = 1000
        self._closed = False
        self._switched = 0  # phases on
        self._feed_in_w = 0
        self.pressed = False  # the pairing button
        self.torn = 0  # times the contactor has opened under load
        # meter: counters in Wh and the rest of each in W ms
        self._wh = 0
        self._wh_rest = 0
        self._export = 0
        self._export_rest = 0
        self._period = board.METER_MS
        self._read_at = 0
        self._fresh = True
        self._last = None  # time up to which the energy is counted
        self.meter_box = None  # a real meter, which then tells what measure() says
        self._react = None  # time since which the car has a reason to change

    # -- for whoever runs the simulation ---------------------------------------------------

    def plug(self):
        self.plugged = True

    def unplug(self):
        self.plugged = False
        self._s2 = False
        self._stop()

    def ev(self, *wishes, **named):
        """See wishes.py, for this and the following."""
        self._ask("ev", wishes, named)

    def fault(self, *wishes, **named):
        self._ask("fault", wishes, named)

    def meter(self, *wishes, **named):
        self._ask("meter", wishes, named)

    def grid(self, *wishes):
        self._ask("grid", wishes, {})

    def temperature(self, *wishes):
        self._ask("temperature", wishes, {})

    def schedule(self, limits, prices):
        """The car chooses when to charge, see planning.py."""
        self.profile = None
        if self.demand and limits:
            self.profile = load("firmware.hal.sim.planning").profile(self, limits, prices)

    def _ask(self, name, wishes, named):
        getattr(load("firmware.hal.sim.wishes"), name)(self, *wishes, **named)

    # -- what the charger sees, see firmware.hal -------------------------------------------

    def tick(self, now):
        if self._last is None:
            self._last = self._read_at = now
        ms = diff(now, self._last)
        if ms > 0:
            self._count(ms)
            self._last = now
        wait = self._car(now)
        # the meter is read every METER_MS, and here also when the current changes
        left = self._period - diff(now, self._read_at)
        if left <= 0 or self._fresh:
            self._fresh = True
            self._read_at = now
            left = self._period
        if self.meter_box:
            left = sooner(left, self.meter_box.tick(now))
        return sooner(wait, left)

    def pilot(self):
        if self._faults & hal.CP_SHORT:
            return hal.E
        if not self._duty:
            return hal.F
        if not self.plugged:
            return hal.A
        return hal.C if self._s2 else hal.B

    def duty(self, permille):
        self._duty = permille

    def contactor(self, on, phases):
        if self._closed and not on and any(self._ma):
            self.torn += 1
        self._closed = on
        self._switched = phases if on else 0
        if not on and not self._welded():
            self._stop()

    def feedback(self):
        return self._closed or self._welded()

    def faults(self):
        # the charger finds a welded contactor and a shorted pilot by itself
        return self._faults & ~(hal.WELD | hal.CP_SHORT)

    def cable_ma(self):
        return self.cable if self.plugged else -1

    def celsius(self):
        return self._celsius

    def measure(self, sample):
        if self.meter_box:
            return self.meter_box.measure(sample)
        if not self._fresh or self._lost or self._faults & hal.METER_LOST:
            return False
        self._fresh = False
        for i in range(3):
            sample.ma[i] = self._ma[i]
            sample.mv[i] = self._mv[i]
            sample.w[i] = self._power(i)
        sample.mhz = self._mhz
        sample.wh = self._wh if self._counts else -1
        sample.export_wh = self._export if self._counts and self._feed_in else -1
        return True

    def house_ma(self, out):
        for i in range(3):
            out[i] = self._house[i] + self._ma[i]
        return True

    def feed_in(self, w):
        self._feed_in_w = w

    def button(self):
        return self.pressed

    # -- physics ---------------------------------------------------------------------------

    def _welded(self):
        return bool(self._faults & hal.WELD)

    def _stop(self):
        self._fresh = True
        for i in range(3):
            self._ma[i] = 0

    def _power(self, i):
        w = abs(self._ma[i]) // 10 * (self._mv[i] // 100) // 1000
        return w if self._ma[i] > 0 else -w

    def _count(self, ms):
        for i in range(3):
            w = self._power(i)
            if w > 0:
                self._wh_rest += w * ms
            else:
                self._export_rest -= w * ms
        self._wh += self._wh_rest // _WH
        self._wh_rest %= _WH
        self._export += self._export_rest // _WH
        self._export_rest %= _WH

    def _target(self, i, offer):
        # the current that the car would like on phase i, as things are
        live = self._switched if self._closed else 3 if self._welded() else 0
        draw = self._draw[i]
        if not self._s2 or i >= live:
            return 0
        if draw >= 0:
            return draw if self.deaf or draw < offer else offer
        volts = 0
        for k in range(live):
            if self._draw[k] < 0:
                volts += self._mv[k] // 1000
        most = self._feed_in_w * 1000 // volts // 100 * 100
        return draw if -draw < most else -most

    def _car(self, now):
        # S2 and current follow _REACT_MS after the first reason to change; what is switched
        # off or unplugged stops at once, elsewhere
        if not self.plugged:
            self._react = None
            return -1
        offer = offered_ma(self._duty)
        want = self._wish == hal.C and (offer > 0 or (self._s2 and self.deaf))
        reason = want != self._s2
        for i in range(3):
            if self._target(i, offer) != self._ma[i]:
                reason = True
        if not reason:
            self._react = None
            return -1
        if self._react is None:
            self._react = now
        left = _REACT_MS - diff(now, self._react)
        if left > 0:
            return left
        self._react = None
        self._s2 = want
        self._fresh = True
        for i in range(3):
            self._ma[i] = self._target(i, offer)
        return -1
