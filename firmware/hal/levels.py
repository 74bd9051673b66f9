"""Control pilot: from voltages at the connector to states A to F (IEC 61851-1, annex A)."""

from micropython import const

from firmware import hal

# Borders between the states and the width of the hysteresis, in mV of the positive level:
# 12 V is A, 9 V is B, 6 V is C, 3 V is D, 0 V is E, each plus or minus 1 V
_A = const(10500)
_B = const(7500)
_C = const(4500)
_D = const(1500)
_HYSTERESIS = const(300)
_NEGATIVE = const(-10000)  # the low level is -12 V, +- 1 V; the car's diode leaves it alone


def state(high, low, last):
    """The state by the highest and lowest mV of whole periods; `last`: the state before.

    Allocates nothing: it runs in an interrupt.
    """
    if high < -_D:
        return hal.F
    if high < _D:
        return hal.E
    if last == hal.A:
        high += _HYSTERESIS
    elif last == hal.C or last == hal.D:
        high -= _HYSTERESIS
    return hal.A if high > _A else hal.B if high > _B else hal.C if high > _C else hal.D


def diode_missing(high, low, pwm):
    """With a PWM running (`pwm`) and a car at it, the low level must stay at -12 V."""
    return pwm and _D < high < _A and low > _NEGATIVE
