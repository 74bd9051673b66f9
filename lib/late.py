"""Modules that are needed seldom: loaded when they are, and not kept. On a board that costs some
milliseconds and, until the caller is done, about 1.5 times the bytes of the .mpy."""

import sys


def load(name):
    """The module of that dotted name, let go when the caller is done."""
    module = __import__(name, None, None, ("",))
    forget(name)
    return module


def forget(name):
    package, _, leaf = name.rpartition(".")
    del sys.modules[name]
    delattr(sys.modules[package], leaf)
