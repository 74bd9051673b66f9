"""OBIS codes that SML and D0 meters share (IEC 62056-61), into Values."""

from micropython import const

from firmware.hal.meters.values import EXPORT_WH, MA, MHZ, MV, TOTAL_W, WH, W

_FREQUENCY = const(14)
_NET = const(16)  # 16.7: power, import less export; 36.7, 56.7, 76.7 of the phases
_ENERGY = const(8)
_INSTANT = const(7)


def take(values, c, d, e, value):
    """C.D.E = `value` in mV, mA, W, mHz or Wh: into the quantity it is, or a part of it."""
    if d == _ENERGY:
        if c == 1 or c == 2:
            quantity = WH if c == 1 else EXPORT_WH
            if e == 0:
                values.put(quantity, value)
            elif e <= 4:
                values.add(quantity, value)  # a tariff
        return
    if d != _INSTANT or e:
        return
    if c == _FREQUENCY:
        values.put(MHZ, value)
        return
    phase = c // 20  # 0: all phases
    c %= 20
    if phase > 3:
        return
    quantity = W + phase - 1 if phase else TOTAL_W
    if c == _NET:
        values.put(quantity, value)
    elif c == 1 or c == 2:  # one direction of it
        values.add(quantity, value if c == 1 else -value)
    elif phase and c == 11:
        values.put(MA + phase - 1, value)
    elif phase and c == 12:
        values.put(MV + phase - 1, value)


def wanted(c, d):
    """May C.D be one that take() knows?"""
    return d == _INSTANT or (d == _ENERGY and 1 <= c <= 2)
