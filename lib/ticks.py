"""Time as the protocols see it: milliseconds in an int that wraps at 2**30.

2**30 keeps every value a small int on a 32-bit board (no heap) and is what
time.ticks_ms() does on MicroPython. Times up to 2**29 ms (6.2 days) apart compare right.
"""

from micropython import const

_MASK = const(0x3FFFFFFF)
_HALF = const(0x20000000)


def add(t, ms):
    """The time `ms` after `t`."""
    return (t + ms) & _MASK


def diff(a, b):
    """Milliseconds from `b` to `a`: positive when `a` is later."""
    return ((a - b + _HALF) & _MASK) - _HALF


def sooner(a, b):
    """The shorter of two waits in ms, where -1 means: none."""
    if a < 0:
        return b
    if b < 0 or a < b:
        return a
    return b
