"""The simulator's clock: real time that can run faster and be moved forward.

It drives protocol timers, energy, ramps and pauses; nothing that waits for real peers on
sockets (TLS, HTTP, mDNS, socket writes) may use it.
"""

from micropython import const

from firmware import clock
from ticks import diff

_MASK = const(0x3FFFFFFF)


class SimClock(clock.Clock):
    """`start`: what now() says first. A value just below 2**30 makes a run cross the wrap."""

    def __init__(self, speed=1, start=0):
        self._start = start
        self._t = 0
        self._rest = 0  # thousandths of a ms of protocol time that are not in _t yet
        self._milli = 1000
        self._real = clock.real_ms() & _MASK
        self.speed(speed)

    def t_ms(self):
        """Protocol time in ms since the clock was made, not wrapped."""
        real = clock.real_ms() & _MASK
        self._rest += diff(real, self._real) * self._milli
        self._real = real
        self._t += self._rest // 1000
        self._rest %= 1000
        return self._t

    def now(self):
        return (self.t_ms() + self._start) & _MASK

    def speed(self, x):
        """From now on protocol time runs `x` times as fast as real time, 1 to 60."""
        if not 1 <= x <= 60:
            raise ValueError("speed is 1 to 60")
        self.t_ms()
        self._milli = int(x * 1000)

    def advance(self, ms):
        """Move protocol time forward by `ms`."""
        if ms < 0:
            raise ValueError("time only goes forward")
        self._t += ms

    def sleep_ms(self, ms):
        return (ms * 1000 + self._milli - 1) // self._milli
