"""Makes the identity of a wallbox that has none, once in its life, before there is a network: so
the private key never leaves the device (6.9.2). Imported then only, and let go."""

import gc
import time
from binascii import hexlify
from hashlib import sha256

from firmware import store as records
from ship import selfsigned

_ticks = getattr(time, "ticks_us", getattr(time, "monotonic_ns", None))  # the latter on CPython


class Pool:
    """Random bytes out of everything that the device has of it, through SHA-256: `place.random`,
    its unique number, and how long each step has taken."""

    def __init__(self, place):
        self._random = place.random
        self._state = place.unique()

    def draw(self, n):
        """At most 32 bytes."""
        pool = sha256(self._state)
        pool.update(self._random(32))
        pool.update(b"%d" % _ticks())
        self._state = pool.digest()
        return sha256(b"out" + self._state).digest()[:n]


def create(store, board, place):
    """Puts key, serial number, SHIP ID and certificate into the store; a serial number and a SHIP
    ID that are there stay. Takes seconds, and before them what place.unique() takes."""
    pool = Pool(place)
    serial = store.get(records.SERIAL) or hexlify(place.unique())
    ship_id = store.get(records.SHIP_ID)
    if ship_id is None:
        ship_id = "i:%d_u:%s-%s" % (records.PEN, board.VENDOR_CODE, serial.decode())
        ship_id = ship_id.encode()
    key, cert = selfsigned.make(ship_id, pool.draw)
    store.put(records.PRIVATE_KEY, key)
    store.put(records.SERIAL, serial)
    store.put(records.SHIP_ID, ship_id)
    # last: without it the next boot begins again
    store.put(records.CERT, cert)
    gc.collect()
