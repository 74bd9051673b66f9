"""What lib/ and firmware/ need of MicroPython's `micropython` module, on CPython."""

import builtins


def const(value):
    return value


def _same(value):
    return value


native = viper = _same
# the casts of the viper type system, so that _fast.viper also runs as plain Python
builtins.ptr8 = builtins.ptr16 = builtins.ptr32 = _same
builtins.uint = int


def heap_lock():
    return 0


def heap_unlock():
    return 0
