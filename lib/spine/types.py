"""Common data types (5.2.2) as ints: durations in ms, scaled numbers at a scale of one's choice."""

from micropython import const

_MAX = const(0x3FFFFFFE)
_UNITS = b"DHMS"
_SECONDS = (86400, 3600, 60, 1)


def duration(text):
    """Milliseconds of an xs:duration (bytes, memoryview or bytearray), saturated at 2**30 - 2;
    None when it is not one, or one with months or years, whose length is not known."""
    n = len(text)
    if n < 3 or text[0] != 0x50:
        return None
    ms = v = 0
    i = 1
    unit = 0  # the next unit must come later in D H M S
    digits = False
    scale = 0  # > 0: behind the decimal point of the seconds
    last = 0
    while i < n:
        c = text[i]
        i += 1
        if 0x30 <= c <= 0x39:
            digits = True
            if scale == 0:
                v = min(10 * v + c - 0x30, _MAX)
            elif scale > 1:
                scale //= 10
                last += (c - 0x30) * scale
        elif c == 0x54:
            if unit > 1 or digits:
                return None
            unit = max(unit, 1)
            if i == n:
                return None
        elif c == 0x2E and digits and not scale:
            scale = 1000
        else:
            k = _UNITS.find(bytes((c,)))
            if k < unit or not digits or (scale and k != 3) or (k > 0 and unit == 0):
                return None
            ms = min(ms + min(v, 1000000) * _SECONDS[k] * 1000, _MAX)
            unit = max(k + 1, unit)
            v = 0
            digits = False
    return None if digits or unit == 0 else min(ms + last, _MAX)


def put_duration(w, seconds):
    """PT1H59M30S into the next hole or at the end of a writer."""
    w.lit(b"PT")
    if seconds >= 3600:
        w.dec(seconds // 3600).raw(b"H")
    if seconds % 3600 >= 60:
        w.dec(seconds % 3600 // 60).raw(b"M")
    if seconds % 60 or not seconds:
        w.dec(seconds % 60).raw(b"S")
    return w


def scaled(number, scale, to=0):
    """number * 10**scale in units of 10**to, cut off towards zero, saturated at 2**30 - 2."""
    if scale < -30 or scale > 30:
        scale = -30 if scale < 0 else 30
    e = scale - to
    sign = -1 if number < 0 else 1
    number *= sign
    while e > 0 and 0 < number < _MAX:
        number *= 10
        e -= 1
    while e < 0 and number:
        number //= 10
        e += 1
    return sign * min(number, _MAX)


def put_time(w, t):
    """Unix seconds as xs:dateTime in UTC, without quotes."""
    days = t // 86400
    s = t % 86400
    # civil calendar from days since 1970-03-01 of year 0 on, in 400-year eras
    z = days + 719468
    era = z // 146097
    doe = z - era * 146097
    yoe = (doe - doe // 1460 + doe // 36524 - doe // 146096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    mp = (5 * doy + 2) // 153
    month = mp + 3 if mp < 10 else mp - 9
    w.lit(b"").dec(yoe + era * 400 + (1 if month <= 2 else 0))
    for sep, v in (
        (b"-", month),
        (b"-", doy - (153 * mp + 2) // 5 + 1),
        (b"T", s // 3600),
        (b":", s % 3600 // 60),
        (b":", s % 60),
    ):
        w.raw(sep)
        if v < 10:
            w.raw(b"0")
        w.dec(v)
    return w.raw(b"Z")
