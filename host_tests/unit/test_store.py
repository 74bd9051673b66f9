"""The record log: what it keeps, what it costs, how it ends and is compacted."""

import io

from firmware import store
from firmware.hal.sim.flash import Flash, PowerCut
from firmware.store import Store, StoreFull
from support import raises

SECTOR = 1024  # small, so that a half is soon full


class Counted(Flash):
    """NOR flash that lists its program and erase operations."""

    def __init__(self, size=4 * SECTOR):
        Flash.__init__(self, io.BytesIO(b"\xff" * size), SECTOR)
        self.programs = []
        self.erases = []

    def program(self, off, data):
        self.programs.append((off, len(data)))
        Flash.program(self, off, data)

    def erase(self, off):
        self.erases.append(off)
        Flash.erase(self, off)

    def clear_bit(self, off):
        byte = bytearray(1)
        self.read_into(off, byte)
        byte[0] &= byte[0] - 1
        Flash.program(self, off, byte)


def content(s):
    return [(key, s.get(key)) for key in s.keys()]


def test_values_survive_a_boot():
    flash = Counted()
    s = Store(flash)
    assert flash.erases == []  # a new area is erased already
    assert s.keys() == [] and s.get(store.PIN) is None
    cert = bytes(range(256)) * 3
    s.put(store.CERT, cert)
    s.put(store.ENERGY, b"\x01")
    s.put(store.ENERGY, bytearray(b"\x02\x00"))
    s.put(store.PIN, b"")
    s.put(127, memoryview(b"last")[1:])
    s.put(store.LPC_FAILSAFE, b"x")
    s.delete(store.LPC_FAILSAFE)
    s.delete(store.LPC_FAILSAFE)
    wanted = [
        (store.CERT, cert),
        (store.PIN, b""),
        (store.ENERGY, b"\x02\x00"),
        (127, b"ast"),
    ]
    assert content(s) == wanted
    programs = len(flash.programs)
    again = Store(flash)
    assert content(again) == wanted
    assert again.free == s.free
    assert len(flash.programs) == programs and flash.erases == []


def test_layout_of_a_record():
    flash = Counted()
    s = Store(flash)
    s.put(store.ENERGY, b"\x11\x22\x33\x44\x55")
    raw = bytearray(48)
    flash.read_into(0, raw)
    assert bytes(raw[:8]) == b"\xa7\x00\x00\x00\x01\x00\x00\x00"
    assert bytes(raw[16:24]) == b"\xa5\x0c\x05\x00\x02\x00\x00\x00"
    assert bytes(raw[28:48]) == b"\x11\x22\x33\x44\x55" + b"\xff" * 15


def test_programs_stay_within_a_page():
    flash = Counted()
    s = Store(flash)
    s.put(store.ENERGY, b"1234")
    assert flash.programs[-1] == (16, 16)
    del flash.programs[:]
    s.put(store.CERT, b"c" * 400)
    assert flash.programs == [(32, 224), (256, 188)]


def test_equal_value_is_not_written():
    flash = Counted()
    s = Store(flash)
    s.put(store.CERT, b"c" * 300)
    s.put(store.PIN, b"")
    programs = len(flash.programs)
    s.put(store.CERT, b"c" * 300)
    s.put(store.PIN, b"")
    s.delete(store.SETTINGS)
    assert len(flash.programs) == programs
    s.put(store.CERT, b"c" * 299 + b"d")
    s.put(store.PIN, b"0")
    assert len(flash.programs) > programs
    assert s.get(store.CERT) == b"c" * 299 + b"d"


def test_bad_arguments():
    s = Store(Counted())
    for key in (0, 128, -1):
        with raises(ValueError):
            s.put(key, b"")
    with raises(ValueError):
        s.put(1, bytes(store.MAX_VALUE + 1))
    with raises(ValueError, "halves"):
        Store(Counted(3 * SECTOR))


def test_full_keeps_what_is_there():
    s = Store(Counted())
    for n in range(1000):
        try:
            s.put(store.ENERGY, b"%04d" % n)
        except StoreFull:
            break
    assert n == 2 * SECTOR // 16 - 1
    assert s.free == 0 and s.need_compaction
    assert s.get(store.ENERGY) == b"%04d" % (n - 1)
    with raises(StoreFull):
        s.delete(store.ENERGY)
    assert s.get(store.ENERGY) is not None


def test_compaction_moves_to_the_other_half():
    flash = Counted()
    s = Store(flash)
    s.put(store.CERT, b"c" * 400)
    s.put(store.SHIP_ID, b"id")
    s.delete(store.SHIP_ID)
    while not s.need_compaction:
        s.put(store.ENERGY, b"%d" % s.free)
    wanted = content(s)
    s.compact()
    assert flash.erases == [2 * SECTOR, 3 * SECTOR]
    assert content(s) == wanted and not s.need_compaction
    assert s.free == 2 * SECTOR - 16 - 416 - 16
    again = Store(flash)
    assert content(again) == wanted and again.free == s.free
    again.put(store.ENERGY, b"new")
    assert Store(flash).get(store.ENERGY) == b"new"
    del flash.erases[:]
    again.compact()
    assert flash.erases == [0, SECTOR]
    assert content(Store(flash)) == [(store.CERT, b"c" * 400), (store.ENERGY, b"new")]


