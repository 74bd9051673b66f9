"""Absolute times (5.2.2): loaded for one, where a device knows what time it is."""

from micropython import const

_FAR_S = const(0x3FFFFFFE)


def moment(text):
    """Unix seconds of an xs:dateTime (bytes-like), fractions cut off, UTC where it names no zone.
    None when it is not one."""
    text = bytes(text)
    zone = text[19:]
    if zone[:1] == b".":
        zone = zone[1:].lstrip(b"0123456789")
    shift = 0
    try:
        y = int(text[:4])
        month = int(text[5:7])
        day = int(text[8:10])
        t = int(text[11:13]) * 3600 + int(text[14:16]) * 60 + int(text[17:19])
        if zone and zone != b"Z":
            shift = int(zone[1:3]) * 3600 + int(zone[4:]) * 60
            if len(zone) != 6 or zone[3] != 0x3A or zone[0] not in b"+-":
                return None
    except ValueError:
        return None
    if bytes((text[4], text[7], text[10], text[13], text[16])) != b"--T::":
        return None
    if not 0 < month < 13 or not 0 < day < 32:
        return None
    # the reverse of date_time()
    if month < 3:
        y -= 1
        month += 12
    days = 365 * y + y // 4 - y // 100 + y // 400 + (153 * (month - 3) + 2) // 5 + day - 719469
    return days * 86400 + t + (shift if zone[:1] == b"-" else -shift)


def left(text, now):
    """Seconds from `now`, Unix seconds, to an absolute time; -1: it is none or has passed. To a
    limit that is as good as refused."""
    t = moment(text)
    return min(t - now, _FAR_S) if t and t > now else -1
