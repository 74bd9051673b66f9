"""What seldom happens to a name: it is made, changes its records, is wanted by another host.

The responder loads this module when it needs it and lets go of it afterwards: nothing here
may be kept.
"""

from micropython import const

from .owner import Owner
from .packet import copy, same

_A = const(1)
_PTR = const(12)
_TXT = const(16)
_AAAA = const(28)
_SRV = const(33)
_NSEC = const(47)
_FLUSH = const(0x8001)
_IN = const(1)

# steps of an owner (owner.py)
_PROBED = const(3)
_LIVE = const(4)
_OFF = const(8)

_MAX_RIVALS = const(12)  # records of another one's claim that are compared
_CONFLICTS = const(15)  # RFC 6762 8.1: from then on one attempt every 5 s
_HEADROOM = const(400)  # of a packet: header, names and the small records

_META = b"\x09_services\x07_dns-sd\x04_udp\x05local\x00"
_LOCAL = b"\x05local\x00"


def label(text):
    """One label in wire form of `text`; ValueError unless it has 1 to 63 bytes of UTF-8."""
    raw = text.encode()
    if not 0 < len(raw) < 64:
        raise ValueError("label")
    return bytes((len(raw),)) + raw


def wire(dotted):
    """Wire form of a name without dots inside labels, such as "_ship._tcp.local"."""
    return b"".join([label(part) for part in dotted.split(".")]) + b"\0"


def host(responder, text, addrs):
    """The owners of a responder that has no service yet: that of the host's name."""
    label(text)
    o = Owner(text, None)
    _build_host(responder, o, addrs)
    return [o]  # services come before it, so that PTR stands before SRV before A


def service(responder, instance, kind, port, txt):
    """Adds the owner of a service instance's name, and returns it."""
    label(instance)
    o = Owner(instance, wire(kind + ".local"))
    txt = _txt_data(responder, txt)
    _build_service(responder, o, bytes((0, 0, 0, 0, port >> 8, port & 0xFF)), txt)
    owners = responder._owners
    owners.insert(len(owners) - 1, o)
    if owners[-1].step < _OFF:
        responder._begin(o, 0)
    return o


def update_txt(responder, o, txt):
    _build_service(responder, o, o.rr[1][3], _txt_data(responder, txt))
    _again(responder, o)


def set_addrs(responder, addrs):
    o = responder._owners[-1]
    _build_host(responder, o, addrs)
    _again(responder, o)


def conflict(responder, o):
    """Another host has the name of `o`."""
    # RFC 6762 9: an established name is probed for first, a new one is given up
    if o.step <= _PROBED:
        _rename(o)
        if o.service is None:
            _build_host(responder, o, [rr[3] for rr in o.rr if rr[3]])
            for other in responder._owners[:-1]:
                _build_service(responder, other, other.rr[1][3], other.rr[2][3])
                _again(responder, other)
        else:
            _build_service(responder, o, o.rr[1][3], o.rr[2][3])
    responder._conflicts += 1
    responder._begin(o, 5000 if responder._conflicts > _CONFLICTS else 0)


def tie_break(responder, r):
    """Another host probes for a name of ours, too: who loses waits for a second."""
    for o in responder._owners:
        if o.step < _LIVE:
            theirs = _claim(r, o.name)
            if theirs:
                ours = [
                    bytes((0, 1, 0, rr[1])) + rr[3] + rr[4]
                    for rr in o.rr
                    if rr[2] == _FLUSH and rr[1] != _NSEC
                ]
                ours.sort()
                theirs.sort()
                if ours < theirs:
                    responder._begin(o, 1000)


def _claim(r, name):
    # RFC 6762 8.2: class, type, uncompressed data
    keys = []
    r.rewind()
    section = r.next()
    while section >= 0:
        if section == 2 and len(keys) < _MAX_RIVALS and same(r.mv, r.name, name):
            key = bytes((r.cls >> 8, r.cls & 0xFF, r.type >> 8, r.type & 0xFF))
            if r.type == _SRV:
                key += bytes(r.mv[r.data : r.data + 6]) + copy(r.mv, r.data + 6)
            else:
                key += bytes(r.mv[r.data : r.data + r.size])
            keys.append(key)
        section = r.next()
    return keys


def _rename(o):
    # RFC 6762 9, RFC 6763 D: "name-2" for hosts, "name (2)" for what people read
    o.copies += 1
    suffix = ("-%d" if o.service is None else " (%d)") % o.copies
    base = o.base
    # at most 63 bytes, cut between characters
    while len(base.encode()) + len(suffix) > 63:
        base = base[:-1]
    o.label = base + suffix


def _build_host(responder, o, addrs):
    name = label(o.label) + _LOCAL
    rr = []
    v4 = v6 = 0
    for addr in addrs:
        if len(addr) == 4:
            v4 |= 1 << len(rr)
        elif len(addr) == 16:
            v6 |= 1 << len(rr)
        else:
            raise ValueError("address")
        rtype = _A if len(addr) == 4 else _AAAA
        rr.append((name, rtype, _FLUSH, addr, b"", b""))
    if rr:
        # bitmap of the types that exist: what is not in it need not be asked for
        bits = bytes((0, 4, 0x40 if v4 else 0, 0, 0, 8)) if v6 else b"\0\1\x40"
        rr.append((name, _NSEC, _FLUSH, b"", name, bits))
    responder.host = o.label
    o.name = name
    o.sets = (v4, v6)
    o.shared = 0
    _set_records(o, rr, v4 | v6)
    o.spoken = (1 << len(rr)) - 1


def _build_service(responder, o, port, txt):
    # port: with priority and weight before it
    name = label(o.label) + o.service
    o.name = name
    o.sets = ()
    o.shared = 0b1001
    o.spoken = 0b1111
    rr = (
        (o.service, _PTR, _IN, b"", name, b""),
        (name, _SRV, _FLUSH, port, responder._owners[-1].name, b""),
        (name, _TXT, _FLUSH, txt, b"", b""),
        (_META, _PTR, _IN, b"", o.service, b""),
        (name, _NSEC, _FLUSH, b"", name, b"\0\5\0\0\x80\0\x40"),
    )
    _set_records(o, rr, 0b0110)


def _set_records(o, rr, unique):
    o.rr = rr
    o.unique = unique
    if len(o.sent) != len(rr):
        o.sent = [-1] * len(rr)
    o.size = len(o.name) + 4
    for i in range(len(rr)):
        if unique >> i & 1:
            o.size += 12 + len(rr[i][3]) + len(rr[i][4])


def _again(responder, o):
    # records have changed: bits asked for may stand for other records now
    o.want = 0
    if o.step & _LIVE:
        o.step = _LIVE
        o.at = responder._now


def _txt_data(responder, pairs):
    out = bytearray()
    for key, value in pairs:
        item = (key + "=" + value).encode()
        if len(item) > 255 or not key or "=" in key:
            raise ValueError("txt")
        out.append(len(item))
        out.extend(item)
    if len(out) > len(responder._buf) - _HEADROOM:
        raise ValueError("txt")
    return bytes(out or b"\0")  # RFC 6763 6.1: never without any string
