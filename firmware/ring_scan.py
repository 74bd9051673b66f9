"""The start of the event ring: where the next record goes. Needed once."""

import struct
from binascii import crc32

from micropython import const

_SIZE = const(16)
_CHECKED = const(14)


def scan(ring):
    """Finds the newest record of the Ring, and whether the sector after it is erased."""
    flash = ring.flash
    record = ring.record
    newest = -1
    for at in range(0, flash.size, _SIZE):
        flash.read_into(at, record)
        if struct.unpack_from("<H", record, _CHECKED)[0] == crc32(ring.checked) & 0xFFFF:
            seq = struct.unpack_from("<H", record)[0]
            # it wraps, and all records together are far fewer
            if newest < 0 or not (seq - ring.seq) & 0x8000:
                newest = at
                ring.seq = seq
    sector = flash.sector
    at = 0
    if newest >= 0:
        ring.seq = (ring.seq + 1) & 0xFFFF
        # what was torn after it stays unused
        at = end = newest // sector * sector + sector
        while at > newest + _SIZE and _blank(ring, at - _SIZE, _SIZE):
            at -= _SIZE
        ring.spare = _blank(ring, end % flash.size, sector)
    else:
        ring.spare = _blank(ring, 0, sector)
    ring.at = at % flash.size


def _blank(ring, start, n):
    record = ring.record
    for at in range(start, start + n, _SIZE):
        ring.flash.read_into(at, record)
        if record != b"\xff" * _SIZE:
            return False
    return True
