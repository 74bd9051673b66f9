"""The one clock of the wallbox: milliseconds that wrap at 2**30, see `ticks`."""

import time

from micropython import const

_MASK = const(0x3FFFFFFF)


def _monotonic_ms():
    # a name of CPython alone, where there is no ticks_ms
    return getattr(time, "monotonic_ns")() // 1000000


# MicroPython's own counter wraps at a multiple of 2**30 on every port; CPython has none
real_ms = getattr(time, "ticks_ms", _monotonic_ms)


class Clock:
    def now(self):
        """Protocol time in ms, 0 .. 2**30 - 1."""
        return real_ms() & _MASK

    def sleep_ms(self, ms):
        """Real milliseconds to sleep until `ms` of protocol time have passed."""
        return ms
