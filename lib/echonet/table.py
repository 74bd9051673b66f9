"""Property tables and the property maps 0x9D, 0x9E, 0x9F made from them.

A table is bytes, three per property, ascending by EPC: EPC, access, size.
Access is the sum of GET, SET, INF and VAR; with VAR the data has 1 to `size` bytes,
without it exactly `size`.
"""

from micropython import const

GET = const(1)
SET = const(2)
INF = const(4)
VAR = const(8)


def find(props, epc):
    """Index of the entry of `epc` in a table, -1 if the object has no such property."""
    for i in range(0, len(props), 3):
        if props[i] == epc:
            return i
    return -1


def put_map(props, access, buf, off):
    """Writes the map of the properties with `access` at buf[off]; returns its length (1..17).

    Fewer than 16 properties: count and list. Else: count and 16 bytes, one for each low
    nibble of the EPC, bit 0 for 0x8n to bit 7 for 0xFn (Appendix, annex 1).
    """
    count = 0
    for i in range(1, len(props), 3):
        if props[i] & access:
            count += 1
    buf[off] = count
    if count < 16:
        at = off
        for i in range(0, len(props), 3):
            if props[i + 1] & access:
                at += 1
                buf[at] = props[i]
        return count + 1
    for i in range(off + 1, off + 17):
        buf[i] = 0
    for i in range(0, len(props), 3):
        if props[i + 1] & access:
            epc = props[i]
            buf[off + 1 + (epc & 15)] |= 1 << ((epc >> 4) - 8)
    return 17