def test_no_compaction_that_gains_nothing():
    s = Store(Counted())
    for key in range(1, 100):
        if s.free <= 2 * SECTOR // 4:
            break
        s.put(key, b"k" * 100)
    assert not s.need_compaction


def test_compaction_with_keep_forgets_the_rest_on_the_flash_too():
    flash = Counted()
    s = Store(flash)
    s.put(store.SHIP_ID, b"i:12345_u:x")
    s.put(store.TRUST, b"SKI OF A PEER")
    s.compact(store.IDENTITY)
    assert content(Store(flash)) == [(store.SHIP_ID, b"i:12345_u:x")]
    raw = bytearray(flash.size)
    flash.read_into(0, raw)
    assert b"SKI OF A PEER" not in bytes(raw)


def test_torn_record_is_skipped_and_its_page_left():
    for cut in range(1, 443):
        flash = Counted()
        s = Store(flash)
        s.put(store.CERT, b"old")
        flash.cut = cut
        with raises(PowerCut):
            s.put(store.CERT, b"n" * 431)
        flash.cut = -1
        s = Store(flash)
        assert s.get(store.CERT) == b"old"
        s.put(store.PIN, b"1234")
        assert flash.programs[-1][0] == (256 if cut < 208 else 512), cut
        assert content(Store(flash)) == [(store.CERT, b"old"), (store.PIN, b"1234")]


def test_bad_bits_hide_one_record_only():
    flash = Counted()
    s = Store(flash)
    s.put(store.CERT, b"first")  # at 16, 32 bytes
    s.put(store.CERT, b"2")  # at 48
    s.put(store.PIN, b"3")  # at 64
    flash.clear_bit(48 + 12)
    assert content(Store(flash)) == [(store.CERT, b"first"), (store.PIN, b"3")]
    flash.clear_bit(4)  # the header of the half
    assert content(Store(flash)) == [(store.CERT, b"first"), (store.PIN, b"3")]
    flash.clear_bit(64 + 2)
    flash.clear_bit(16 + 1)
    assert content(Store(flash)) == []


def test_bad_headers_of_both_halves():
    """The newer half counts, without a value that it has forgotten."""
    for halves in (1, 2):
        flash = Counted()
        s = Store(flash)
        s.put(store.PIN, b"1")
        s.put(store.SETTINGS, b"2")
        s.delete(store.PIN)
        for _ in range(halves):
            s.compact()
        flash.clear_bit(4)
        flash.clear_bit(2 * SECTOR + 4)
        assert content(Store(flash)) == [(store.SETTINGS, b"2")]


def test_bytes_in_a_value_are_no_record():
    flash = Counted()
    s = Store(flash)
    s.put(store.SHIP_ID, b"genuine")  # 16 to 48
    raw = bytearray(32)
    flash.read_into(16, raw)
    raw[4] = 9  # a later sequence, as in a record made elsewhere
    s.put(store.TRUST, b"peer" + raw)  # the copy lies at 64, where a scan looks
    flash.clear_bit(48)
    assert content(Store(flash)) == [(store.SHIP_ID, b"genuine")]


def test_foreign_content_is_erased():
    flash = Counted()
    for off in range(0, flash.size, 256):
        flash.program(off, b"\x12" * 256)
    s = Store(flash)
    assert flash.erases == [0, SECTOR]
    s.put(store.PIN, b"1")
    s.compact()
    assert content(Store(flash)) == [(store.PIN, b"1")]


def test_flash_that_does_not_hold():
    class Worn(Counted):
        def program(self, off, data):
            if off != 32:
                Counted.program(self, off, data)

    flash = Worn()
    s = Store(flash)
    s.put(store.PIN, b"1")
    with raises(OSError):
        s.put(store.PIN, b"2")
    assert s.get(store.PIN) == b"1"
    s.put(store.PIN, b"3")
    assert Store(flash).get(store.PIN) == b"3"


def test_flash_has_the_manners_of_nor():
    flash = Counted()
    flash.program(0, b"\xf0")
    flash.program(0, b"\x30")
    with raises(ValueError, "erase first"):
        flash.program(0, b"\x31")
    with raises(ValueError, "across a page"):
        flash.program(255, b"\x00\x00")
    with raises(ValueError):
        flash.program(flash.size, b"\x00")
    with raises(ValueError):
        flash.erase(16)
    flash.erase(0)
    byte = bytearray(1)
    flash.read_into(0, byte)
    assert byte[0] == 0xFF
