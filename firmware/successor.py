"""The key after our own (6.3.2): made, announced to all partners for a month, then put in place.
What is announced is in firmware.keys. Loaded for each step, and let go.

The updateCounter begins at 1 and grows with each change of our keys; the factory reset keeps it,
for partners trust no counter that goes back."""

import gc
import struct

from late import forget, load
from micropython import const

from firmware import store as records

_PREDECESSOR = const(0)
_CURRENT = const(1)
_SUCCESSOR = const(2)

# keys of the store
_NEXT_CERT = const(24)
_NEXT_KEY = const(25)
_STATE = const(26)

_FORMAT = "<BHI"  # is the successor being put in place? updateCounter, when it was made: Unix s
_HEAD = const(7)  # and behind it the SKI and the public key of the predecessor
_POINT = b"\x03\x42\x00\x04"  # the public key in a certificate: a BIT STRING of 65 bytes
_LEAST_S = const(2592000)  # 30 days: partners that are switched off for a while hear of it, too


def _state(store):
    kept = store.get(_STATE)
    if not kept:
        return 0, 1, 0, b""
    return struct.unpack(_FORMAT, kept[:_HEAD]) + (kept[_HEAD:],)


def _key(cert):
    """SKI and public key of a certificate of ours."""
    at = cert.find(_POINT) + 3
    return load("ship.cert").trustworthy(cert), cert[at : at + 65]


def own(store):
    """updateCounter, and (state, SKI, public key) of all our keys."""
    _, counter, _, old = _state(store)
    found = [(_CURRENT,) + _key(store.get(records.CERT))]
    following = store.get(_NEXT_CERT)
    if following:
        found.append((_SUCCESSOR,) + _key(following))
    if old:
        found.append((_PREDECESSOR, old[:20], old[20:]))
    return counter, found


def make(app):
    """Makes the successor. Raises ValueError when there is one, StoreFull."""
    store = app.store
    if store.get(_NEXT_CERT):
        raise ValueError("there is a successor already")
    _, counter, _, old = _state(store)
    if counter == 0xFFFF:
        raise ValueError("the updateCounter is at its end")
    identity = load("firmware.identity")
    key, cert = identity.selfsigned.make(app.ship_id, identity.Pool(app.place).draw)
    forget("ship.selfsigned")
    forget("ship.p256")
    app.save(_NEXT_KEY, key)
    app.save(_STATE, struct.pack(_FORMAT, 0, counter + 1, app.place.wall() or 0) + old)
    app.save(_NEXT_CERT, cert)  # last: without it there is none
    gc.collect()


def switch(app):
    """Puts the successor in place; the caller reboots. Raises ValueError when it is too early."""
    store = app.store
    _, counter, since, _ = _state(store)
    now = app.place.wall()
    if not store.get(_NEXT_CERT):
        raise ValueError("there is no successor")
    if not now or not since or now - since < _LEAST_S:
        raise ValueError("partners have to know the successor for 30 days, by the time of day")
    ski, key = _key(store.get(records.CERT))
    app.save(_STATE, struct.pack(_FORMAT, 1, counter + 1, 0) + ski + key)
    finish(store)


def finish(store):
    """Goes on with a switch() that a power cut has ended."""
    switching, counter, _, old = _state(store)
    if not switching:
        return
    if store.get(_NEXT_CERT):
        store.put(records.CERT, store.get(_NEXT_CERT))
        store.put(records.PRIVATE_KEY, store.get(_NEXT_KEY))
        store.delete(_NEXT_CERT)
    store.delete(_NEXT_KEY)
    store.put(_STATE, struct.pack(_FORMAT, 0, counter, 0) + old)
