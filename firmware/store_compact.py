"""Compaction of the record log, and its first erase. Seldom needed: see Store.compact()."""

from array import array

from micropython import const

_KEYS = const(128)
_PUT = const(0xA5)
_HALF = const(0xA7)
_HEAD = const(12)
_ALIGN = const(16)


def worth(s):
    """Would it at least double what is free?"""
    live = _ALIGN
    for key in s.keys():
        live += _size(s._length(s._base + s._at[key] * _ALIGN))
    return s._half - live >= 2 * s.free


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
            off += _size(len(value))
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


def _size(n):
    return (_HEAD + n + _ALIGN - 1) // _ALIGN * _ALIGN
