"""Numbers as property data: big endian, two's complement, with the reserved codes.

A number that does not fit is sent as a code, so the usable ranges are short of the ends:
unsigned FF..FF overflow, FF..FE underflow; signed 7F..FF overflow, 80..00 underflow.
Shifts rather than powers of two keep 32-bit boards out of long integers.
"""


def put(buf, off, value, size, signed=False):
    """Writes `value` in `size` bytes (1, 2, 4) at buf[off]; returns `size`.

    Out of range becomes the overflow or underflow code.
    """
    if signed:
        bits = 8 * size - 1
        # the codes are the ends of the range themselves
        if value >> bits > 0:
            value = ~(-1 << bits)
        elif value >> bits < -1:
            value = -1 << bits
    elif value < 0:
        value = -2
    elif (value + 2) >> (8 * size):
        value = -1
    for i in range(off + size - 1, off - 1, -1):
        buf[i] = value & 0xFF
        value >>= 8
    return size


def get(buf, off, size, signed=False):
    """The number in buf[off:off + size]; None if it is an overflow or underflow code."""
    value = 0
    for i in range(off, off + size):
        value = value << 8 | buf[i]
    bits = 8 * size
    if signed:
        if value >> (bits - 1):
            value -= 1 << bits
        if (value + 1) >> (bits - 1) > 0 or (value - 1) >> (bits - 1) < -1:
            return None
    elif (value + 2) >> bits:
        return None
    return value
