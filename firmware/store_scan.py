"""The start of the store: which half is in use, and what is in it. Needed once."""

from late import load
from micropython import const

_KEYS = const(128)
_PUT = const(0xA5)
_HALF = const(0xA7)
_ALIGN = const(16)
_PAGE = const(256)


def scan(s):
    """Fills the index of the Store `s`; formats an area without a log."""
    half = s._half
    first = _header(s, 0)
    second = _header(s, half)
    if first or second:
        _take(s, half if second > first else 0, max(first, second))
        return
    # Records without a header: its 16 bytes have gone bad. They are worth more than it.
    second = _take(s, half, 0)
    if second > _take(s, 0, 0):
        _take(s, half, 0)
    elif s._seq == 0:
        _format(s)


def _header(s, off):
    """Sequence of the header at `off`, 0 without a valid one."""
    s._seq = 0
    s._check(off)
    return s._seq


def _format(s):
    # A brand-new area is erased already: nothing to wait for.
    blank = b"\xff" * _PAGE
    for off in range(0, s._half, _PAGE):
        s._flash.read_into(off, s._page)
        if s._page != blank:
            load("firmware.store_compact").erase(s, 0)
            break
    s._place(0, _HALF, 0, b"")
    s._end = _ALIGN


def _take(s, base, header):
    """Takes the half at `base` into use: index, end, and _seq, which it returns."""
    s._base = base
    at = s._at
    for key in range(_KEYS):
        at[key] = 0
    off = base + _ALIGN
    used = _used(s)
    s._seq = 0
    torn = False
    while off < used:
        n = s._check(off)
        torn = not n
        if n:
            at[s._page[1]] = (off - base) // _ALIGN if s._page[0] == _PUT else 0
            off += n
        else:
            off += _ALIGN
    if torn:
        # Bits of a torn record may read as erased now and not the next time: leave the
        # pages that were being programmed.
        off = min((off // _PAGE + 1) * _PAGE, base + s._half)
    s._end = off
    s._seq = max(s._seq, header)  # what compact() wrote is older than the header
    return s._seq


def _used(s):
    """Offset behind the last programmed byte of the half in use, up to _ALIGN."""
    blank = b"\xff" * _PAGE
    off = s._base + s._half
    while off > s._base:
        off -= _PAGE
        s._flash.read_into(off, s._page)
        if s._page != blank:
            n = _PAGE
            while s._page[n - 1] == 0xFF:
                n -= 1
            return off + (n + _ALIGN - 1) // _ALIGN * _ALIGN
    return off
