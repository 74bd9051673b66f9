"""A ring of records of 16 bytes in sectors of raw flash; see firmware.event_codes for the bytes.

One sector is being filled, the ones before it hold older records, the one after it is erased
ahead: a record is one program operation and may be written at any time. Only erase() stops the
processor (45 to 400 ms), and so belongs to times when the contactor is open. A torn record is
skipped. Flash as in firmware.store, of three sectors or more: the newest ones without the erased
and the oldest sector are always there.
"""

import struct
from binascii import crc32

from late import load
from micropython import const

_SIZE = const(16)
_CHECKED = const(14)
_TRIES = const(3)


class Ring:
    def __init__(self, flash):
        self.flash = flash
        self.record = bytearray(_SIZE)
        self.checked = memoryview(self.record)[:_CHECKED]
        self.seq = 0  # of the next record
        self.at = 0  # offset of the next record
        self.spare = False  # the sector after the one in use, or the one at `at`, is erased
        load("firmware.ring_scan").scan(self)

    def put(self, kind, what, time, value, more):
        """Writes a record: it is durable on return. False: it could not, erase() comes first."""
        flash = self.flash
        record = self.record
        back = bytearray(_SIZE)
        for _ in range(_TRIES):
            if self.at % flash.sector == 0:
                if not self.spare:
                    return False
                self.spare = False
            struct.pack_into("<HBBIiH", record, 0, self.seq, kind, what, time, value, more)
            struct.pack_into("<H", record, _CHECKED, crc32(self.checked) & 0xFFFF)
            at = self.at
            self.at = (at + _SIZE) % flash.size  # also when it fails: that place is used up
            flash.program(at, record)
            flash.read_into(at, back)
            if back == record:
                self.seq = (self.seq + 1) & 0xFFFF
                return True
        return False

    def erase(self):
        """Erases ahead where that is due; only while the contactor is open."""
        if not self.spare:
            sector = self.flash.sector
            self.flash.erase((self.at + sector - 1) // sector * sector % self.flash.size)
            self.spare = True
