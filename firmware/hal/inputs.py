"""Small inputs and outputs around the contactor, each over the callable pins of machine.Pin."""

from array import array

from micropython import const

from ticks import diff

# NTC 10 kOhm, B 3950, against 10 kOhm to the supply: tenths of a per cent of the supply at
# -20, -10 .. 100 degrees
_NTC = array("H", (905, 845, 765, 665, 555, 445, 348, 266, 201, 151, 114, 86, 65))
_NTC_LEAST = const(-20)
_NTC_STEP = const(10)

_TEST_MS = const(300)  # the residual current monitor answers its test current within this
_CLEAR_MS = const(1000)  # and lets go of it within this
_LOCK_MS = const(600)  # the motor needs about half of it


# states of the self test
_DUE = const(0)
_TRIP = const(1)
_RELEASE = const(2)
_PASSED = const(3)
_FAILED = const(4)


class Rcd:
    """Residual current monitor: `fault` reads 1 when it trips, `test` starts its test current.

    It is tested at start and by again(); one without a test input counts as passed.
    """

    def __init__(self, fault, test=None):
        self._fault = fault
        self._test = test
        self._since = 0
        self._state = _DUE if test else _PASSED

    def again(self):
        """Before each charge."""
        if self._test and self._state >= _PASSED:
            self._state = _DUE

    def tick(self, now):
        """Goes on with the self test; ms to the next call, -1: it is over."""
        state = self._state
        if state >= _PASSED:
            return -1
        tripped = self._fault()
        if state == _DUE:
            self._test(1)
            self._state = _TRIP
            self._since = now
        elif state == _TRIP:
            if tripped or diff(now, self._since) >= _TEST_MS:
                self._test(0)
                self._state = _RELEASE if tripped else _FAILED
                self._since = now
        elif not tripped:
            self._state = _PASSED
        elif diff(now, self._since) >= _CLEAR_MS:
            self._state = _FAILED
        return 20

    @property
    def passed(self):
        return self._state == _PASSED

    def leaks(self):
        """It has tripped, or has failed its test. Also called in the interrupt."""
        state = self._state
        return state == _FAILED or (state == _PASSED and bool(self._fault()))


class Lock:
    """Plug lock with a motor: `drive(direction)` -1, 0, 1; `closed` reads its switch."""

    def __init__(self, drive, closed):
        self._drive = drive
        self._closed = closed
        self._wanted = False
        self._since = None
        self.failed = False

    def want(self, on):
        if on != self._wanted:
            self._wanted = on
            self.failed = False
            self._since = None
            self._drive(1 if on else -1)

    def tick(self, now):
        """ms to the next call, -1: nothing moves."""
        if self._since is None:
            if bool(self._closed()) == self._wanted or self.failed:
                return -1
            self._since = now
        if diff(now, self._since) < _LOCK_MS:
            return 50
        self._drive(0)
        self.failed = bool(self._closed()) != self._wanted
        self._since = None
        return -1


def ntc_celsius(promille):
    """Temperature by the share of the supply at the divider in 1/1000; None: cut or shorted."""
    if promille > 980 or promille < 40:
        return None
    for i in range(1, len(_NTC)):
        if promille >= _NTC[i] or i == len(_NTC) - 1:
            span = _NTC[i - 1] - _NTC[i]
            part = (_NTC[i - 1] - promille) * _NTC_STEP
            return _NTC_LEAST + (i - 1) * _NTC_STEP + (part + span // 2) // span


# patterns of the status LED: 8 bits of 125 ms each
DARK = const(0x00)
READY = const(0x01)
CAR = const(0x0F)
CHARGING = const(0xFF)
FAULT = const(0x55)


class Led:
    def __init__(self, pin):
        self._pin = pin
        self.pattern = DARK

    def tick(self, now):
        self._pin(self.pattern >> (now >> 7 & 7) & 1)
        return 128 - (now & 127) if 0 < self.pattern < 255 else -1
