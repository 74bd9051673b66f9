"""The power goes at each byte that the application writes: settings, trust, failsafe values,
energy counters, events, and the compaction that a save may bring. The next boot finds the old
state or the new one, and always the identity.

The code that saves is the firmware's own; cpy_store.py has the record log by itself, cpy_update.py
an update of the code.
"""

import io
import struct
from binascii import crc32

import pytest

from board_configs import sim
from firmware import event_codes as codes
from firmware import installer
from firmware import store as records
from firmware import trust as partners
from firmware.commissioning import Commissioning
from firmware.counters import Counters
from firmware.eebus import LimitPort
from firmware.hal.sim.flash import Flash, PowerCut
from firmware.limits import LPC
from firmware.ring import Ring
from firmware.store import Store

SECTOR = 1024
SIZE = 4 * SECTOR
IDENTITY = {
    records.CERT: bytes(range(200)) * 2,
    records.PRIVATE_KEY: b"k" * 121,
    records.SHIP_ID: b"i:12345_u:plugship-1",
    records.SERIAL: b"1",
}
OLD, NEW = bytes(range(20)), bytes(range(100, 120))


class Charger:
    contactor = False
    plugged = False
    energy_wh, produced_wh, session_wh = 7000, 0, 70
    rotation = b"\0\1\2"
    switching = None
    live = 3
    setup = 0, 0
    paused_at = None

    def __init__(self):
        self.offset_wh = [0, 0]
        self.limits = self


class App:
    """What the parts under test see; saves as firmware.app does."""

    def __init__(self, flash):
        self.store = Store(flash)
        self.board = sim
        self.charger = Charger()
        self.hal = self.node = self.eebus = self
        self.phases = (3,)
        self.trusted = []
        self.commissioning = Commissioning(self, self.store, self.save)

    def save(self, key, value):
        if not self.charger.contactor and self.store.need_compaction:
            self.store.compact()
        self.store.put(key, value)

    def pilot(self):
        return 0

    def trust(self, ski):
        self.trusted.append(ski)
        return True

    def untrust(self, ski):
        if ski in self.trusted:
            self.trusted.remove(ski)


def settings(app):
    installer.change(app, 25, 16, "STR", 60, None)


def trust(app):
    app.commissioning.trust(NEW)


def untrust(app):
    app.commissioning.untrust(OLD)


def failsafe(app):
    LimitPort(app, LPC, records.LPC_FAILSAFE).keep(4600, 14400)


def wifi(app):
    app.save(records.SETTINGS, b"home\0" + b"p" * 40)


def unplugged(app):
    app.charger.plugged = True
    count = Counters(app)
    app.charger.energy_wh += 60
    app.charger.plugged = False
    count.tick(0)


def start(full):
    """Bytes of a commissioned wallbox; `full`: the next save compacts first."""
    flash = Flash(io.BytesIO(b"\xff" * SIZE), SECTOR)
    app = App(flash)
    for key, value in IDENTITY.items():
        app.store.put(key, value)
    app.commissioning.trust(OLD)
    app.store.put(records.PARTNER_PIN, b"\x01")
    about = bytes((64, 32)).ljust(struct.calcsize(partners._FORMAT), b"\0")
    app.store.put(partners._ABOUT, about)
    LimitPort(app, LPC, records.LPC_FAILSAFE).keep(4200, 7200)
    app.store.put(records.INSTALLER, struct.pack("<BHBBHH", 1, 35, 20, 0, 0, 0))
    app.store.put(records.SETTINGS, b"old\0" + b"o" * 20)
    app.store.put(records.ENERGY, struct.pack("<iiiii", 7000, 0, 70, 0, 0))
    if full:
        n = 0
        while not app.store.need_compaction:
            n += 1
            app.store.put(records.WRONG_PINS, bytes((n & 255,)))
    return flash._file.getvalue()


def state(store):
    return {key: store.get(key) for key in sorted(store.keys())}


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("change", [settings, trust, untrust, failsafe, wifi, unplugged])
def test_every_cut_leaves_old_or_new(change, full):
    before = start(full)
    old = state(Store(Flash(io.BytesIO(before), SECTOR)))
    app = App(Flash(io.BytesIO(before), SECTOR))
    change(app)
    new = state(app.store)
    assert new != old
    if full and change is not untrust:  # which needs no room made
        assert app.store.free > SIZE // 4  # it was compacted
    cut, done, turned = 0, False, False
    while not done:
        cut += 5 if full else 1  # cpy_store.py cuts a compaction at every byte
        flash = Flash(io.BytesIO(before), SECTOR)
        app = App(flash)
        flash.cut = cut
        try:
            change(app)
            done = True
        except PowerCut:
            pass
        flash.cut = -1
        again = App(flash)
        seen = state(again.store)
        assert IDENTITY.items() <= seen.items(), cut
        if change is untrust and seen not in (old, new):
            # still trusted, and has to enter the PIN again; nothing is left to the next one
            assert records.TRUST in seen and records.PARTNER_PIN not in seen, cut
            assert seen.items() <= old.items(), cut
        else:
            assert seen in (old, new), cut
        assert seen == new or not turned, cut  # once new, always new
        turned = seen == new
        # and it can be used
        again.save(records.LPP_FAILSAFE, b"12345678")
        after = state(App(flash).store)
        assert after.pop(records.LPP_FAILSAFE) == b"12345678", cut
        assert after == {key: value for key, value in seen.items() if value}, cut
    assert turned and cut > 16


def test_counters_never_go_back_and_lose_one_save_at_most():
    saved = struct.pack("<iiiii", 7000, 0, 70, 0, 0)
    for cut in range(1, 700):
        flash = Flash(io.BytesIO(b"\xff" * 65536), 4096)
        app = App(flash)
        app.store.put(records.ENERGY, saved)
        count = Counters(app)
        flash.cut = cut
        shown = app.charger.energy_wh
        try:
            for _ in range(40):
                app.charger.energy_wh += 50
                count.tick(0)
                shown = app.charger.energy_wh
        except PowerCut:
            pass
        flash.cut = -1
        again = App(flash)
        Counters(again)
        assert shown - 100 <= again.charger.energy_wh <= shown + 50, cut


def test_events_of_before_the_cut_are_there():
    """A save and its event lie apart: neither cut harms the other."""
    for before in (3, 64, 127, 128, 200):
        content = b"\xff" * (3 * SECTOR)
        file = io.BytesIO(content)
        ring = Ring(Flash(file, SECTOR))
        for n in range(before):
            ring.erase()
            assert ring.put(4, 0, n, n, 0)
        content = file.getvalue()
        for cut in range(1, 2 * codes.SIZE + 1):
            flash = Flash(io.BytesIO(content), SECTOR)
            ring = Ring(flash)
            ring.erase()
            flash.cut = cut
            with pytest.raises(PowerCut):
                for n in range(3):
                    ring.put(4, 0, 0, before + n, 0)
            flash.cut = -1
            data = flash._file.getvalue()
            found = []
            for at in range(0, len(data), codes.SIZE):
                one = data[at : at + codes.SIZE]
                seq, _, _, _, value, _, crc = struct.unpack(codes.FORMAT, one)
                if crc == crc32(one[: codes.CHECKED]) & 0xFFFF:
                    found.append(value)
            newest = before + cut // codes.SIZE
            assert max(found) in (newest - 1, newest), (before, cut)
            assert set(range(max(0, newest - 64), newest)) <= set(found) | {newest - 1}
