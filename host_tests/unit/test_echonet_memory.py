"""A frame costs one buffer, made once, and a constant number of small objects.

Only MicroPython can tell: on CPython these tests look at nothing.
"""

import gc

from echonet_bench import ADDR, bench, octets

from echonet import Device
from echonet.device import SUPER

_SMALL = 128  # bytes per frame on a 64-bit interpreter: the view that tx() returns, and little


class Lean(Device):
    """A device whose own methods leave no garbage."""

    def __init__(self):
        Device.__init__(
            self, 0x02A1, 1, SUPER + b"\xc7\x05\x01\xd3\x01\x04\xda\x07\x01\xeb\x03\x04"
        )
        self.mode = 0x42

    def get(self, epc, buf, off):
        if epc < 0xC0:
            return Device.get(self, epc, buf, off)
        buf[off] = self.mode
        return 1 if epc == 0xDA or epc == 0xC7 else 4

    def set(self, epc, mv):
        if epc == 0xDA:
            if mv[0] > 0x47:
                return False
            self.mode = mv[0]
        return True


def _serve(node, frame, now):
    node.rx(frame, ADDR, now)
    while node.tx() is not None:
        pass


def _garbage(frame, count):
    """Bytes per frame; None where the interpreter cannot tell."""
    if not hasattr(gc, "mem_alloc"):
        return None
    node = bench(Lean())
    frame = memoryview(octets(frame))
    for i in range(4):
        _serve(node, frame, 1000 * i)
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    for i in range(count):
        _serve(node, frame, 5000 + 21 * i)
    used = gc.mem_alloc() - before
    gc.enable()
    assert node.served == 4 + count
    return used // count


def test_garbage_does_not_grow_with_the_frame():
    ask = "1081 0001 05FF01 02A101 "
    for frame in (
        "62 01 C700",
        "62 20 " + "C700D300DA00EB00" * 8,
        "61 20 " + "DA0142" * 32,
        "61 20 " + "DA0199" * 32,
        "6E 10 " + "EB0400001234" * 16 + "10" + "EB00" * 16,
        "63 08 " + "C700" * 8,
    ):
        used = _garbage(ask + frame, 100)
        assert used is None or used <= _SMALL, (frame, used)


def test_dropped_frames_cost_nothing():
    for frame in ("1081 0001 05FF01 013001 62 01 8000", "1081 0001 05FF01 02A101 62 FF 8000"):
        if not hasattr(gc, "mem_alloc"):
            continue
        node = bench(Lean())
        raw = memoryview(octets(frame))
        node.rx(raw, ADDR, 0)
        gc.collect()
        gc.disable()
        before = gc.mem_alloc()
        for i in range(100):
            node.rx(raw, ADDR, i)
        used = gc.mem_alloc() - before
        gc.enable()
        assert used == 0, used


def test_nothing_is_retained():
    if not hasattr(gc, "mem_alloc"):
        return
    node = bench(Lean())
    frames = [
        memoryview(octets("1081 0001 05FF01 02A101 " + frame))
        for frame in ("62 01 C700", "61 01 DA0144", "61 01 DA0142", "61 01 81016D", "63 01 8000")
    ]
    for now in range(0, 4000, 100):
        for frame in frames:
            _serve(node, frame, now)
    gc.collect()
    before = gc.mem_alloc()
    for now in range(4000, 24000, 100):
        for frame in frames:
            _serve(node, frame, now)
            node.tick(now)
    gc.collect()
    assert gc.mem_alloc() - before <= 256
