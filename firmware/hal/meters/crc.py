"""CRC-16, least bit first, with a table of 16 entries: 32 bytes, a third of the bitwise time."""

from array import array

from micropython import const

_ARC = const(0xA001)
_CCITT = const(0x8408)


def _table(polynomial):
    table = array("H", bytes(32))
    for i in range(16):
        crc = i
        for _ in range(4):
            crc = crc >> 1 ^ (polynomial if crc & 1 else 0)
        table[i] = crc
    return table


def _run(table, crc, buf, start, end):
    for i in range(start, end):
        crc ^= buf[i]
        crc = crc >> 4 ^ table[crc & 15]
        crc = crc >> 4 ^ table[crc & 15]
    return crc


_arc = _table(_ARC)
_ccitt = _table(_CCITT)


def modbus(buf, start, end):
    """Of Modbus RTU, sent low byte first."""
    return _run(_arc, 0xFFFF, buf, start, end)


def arc(buf, start, end, crc=0):
    """Of a P1 telegram, to be continued with `crc`."""
    return _run(_arc, crc, buf, start, end)


def x25(buf, start, end):
    """Of the SML transport, sent low byte first."""
    return _run(_ccitt, 0xFFFF, buf, start, end) ^ 0xFFFF
