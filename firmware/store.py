"""Identity, settings and counters: an append-only log of records in an area of raw flash.

The area has two halves of whole sectors. One is in use, the other is spare until compact()
copies what is still valid into it. A half starts with a header, which is written last: so a
half that was not filled completely is never used, and a power cut at any moment leaves the
old state or the new one.

    record: kind 1, key 1, length 2, sequence 4, CRC-32 4, value (length), to a multiple of 16
    header of a half: the same with key 0 and no value; the higher sequence is in use

Numbers are little endian. The CRC starts with the offset of the record in the area, so no
bytes inside a value can pass for a record. The newest valid record of a key counts; a torn
one is skipped. A record of more than a page is several program operations and becomes valid
with the last of them.

The flash object offers `size`, `sector`, read_into(off, buf), program(off, mv) (at most 256
bytes, never across a page of 256, clears bits only) and erase(off) (one sector, to 0xFF).
A save costs one or two program operations and may happen at any time. compact() erases, which
halts the processor for 45 to 400 ms: only while the contactor is open.
"""

import struct
from array import array
from binascii import crc32

from late import load
from micropython import const

# Keys, 1 to 127. A number is never used again for something else.
# Identity: made once, survives the factory reset.
CERT = const(1)  # X.509 certificate, DER
PRIVATE_KEY = const(2)  # P-256 private key, SEC1 DER
SHIP_ID = const(3)  # text
SERIAL = const(4)  # serial number, text
IDENTITY = (CERT, PRIVATE_KEY, SHIP_ID, SERIAL)
PEN = const(12345)  # private enterprise number of the SHIP IDs that are made
# Settings and what must outlive a power cut.
SETTINGS = const(8)  # name of the WLAN, a zero byte, its password
PIN = const(9)  # 0 none, 1 required, 2 optional; the PIN: 8 to 16 hex digits (6.9.6)
LPC_FAILSAFE = const(10)  # limit and duration that the energy guard wrote
LPP_FAILSAFE = const(11)
ENERGY = const(12)  # counters in Wh
FAULTS = const(13)  # those that stay until somebody has looked
ECHONET = const(15)  # settable properties that are kept
INSTALLER = const(16)  # see firmware.installer
WRONG_PINS = const(17)  # one byte: inputs since the last right one
# SHIP Pairing Service
PAIRING_SECRET = const(20)  # 16 bytes
PAIRING_USED = const(21)  # digests, 32 bytes each
PAIRED = const(22)  # fingerprint of the control unit, 32 bytes; its SKI, when it has come
ECHONET_MAKER = const(23)  # manufacturer code, 3 bytes
# 24, 25 and 26: the key that comes after ours, and what partners know of it; firmware.successor
# what survives the factory reset: the label stays true, and no old request is honoured again
KEPT = IDENTITY + (PAIRING_SECRET, PAIRING_USED, ECHONET_MAKER, 24, 25, 26)
# Trusted peers, one record each: TRUST to TRUST + TRUST_MAX - 1.
TRUST = const(32)
TRUST_MAX = const(8)
# PINs and the trusted peer at the same place: 1 when it has entered ours, 0 if not; its own.
PARTNER_PIN = const(40)
# 18 and 48 to 55: firmware.trust, more about them.
# 64 to 127 are kept free for a ring of events.

MAX_VALUE = const(2048)

_KEYS = const(128)
_PUT = const(0xA5)
_DELETED = const(0xA6)
_HALF = const(0xA7)
_HEAD = const(12)
_ALIGN = const(16)  # what flash encryption of the ESP32 programs at once
_PAGE = const(256)


class StoreFull(Exception):
    """The half in use has no room for the record; what was stored before is unchanged."""


