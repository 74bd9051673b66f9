"""Common data types (5.2.2) as ints: durations in s, scaled numbers at scale 0."""

from micropython import const

_MAX = const(0x3FFFFFFE)
_UNITS = b"YMDTHMS"
_SECONDS = (31536000, 2592000, 86400, 0, 3600, 60, 1)


def duration(text):
    """Seconds of an xs:duration (bytes-like), a fraction counts as a whole one, saturated at
    2**30 - 2; a year has 365 days, a month 30. None when it is not one, or negative."""
    n = len(text)
    if n < 3 or text[0] != 0x50:
        return None
    total = v = unit = up = c = 0
    units = 3  # how many of _UNITS may come: those behind the T only after it
    digits = dot = False
    for i in range(1, n):
        c = text[i]
        if 0x30 <= c <= 0x39:
            digits = True
            if not dot:
                v = min(10 * v + c - 0x30, _MAX)
            elif c > 0x30:
                up = 1
        elif c == 0x2E and digits and not dot:
            dot = True
            digits = False
        elif c == 0x54 and units == 3 and not digits and not dot:
            unit = 4
            units = 7
        else:
            while unit < units and _UNITS[unit] != c:
                unit += 1
            if unit == units or not digits or (dot and unit != 6):
                return None
            total = min(total + (v + up) * _SECONDS[unit], _MAX)
            v = 0
            unit += 1
            digits = False
    return None if digits or c == 0x54 else total


def put_duration(w, seconds):
    """PT1H59M30S into the next hole of a writer."""
    w.lit(b"PT")
    if seconds >= 3600:
        w.dec(seconds // 3600).raw(b"H")
    if seconds % 3600 >= 60:
        w.dec(seconds % 3600 // 60).raw(b"M")
    if seconds % 60 or not seconds:
        w.dec(seconds % 60).raw(b"S")
    return w


def scaled(number, scale):
    """number * 10**scale, cut off towards zero, saturated at 2**30 - 2."""
    v = abs(number)
    while scale > 0 and 0 < v < _MAX:
        v *= 10
        scale -= 1
    while scale < 0 and v:
        v //= 10
        scale += 1
    v = min(v, _MAX)
    return -v if number < 0 else v


def date_time(t):
    """Unix seconds as xs:dateTime in UTC: bytes."""
    # civil calendar from the days since 0000-03-01 on, in eras of 400 years
    z = t // 86400 + 719468
    era = z // 146097
    doe = z - era * 146097
    yoe = (doe - doe // 1460 + doe // 36524 - doe // 146096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    mp = (5 * doy + 2) // 153
    month = mp + 3 if mp < 10 else mp - 9
    t %= 86400
    return b"%d-%02d-%02dT%02d:%02d:%02dZ" % (
        yoe + era * 400 + (month < 3),
        month,
        doy - (153 * mp + 2) // 5 + 1,
        t // 3600,
        t // 60 % 60,
        t % 60,
    )
