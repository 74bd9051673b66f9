"""The bytes of the event ring as events; firmware.event_codes has the table of the codes."""

import struct
from binascii import crc32
from typing import NamedTuple

from firmware import event_codes as codes


class Event(NamedTuple):
    """`unix`: seconds, None while nobody knew the time; `up_s`: seconds since the start, where
    that is what was recorded. `fields`: what is particular to the kind."""

    number: int
    boot: int  # 1 is the first start that is still remembered, 0 what was before it
    unix: int | None
    up_s: int | None
    kind: str
    left_out: bool  # changes of the same kind before this one
    fields: dict
    text: str


def _raw(data):
    """(sequence, kind byte, what, time, value, more), the oldest first."""
    found = []
    for at in range(0, len(data) - codes.SIZE + 1, codes.SIZE):
        record = data[at : at + codes.SIZE]
        *fields, crc = struct.unpack(codes.FORMAT, record)
        if crc == crc32(record[: codes.CHECKED]) & 0xFFFF and 0 < fields[1] & codes.KIND < len(
            codes.KINDS
        ):
            found.append(fields)
    numbers = [fields[0] for fields in found]
    if numbers and max(numbers) - min(numbers) > 0x8000:  # the sequence has wrapped
        for fields in found:
            fields[0] += 0x10000 * (fields[0] < 0x8000)
    return sorted(found)


def _name(names, index):
    return names[index] if index < len(names) else str(index)


def _limit(what, value, more):
    origin = _name(codes.ORIGINS, what)
    fields = {"origin": origin, "w": None, "ma": None, "active": value != codes.NONE}
    if value == codes.NONE:
        return fields, f"{origin} no more"
    if origin == "oscev":
        return fields, origin
    if value < 0:
        fields["ma"] = ~value
        return fields, f"{origin} {~value / 1000:g} A"
    fields["w"] = value
    return fields, f"{origin} {value} W"


def _offer(what, value, more):
    origin = _name(codes.ORIGINS, what)
    fields = {"origin": origin, "ma": value, "power_w": 10 * more}
    return fields, f"{value / 1000:g} A, because of {origin}; the car takes {10 * more} W"


def _car(what, value, more):
    fields = {"pilot": chr(what), "contactor": bool(more), "session_wh": value}
    text = f"{chr(what)}, contactor {'closed' if more else 'open'}"
    return fields, text + f", {value} Wh" * (value > 0)


def _fault(what, value, more):
    names = [name for i, name in enumerate(codes.FAULTS) if value >> i & 1]
    return {"faults": names}, ", ".join(names) or "none"


def _state(what, value, more):
    use, state = _name(codes.USES, what), _name(codes.STATES, value)
    return {"use": use, "state": state}, f"{use} {state}"


def _failsafe(what, value, more):
    use = _name(codes.USES, what)
    fields = {"use": use, "w": value, "s": 60 * more}
    return fields, f"{use} {value} W for {more // 60} h {more % 60:02} min"


def _partner(what, value, more):
    ski = struct.pack(">i", value).hex()
    return {"ski": ski}, f"SKI {ski}..."


def _start(what, value, more):
    version = ".".join(str(value >> shift & 255) for shift in (16, 8, 0))
    cause = _name(codes.CAUSES, what)
    return {"cause": cause, "version": version}, f"{cause}, version {version}"


def _stop(what, value, more):
    cause = _name(codes.STOPS, what)
    return {"cause": cause}, cause


def _clock(what, value, more):
    return {"up_s": value}, f"known {value} s after the start"


_READERS = {
    "start": _start,
    "stop": _stop,
    "clock": _clock,
    "limit": _limit,
    "offer": _offer,
    "car": _car,
    "fault": _fault,
    "state": _state,
    "failsafe": _failsafe,
    **dict.fromkeys(("trust", "untrust", "peer", "lost"), _partner),
}


def read(data, began=None):
    """[Event], the oldest first. `began`: Unix seconds of the last start, where that is known."""
    boot, boots = 0, []
    zero = {}  # boot -> Unix seconds of its start
    raw = _raw(data)
    for _, kind, _, t, value, _ in raw:
        name = codes.KINDS[kind & codes.KIND]
        boot += name == "start"
        boots.append(boot)
        if name == "start" and kind & codes.CLOCK:
            zero[boot] = t
        elif name == "clock":
            zero[boot] = t - value
    if began is not None:
        zero.setdefault(boot, began)
    found = []
    for boot, (number, kind, what, t, value, more) in zip(boots, raw, strict=True):
        name = codes.KINDS[kind & codes.KIND]
        known = bool(kind & codes.CLOCK)
        unix = t if known else zero[boot] + t if boot in zero else None
        fields, text = _READERS[name](what, value, more)
        left_out = bool(kind & codes.LATE)
        found.append(Event(number, boot, unix, None if known else t, name, left_out, fields, text))
    return found
