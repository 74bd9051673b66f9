"""What the responder sends: probes, announcements, answers, goodbyes, made of the owners' records.

`owners` ends with the host: so stands PTR before SRV before A.
"""

from micropython import const

from ticks import diff

from .packet import copy

_ANY = const(255)
_QU = const(0x8001)
_RESPONSE = const(0x8400)
_OFF = const(7)
_MULTICAST_GAP = const(1000)

_B_PTR = const(1)
_B_SRV = const(2)
_B_TXT = const(4)

# ways to render a record (owner.py)
_MULTICAST = const(0)
_UNICAST = const(1)
_LEGACY = const(2)
_CLAIM = const(3)
_GOODBYE = const(4)


def probes(w, owners):
    """A probe for the names whose time has come; False when there is none.

    All in one packet as far as it goes: first the questions, then what we would claim.
    """
    w.start(0, 0)
    room = len(w.buf) - 12
    some = False
    for o in owners:
        o.done = 0
        if o.probe:
            room -= o.probe_size()
            if some and room < 0:
                continue  # in the next packet
            w.question(o.name, _ANY, _QU)
            some = True
            o.probe = False
            o.done = o.unique
    if some:
        for o in owners:
            o.render(w, 2, o.done, _CLAIM)
    return some


def multicast(w, owners, now):
    """What is due of the wanted records; 0 when nothing is."""
    some = 0
    w.start(0, _RESPONSE)
    for o in owners:
        o.done = 0
        if o.want and diff(o.due, now) <= 0:
            o.done = o.render(w, 1, o.want, _GOODBYE if o.step == _OFF else _MULTICAST)
            some |= o.done
    if some:
        _extras(w, owners, now, _MULTICAST)
        for o in owners[:]:
            o.sent_now(now)
            if o.gone and not o.want:
                owners.remove(o)
    return some


def unicast(w, owners, r, legacy):
    """The answer to the query in the reader alone; False when it would be empty."""
    mode = _LEGACY if legacy else _UNICAST
    w.start(r.id, _RESPONSE, not legacy)
    if legacy:
        # RFC 6762 6.7: as plain DNS would answer
        r.rewind()
        while r.next() == 0:
            w.question(copy(r.mv, r.name), r.type, r.cls)
    for o in owners:
        o.done = o.render(w, 1, o.uni, mode)
    _extras(w, owners, 0, mode)
    return w.buf[7] > 0


def _extras(w, owners, now, mode):
    # RFC 6763 12: what the asker would ask for next
    host = owners[-1]
    more = host.done
    for o in owners:
        if o.service and o.up():
            if o.done & _B_PTR:
                _extra(w, o, _B_SRV | _B_TXT, now, mode)
            more |= o.done & (_B_PTR | _B_SRV)
    if more and host.up():
        _extra(w, host, host.announced(), now, mode)


def _extra(w, o, bits, now, mode):
    bits &= ~o.done
    if mode == _MULTICAST:
        bits &= ~o.recent(bits, now, _MULTICAST_GAP)
    else:
        bits &= ~o.known
    o.done |= o.render(w, 3, bits, mode)
