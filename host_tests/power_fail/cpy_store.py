"""A power cut at every byte position of a save, a compaction and a factory reset.

After each the next boot must show the state before or the state after, nothing between, and
take further saves. The byte at which the power went is left half programmed.
"""

import io

import pytest

from firmware import store
from firmware.hal.sim.flash import Flash, PowerCut
from firmware.store import Store

SECTOR = 1024
SIZE = 4 * SECTOR
CERT = bytes(range(200)) * 2
NEW_CERT = bytes(range(250, 50, -1)) * 2


def image(*steps):
    """Bytes of an area to which `steps` have been applied."""
    file = io.BytesIO(b"\xff" * SIZE)
    log = Store(Flash(file, SECTOR))
    for step in steps:
        step(log)
    return file.getvalue()


def state(log):
    return {key: log.get(key) for key in sorted(log.keys())}


def commission(log):
    log.put(store.CERT, CERT)
    log.put(store.PRIVATE_KEY, b"k" * 121)
    log.put(store.SHIP_ID, b"i:12345_u:plugship-1")
    log.put(store.TRUST, b"\x01" * 20)
    log.put(store.ENERGY, b"\x10\x00\x00\x00")


def save_page(log):
    log.put(store.LPC_FAILSAFE, b"\x10\x68\x00\x00\x20\x1c\x00\x00")


def save_certificate(log):
    log.put(store.CERT, NEW_CERT)


def untrust(log):
    log.delete(store.TRUST)


def compact(log):
    log.compact()


def factory_reset(log):
    log.compact(store.IDENTITY)


def fill(log):
    n = 0
    while log.free >= 512:
        n += 1
        log.put(store.ENERGY, n.to_bytes(4, "little"))


@pytest.mark.parametrize("before", [(), (commission,), (commission, fill, compact)])
@pytest.mark.parametrize(
    "change", [save_page, save_certificate, untrust, fill, compact, factory_reset]
)
def test_every_cut_leaves_old_or_new(before, change):
    start = image(*before)
    file = io.BytesIO(start)
    log = Store(Flash(file, SECTOR))
    # each save of `fill` is a state of its own
    allowed = [state(log)]
    put = log.put

    def watched_put(key, value):
        put(key, value)
        allowed.append(state(log))

    log.put = watched_put
    change(log)
    allowed.append(state(log))

    cut, done = 0, False
    reached = 0  # states only go forward with a later cut
    while not done:
        flash = Flash(io.BytesIO(start), SECTOR)
        try:
            log = Store(flash)
            cut += 1
            flash.cut = cut
            change(log)
            done = True
        except PowerCut:
            pass
        flash.cut = -1
        log = Store(flash)
        seen = state(log)
        assert seen in allowed, cut
        reached = allowed.index(seen, reached) if seen != allowed[reached] else reached
        log.put(store.PIN, b"12345678")
        assert state(Store(flash)) == {**seen, store.PIN: b"12345678"}, cut
    assert allowed[reached] == allowed[-1]


def test_every_cut_of_the_first_start():
    """Also over an area with foreign bytes, which is erased first."""
    for start in (b"\xff" * SIZE, b"\x00" * 300 + b"\xff" * (SIZE - 300)):
        cut, done = 0, False
        while not done:
            cut += 1
            flash = Flash(io.BytesIO(start), SECTOR)
            flash.cut = cut
            try:
                Store(flash)
                done = True
            except PowerCut:
                pass
            flash.cut = -1
            log = Store(flash)
            assert log.keys() == [], cut
            commission(log)
            assert Store(flash).get(store.CERT) == CERT, cut


def test_a_second_cut_while_recovering():
    """Torn saves one after the other never cost an older value."""
    start = image(commission)
    wanted = state(Store(Flash(io.BytesIO(start), SECTOR)))
    for first in range(1, 413, 7):
        for second in range(1, 413, 31):
            flash = Flash(io.BytesIO(start), SECTOR)
            for cut in (first, second):
                log = Store(flash)
                flash.cut = cut
                with pytest.raises(PowerCut):
                    save_certificate(log)
                flash.cut = -1
            assert state(Store(flash)) == wanted, (first, second)
            log = Store(flash)
            if log.free < 416:
                log.compact()
            save_certificate(log)
            assert Store(flash).get(store.CERT) == NEW_CERT
