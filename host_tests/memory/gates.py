"""Bounds on memory in bytes of a 32-bit board. One line each; every room adds its own."""

from typing import NamedTuple

RETAINED = "retained"  # held after `measured` has run and a collection
GARBAGE = "garbage"  # allocated by the second run of `measured`, whether held or not
SIZE = "size"  # as GARBAGE, and exactly the bound


class Gate(NamedTuple):
    name: str
    kind: str
    setup: str
    measured: str
    bound: int


GATES = [
    # the harness itself: these are the sizes of the Cortex-M and Xtensa builds
    Gate("small int", SIZE, "", "y = 1 << 29", 0),
    Gate("float", SIZE, "x = 1.5", "y = x * 2.5", 16),
    Gate("bytes of 8", SIZE, "", "y = bytes(8)", 32),
    Gate("bytearray of 64", SIZE, "", "y = bytearray(64)", 80),
    Gate("memoryview slice", SIZE, "x = memoryview(bytes(8))", "y = x[2:4]", 16),
    Gate("tuple of 4", SIZE, "x = 1", "y = (x, x, x, x)", 32),
    Gate("dict of 4", SIZE, "", "y = {1: 1, 2: 2, 3: 3, 4: 4}", 48),
    Gate("bytes of 1000, held", RETAINED, "x = None", "x = bytes(1000)", 1024),
    Gate("garbage is not held", RETAINED, "x = None", "x = bytes(50000)\nx = None", 0),
    # the leaves
    Gate("import ticks", RETAINED, "", "import ticks", 640),
    Gate("ticks.diff", GARBAGE, "from ticks import diff", "y = diff(5, 0x3FFFFFFF)", 0),
]
