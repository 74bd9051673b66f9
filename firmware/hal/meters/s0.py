"""S0: a meter that gives a pulse for each part of a kWh (IEC 62053-31)."""

from micropython import const

from firmware.hal.meters.values import TOTAL_W, WH, Values
from ticks import diff

_SHORTEST_MS = const(30)  # a pulse lasts at least as long, and so does the pause behind it
_STILL_MS = const(300000)  # no pulse for this long: no power
_TICK_MS = const(1000)
_WRAP = const(0x3FFFFFFF)


class S0:
    """`per_kwh`: pulses for 1 kWh, 1 to 10000; `wh`: where the counter starts.

    Call pulse(now) for each falling edge, from an interrupt: it allocates nothing. A meter
    without load gives no pulses, and neither does one with a cut wire: only the charger can
    tell, which knows that the car should draw something.
    """

    def __init__(self, per_kwh, phases, wh=0):
        if not 1 <= per_kwh <= 10000:
            raise ValueError("1 to 10000 pulses for a kWh")
        self._per_kwh = per_kwh
        self._values = Values(phases)
        self._wh = wh
        self._pulses = 0  # since the start, wraps
        self._counted = 0  # of them, what is in _wh and _rest
        self._rest = 0  # thousandths of pulses that are not a whole Wh yet
        self._at = None  # time of the last pulse
        self._gap = 0  # ms between the last two, 0: not known
        self._told = None
        self._ready = False
        self.dropped = 0  # edges that were too soon to be pulses

    def pulse(self, now):
        if self._at is not None:
            gap = diff(now, self._at)
            if gap < 2 * _SHORTEST_MS:
                self.dropped += 1
                return
            self._gap = gap
        self._at = now
        self._pulses = (self._pulses + 1) & _WRAP

    def tick(self, now):
        if self._told is not None and diff(now, self._told) < _TICK_MS:
            return _TICK_MS - diff(now, self._told)
        self._told = now
        pulses = self._pulses
        rest = self._rest + ((pulses - self._counted) & _WRAP) * 1000
        self._counted = pulses
        self._wh = (self._wh + rest // self._per_kwh) & _WRAP
        self._rest = rest % self._per_kwh
        values = self._values
        values.begin()
        values.put(WH, self._wh)
        values.put(TOTAL_W, self._power(now))
        self._ready = True
        return _TICK_MS

    def measure(self, sample):
        if not self._ready:
            return False
        self._ready = False
        return self._values.fill(sample)

    def _power(self, now):
        if self._at is None:
            return 0
        still = diff(now, self._at)
        if still >= _STILL_MS:
            self._at = None
            self._gap = 0
        if not self._gap:
            return 0
        # without a pulse the power can only be less than a pulse now would show
        return 3600000 // self._per_kwh * 1000 // max(self._gap, still)