class Store:
    """The record log on `flash`. An area without a log is erased where needed and gets one.

    Raises ValueError when the area is not two halves of whole sectors.
    """

    def __init__(self, flash):
        self._flash = flash
        self._half = flash.size // 2
        if self._half % flash.sector or not 0 < self._half <= 0x100000:
            raise ValueError("store needs two halves of whole sectors")
        self._page = bytearray(_PAGE)
        self._mv = memoryview(self._page)
        self._base = self._end = self._seq = 0
        self._at = array("H", bytes(2 * _KEYS))  # offset in the half / _ALIGN, 0: none
        from firmware.store_scan import scan

        scan(self)

    # -- for the caller ------------------------------------------------------------------

    def get(self, key):
        """The value as bytes, None without one."""
        at = self._at[key]
        if not at:
            return None
        off = self._base + at * _ALIGN
        value = bytearray(self._length(off))
        self._flash.read_into(off + _HEAD, value)
        return bytes(value)

    def put(self, key, value):
        """Stores a bytes-like value; it is durable on return. An equal value costs no write.

        Raises StoreFull (compact, then try again), ValueError for a bad key or a value of more
        than MAX_VALUE bytes, OSError when the flash does not hold what was written.
        """
        if not 0 < key < _KEYS or len(value) > MAX_VALUE:
            raise ValueError("key 1 to 127, value of at most 2048 bytes")
        if not self._same(key, memoryview(value)):
            self._append(_PUT, key, value)

    def delete(self, key):
        """Forgets the value; durable on return. Raises StoreFull: the value is still there."""
        if self._at[key]:
            self._append(_DELETED, key, b"")

    def keys(self):
        """The keys that have a value, ascending."""
        return [key for key in range(1, _KEYS) if self._at[key]]

    @property
    def free(self):
        """Bytes left before StoreFull; a record takes 12 more than its value, rounded to 16."""
        return self._base + self._half - self._end

    @property
    def need_compaction(self):
        """True when a quarter is left and compact() would at least double it."""
        return self.free <= self._half // 4 and load("firmware.store_compact").worth(self)

    def compact(self, keep=None):
        """Moves the values to the other half; only while the contactor is open (see above).

        With `keep`, a sequence of keys, all others are forgotten in the same step, and the
        half they were in is erased as well. Raises OSError when the flash does not hold what
        was written; then the old half stays in use.
        """
        load("firmware.store_compact").compact(self, keep)

    # -- records -------------------------------------------------------------------------

    def _check(self, off):
        """Bytes of the valid record at `off`, 0 without one.

        A valid one leaves its sequence in _seq, kind and key in _page[0] and [1].
        """
        mv = self._mv
        self._flash.read_into(off, mv[:_HEAD])
        kind, key, n, seq, crc = struct.unpack_from("<BBHII", self._page, 0)
        room = self._half - off % self._half
        if kind < _PUT or kind > _HALF or (key == 0) != (kind == _HALF):
            return 0
        if key >= _KEYS or n > MAX_VALUE or _size(n) > room:
            return 0
        seen = crc32(mv[:8], off)
        done = 0
        while done < n:
            part = mv[: min(n - done, _PAGE)]
            self._flash.read_into(off + _HEAD + done, part)
            seen = crc32(part, seen)
            done += len(part)
        if seen != crc:
            return 0
        self._page[0] = kind
        self._page[1] = key
        self._seq = seq
        return _size(n)

    def _append(self, kind, key, value):
        size = _size(len(value))
        off = self._end
        if off + size > self._base + self._half:
            raise StoreFull("%d bytes left, %d wanted" % (self.free, size))
        self._end = off + size  # also when it fails: programmed flash is used up
        self._place(off, kind, key, value)
        self._at[key] = (off - self._base) // _ALIGN if kind == _PUT else 0

    def _place(self, off, kind, key, value):
        """Programs one record page by page and reads it back, with the sequence after _seq."""
        page = self._page
        mv = self._mv
        start = off
        n = len(value)
        value = memoryview(value)
        struct.pack_into("<BBHI", page, 0, kind, key, n, self._seq + 1)
        struct.pack_into("<I", page, 8, crc32(value, crc32(mv[:8], off)))
        fill = _HEAD
        done = 0
        while True:
            take = min(_PAGE - off % _PAGE - fill, n - done)
            mv[fill : fill + take] = value[done : done + take]
            fill += take
            done += take
            self._flash.program(off, mv[:fill])
            off += fill
            fill = 0
            if done == n:
                break
        if not self._check(start):
            raise OSError(5, "flash does not hold what was written")

    def _same(self, key, value):
        at = self._at[key]
        off = self._base + at * _ALIGN
        if not at or self._length(off) != len(value):
            return False
        off += _HEAD
        done = 0
        while done < len(value):
            part = self._mv[: min(len(value) - done, _PAGE)]
            self._flash.read_into(off + done, part)
            if part != value[done : done + len(part)]:
                return False
            done += len(part)
        return True

    def _length(self, off):
        self._flash.read_into(off + 2, self._mv[:2])
        return self._page[0] | self._page[1] << 8


def _size(n):
    """Bytes that a record with a value of `n` bytes takes."""
    return (_HEAD + n + _ALIGN - 1) // _ALIGN * _ALIGN
