"""Compaction of the record log, and its first erase. Seldom needed: see Store.compact()."""

from array import array

from micropython import const

_KEYS = const(128)
_PUT = const(0xA5)
_HALF = const(0xA7)
_HEAD = const(12)
_ALIGN = const(16)


def compact(s, keep):
    """Moves the values of the Store `s` to its other half."""
    old = s._base
    base = s._half - old
    erase(s, base)
    at = array("H", bytes(2 * _KEYS))
    off = base + _ALIGN
    for key in s.keys():
        if keep is None or key in keep:
            value = s.get(key)
            s._place(off, _PUT, key, value)
            at[key] = (off - base) // _ALIGN
            off += (_HEAD + len(value) + _ALIGN - 1) // _ALIGN * _ALIGN
    s._place(base, _HALF, 0, b"")
    s._base = base
    s._end = off
    s._at = at
    if keep is not None:
        erase(s, old)


def erase(s, base):
    """The half at `base`."""
    for off in range(base, base + s._half, s._flash.sector):
        s._flash.erase(off)
