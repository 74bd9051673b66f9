"""Frames, property maps and numbers, from the side of a controller."""

from dataclasses import dataclass, field

from echonet.value import get

ESV = {
    0x50: "SetI_SNA",
    0x51: "SetC_SNA",
    0x52: "Get_SNA",
    0x53: "INF_SNA",
    0x5E: "SetGet_SNA",
    0x60: "SetI",
    0x61: "SetC",
    0x62: "Get",
    0x63: "INF_REQ",
    0x6E: "SetGet",
    0x71: "Set_Res",
    0x72: "Get_Res",
    0x73: "INF",
    0x74: "INFC",
    0x7A: "INFC_Res",
    0x7E: "SetGet_Res",
}
_TWO_LISTS = (0x6E, 0x7E, 0x5E)


class Malformed(ValueError):
    """Not an ECHONET Lite frame of format 1; the text says why."""


@dataclass
class Frame:
    """`properties` and, of SetGet services, `second`: lists of (EPC, EDT). EOJs are ints."""

    tid: int
    seoj: int
    deoj: int
    esv: int
    properties: list[tuple[int, bytes]] = field(default_factory=list)
    second: list[tuple[int, bytes]] = field(default_factory=list)


def _pack(properties):
    return bytes([len(properties)]) + b"".join(
        bytes([epc, len(edt)]) + edt for epc, edt in properties
    )


def encode(frame):
    head = b"\x10\x81" + frame.tid.to_bytes(2, "big")
    head += frame.seoj.to_bytes(3, "big") + frame.deoj.to_bytes(3, "big") + bytes([frame.esv])
    body = _pack(frame.properties)
    return head + body + (_pack(frame.second) if frame.esv in _TWO_LISTS else b"")


def _unpack(raw, at):
    if at >= len(raw):
        raise Malformed("property list missing")
    count, at = raw[at], at + 1
    properties = []
    for _ in range(count):
        end = at + 2 + (raw[at + 1] if at + 1 < len(raw) else 0)
        if at + 1 >= len(raw) or end > len(raw):
            raise Malformed("truncated")
        properties.append((raw[at], raw[at + 2 : end]))
        at = end
    return properties, at


def decode(raw):
    """The Frame in a datagram; trailing bytes are ignored. Raises Malformed."""
    if len(raw) < 12:
        raise Malformed("shorter than a frame")
    if raw[0] != 0x10:
        raise Malformed(f"EHD1 {raw[0]:02X}")
    if raw[1] != 0x81:
        raise Malformed("format 2" if raw[1] == 0x82 else f"EHD2 {raw[1]:02X}")
    properties, at = _unpack(raw, 11)
    second = []
    if raw[10] in _TWO_LISTS:
        second, at = _unpack(raw, at)
    tid, seoj, deoj = (int.from_bytes(raw[a:b], "big") for a, b in ((2, 4), (4, 7), (7, 10)))
    return Frame(tid, seoj, deoj, raw[10], properties, second)


def decode_map(edt):
    """EPCs of a property map, ascending. Some devices list 16 and more: taken as they are."""
    if not edt:
        return []
    if edt[0] < 16 or len(edt) != 17:
        return sorted(edt[1 : 1 + edt[0]])
    return sorted(
        0x80 + 16 * high + low
        for high in range(8)
        for low in range(16)
        if edt[1 + low] >> high & 1
    )


def number(edt, signed=False):
    """The number in `edt`, or the name of the code that stands for it."""
    value = get(edt, 0, len(edt), signed)
    if value is not None:
        return value
    return "underflow" if edt[0] & 0x80 and (signed or edt[-1] == 0xFE) else "overflow"
