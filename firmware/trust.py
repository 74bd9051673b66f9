"""Whom the wallbox trusts is changed: the records in the store, with the trust level of each
partner (6.9.4, Table 30). Loaded for a change, and let go.

The user trust says how the SKI was verified: 32 when a person at the wallbox has agreed to a
partner (user verify), 64 when a person has typed or scanned the SKI (user input), 32 to 96 when a
commissioning tool has brought it. Nobody is trusted with less, for there is no auto accept. Of two
ways the stronger one counts. The second factor is the PIN: 32 for the first partner since the
factory reset that has entered it, 16 for those that come later."""

import struct

from micropython import const

from firmware import store as records

_VERIFY = const(32)
_MOST = const(96)
_FIRST = const(32)
_LATER = const(16)

# keys of the store
_PIN_ENTERED = const(18)  # a partner has entered our PIN since the factory reset
_ABOUT = const(48)  # and the seven behind it: what is kept about the partner at that place

_FORMAT = "<BBBHHB"
# places in what is kept about a partner
USER = 0  # its user trust
SECOND = 1  # its second factor
FLAGS = 2
HEARD = 3  # updateCounter of its key material
TOLD = 4  # updateCounter of ours that it has confirmed
GROUP = 5  # the same number for all keys of one partner, 0: it has told of one alone

# bits of FLAGS
TOOL = 1  # the user lets it commission this wallbox
ODD = 2  # its certificate may name an SKI that is not that of its key
BROUGHT = 4  # by a commissioning tool


def about(store, ski):
    """What is kept about a partner, a list; None: it is not trusted."""
    i = _place(store, ski)
    if i < 0:
        return None
    kept = store.get(_ABOUT + i)
    return list(struct.unpack(_FORMAT, kept)) if kept else [_VERIFY, 0, 0, 0, 0, 0]


def note(commissioning, ski, what, value):
    """Keeps one of those values of a partner that is trusted. Raises StoreFull."""
    known = about(commissioning.store, ski)
    if known[what] != value:
        known[what] = value
        i = _place(commissioning.store, ski)
        commissioning.save(_ABOUT + i, struct.pack(_FORMAT, *known))


def allow(commissioning, ski, flag, on):
    """The user sets or takes a bit of FLAGS of a trusted partner. Raises StoreFull."""
    flags = about(commissioning.store, ski)[FLAGS]
    note(commissioning, ski, FLAGS, flags | flag if on else flags & ~flag)
    commissioning.node.odd = odd(commissioning.store)


def odd(store):
    """The trusted SKIs with the flag ODD."""
    return [ski for ski in _trusted(store) if about(store, ski)[FLAGS] & ODD]


def add(commissioning, ski, level, flags=0):
    """Trusts `ski`, 20 bytes, with at least that user trust. Raises ship.node.TrustFull,
    StoreFull."""
    store = commissioning.store
    level = min(max(level, _VERIFY), _MOST)
    if commissioning.node.trust(ski):
        i = _place(store, None)
        if level != _VERIFY or flags:
            value = struct.pack(_FORMAT, level, 0, flags, 0, 0, 0)
            commissioning.save(_ABOUT + i, value)
        else:
            store.delete(_ABOUT + i)
        commissioning.save(records.TRUST + i, ski)
    elif about(store, ski)[USER] < level:
        note(commissioning, ski, USER, level)


def remove(commissioning, ski):
    """Trusts that partner no longer, with none of its keys; connections are closed (6.10.4.8)."""
    for key in keys(commissioning.store, ski):
        forget(commissioning, key)
    commissioning.node.untrust(ski)


def forget(commissioning, ski):
    """As remove(), with that key alone."""
    store = commissioning.store
    i = _place(store, ski)
    # the SKI last: what a power cut left behind would be true of the next at this place
    for first in (records.PARTNER_PIN, _ABOUT, records.TRUST):
        store.delete(first + i)
    commissioning.node.odd = odd(store)
    commissioning.node.untrust(ski)


def keys(store, ski):
    """The SKIs of all keys of a partner; none when it is not trusted."""
    known = about(store, ski)
    if known is None:
        return []
    if not known[GROUP]:
        return [ski]
    return [other for other in _trusted(store) if about(store, other)[GROUP] == known[GROUP]]


def join(commissioning, ski, new):
    """Trusts the key `new` as one more of that partner: what we know of it holds for both. Raises
    ship.node.TrustFull, StoreFull."""
    store = commissioning.store
    known = about(store, ski)
    if not known[GROUP]:
        taken = [about(store, other)[GROUP] for other in _trusted(store)]
        known[GROUP] = 1
        while known[GROUP] in taken:
            known[GROUP] += 1
    add(commissioning, new, known[USER])
    note(commissioning, ski, GROUP, known[GROUP])
    i = _place(store, new)
    commissioning.save(_ABOUT + i, struct.pack(_FORMAT, *known))
    pin = store.get(records.PARTNER_PIN + _place(store, ski))
    if pin:
        commissioning.save(records.PARTNER_PIN + i, pin)


def _trusted(store):
    found = [store.get(records.TRUST + i) for i in range(records.TRUST_MAX)]
    return [ski for ski in found if ski]


def entered_pin(commissioning, ski):
    """A partner has entered our PIN."""
    factor = _LATER
    if commissioning.store.get(_PIN_ENTERED) is None:
        commissioning.save(_PIN_ENTERED, b"\x01")
        factor = _FIRST
    if about(commissioning.store, ski)[SECOND] < factor:
        note(commissioning, ski, SECOND, factor)


def _place(store, ski):
    """Of that SKI in the trust list, -1: it is not there; of None: the first that is free."""
    for i in range(records.TRUST_MAX):
        if store.get(records.TRUST + i) == ski:
            return i
    return -1
