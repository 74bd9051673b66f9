"""The ring of event records: what stays, what a power cut at any byte leaves, when it erases."""

import io
import struct

from firmware.event_codes import CHECKED, FORMAT, SIZE
from firmware.hal.sim.flash import Flash, PowerCut
from firmware.ring import Ring

SECTOR = 1024
PER_SECTOR = SECTOR // SIZE
BLANK = b"\xff" * (3 * SECTOR)


class Watched(Flash):
    def __init__(self, content=BLANK):
        self.file = io.BytesIO(content)
        Flash.__init__(self, self.file, SECTOR)
        self.erased = []

    def erase(self, off):
        self.erased.append(off)
        Flash.erase(self, off)


def values(flash):
    """Of all valid records, by sequence; the newest is less than 2**15 after the oldest."""
    from binascii import crc32

    data = flash.file.getvalue()
    found = []
    for at in range(0, len(data), SIZE):
        record = data[at : at + SIZE]
        seq, _, _, _, value, _, crc = struct.unpack(FORMAT, record)
        if crc == crc32(record[:CHECKED]) & 0xFFFF:
            found.append((seq, value))
    if found and max(found)[0] - min(found)[0] > 0x8000:
        found = [((seq + 0x8000) & 0xFFFF, value) for seq, value in found]
    return [value for _, value in sorted(found)]


def put(ring, value):
    return ring.put(4, 0, 1000 + value, value, 0xFFFF)


def fill(ring, start, n):
    for value in range(start, start + n):
        ring.erase()
        assert put(ring, value)


def test_a_new_area_needs_no_erase():
    flash = Watched()
    ring = Ring(flash)
    ring.erase()
    assert put(ring, 7) and put(ring, -8)
    assert flash.erased == [] and values(flash) == [7, -8]


def test_the_last_sector_full_of_records_is_always_there():
    flash = Watched()
    ring = Ring(flash)
    ring.erase()
    for value in range(5 * PER_SECTOR + 3):
        fill(ring, value, 1)
        seen = values(flash)
        assert seen == list(range(seen[0], value + 1))
        assert len(seen) >= min(value + 1, PER_SECTOR)
        if value % 7 == 0:
            ring = Ring(flash)  # a boot


def test_no_erase_by_itself():
    """While the contactor is closed nobody calls erase(): the spare sector is used up, and then
    nothing is written until somebody does."""
    flash = Watched()
    ring = Ring(flash)
    fill(ring, 0, 3 * PER_SECTOR)
    flash.erased.clear()
    n = 0
    while put(ring, n):
        n += 1
    assert n == PER_SECTOR and flash.erased == []
    assert len(values(flash)) == 3 * PER_SECTOR
    assert not put(Ring(flash), 1)
    ring.erase()
    assert put(ring, 1)


def test_the_sequence_wraps():
    flash = Watched()
    ring = Ring(flash)
    ring.seq = 0xFFF0
    fill(ring, 0, 40)
    again = Ring(flash)
    assert (again.seq, again.at) == (ring.seq, ring.at) == (0xFFF0 + 40 - 0x10000, 40 * SIZE)
    assert values(flash) == list(range(40))


def test_every_cut_of_a_record_and_of_an_erase():
    for before in (0, 5, PER_SECTOR - 1, PER_SECTOR, 3 * PER_SECTOR - 1, 3 * PER_SECTOR):
        flash = Watched()
        fill(Ring(flash), 0, before)
        start = flash.file.getvalue()
        kept = values(flash)
        cut = 0
        done = False
        while not done:
            cut += 1
            flash = Watched(start)
            ring = Ring(flash)
            flash.cut = cut
            try:
                ring.erase()
                put(ring, before)
                done = True
            except PowerCut:
                pass
            flash.cut = -1
            seen = values(flash)
            if seen[-1:] == [before]:
                seen.pop()
            # whole records only, and the last sector full of them
            assert seen == kept[len(kept) - len(seen) :], cut
            assert len(seen) >= min(before, PER_SECTOR), cut
            # the next boot goes on
            ring = Ring(flash)
            ring.erase()
            assert put(ring, 9999), cut
            again = values(flash)
            assert again[-1] == 9999, cut
            assert Ring(flash).at == ring.at, cut


def test_a_place_that_does_not_hold_its_record_is_left():
    class Bad(Watched):
        def program(self, off, data):
            Watched.program(self, off, data)
            if off == 2 * SIZE:
                Watched.program(self, off + 8, b"\0")

    flash = Bad()
    ring = Ring(flash)
    ring.erase()
    for value in range(1, 5):
        assert put(ring, value)
    assert values(flash) == [1, 2, 3, 4] and ring.at == 5 * SIZE
