"""A wallbox without an identity makes one at its first boot, and only then."""

import io

from board_configs import sim
from firmware import identity, store
from firmware.hal.sim.flash import Flash, PowerCut
from firmware.store import Store
from ship.cert import trustworthy
from support import raises


class Place:
    """`unique` is of a chip; random bytes are all the same, as of a bad source."""

    def random(self, n):
        return bytes(n)

    def unique(self):
        return b"\x01\x23\x45\x67\x89\xab\xcd\xef"


def born(flash=None, **given):
    s = Store(flash or Flash(io.BytesIO(b"\xff" * 16384)))
    for name, value in given.items():
        s.put(getattr(store, name.upper()), value)
    identity.create(s, sim, Place())
    return s


def test_all_of_it_is_stored():
    s = born()
    assert s.get(store.SERIAL) == b"0123456789abcdef"
    assert s.get(store.SHIP_ID) == b"i:12345_u:plugship-0123456789abcdef"
    assert trustworthy(s.get(store.CERT)) and s.get(store.SHIP_ID) in s.get(store.CERT)
    assert len(s.get(store.PRIVATE_KEY)) == 121
    assert set(s.keys()) == set(store.IDENTITY)


def test_what_provisioning_has_set_stays():
    s = born(serial=b"WB0001", ship_id=b"i:1_u:x")
    assert (s.get(store.SERIAL), s.get(store.SHIP_ID)) == (b"WB0001", b"i:1_u:x")
    assert born(serial=b"WB0001").get(store.SHIP_ID) == b"i:12345_u:plugship-WB0001"


def test_a_bad_source_of_randomness_repeats_nothing():
    # the numbers of one device differ, and those of two as well: time and chip go into them
    pool = identity.Pool(Place())
    drawn = [pool.draw(32) for _ in range(50)]
    assert len(set(drawn)) == 50 and len(pool.draw(16)) == 16
    assert born().get(store.PRIVATE_KEY) != born().get(store.PRIVATE_KEY)


def test_a_power_cut_leaves_no_half_of_an_identity():
    flash = Flash(io.BytesIO(b"\xff" * 16384))
    s = Store(flash)
    flash.cut = 450  # key, serial number and SHIP ID are in, the certificate is not
    with raises(PowerCut):
        identity.create(s, sim, Place())
    flash.cut = -1
    s = Store(flash)
    assert s.get(store.PRIVATE_KEY) and s.get(store.CERT) is None
    old = s.get(store.PRIVATE_KEY)
    s = born(flash)
    assert trustworthy(s.get(store.CERT)) and s.get(store.PRIVATE_KEY) != old
