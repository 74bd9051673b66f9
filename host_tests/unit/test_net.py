"""The loop of the firmware: who runs out of memory loses a packet, not the wallbox."""

import sys

try:
    import tls  # noqa: F401
except ImportError:
    # CPython has none, and nothing here needs it
    sys.modules["tls"] = sys

from firmware.clock import Clock
from firmware.net import Net


class Node:
    odd = ()
    conns = ()


class Poll:
    """Everything that is registered is readable."""

    def __init__(self, files):
        self.files = files

    def ipoll(self, most):
        return [(file, 1) for file in self.files]


class Timer:
    """Runs out of memory at its first tick."""

    ticks = 0

    def tick(self, now):
        self.ticks += 1
        if self.ticks == 1:
            raise MemoryError
        return 700


def _net(watched=(), real=()):
    net = object.__new__(Net)
    net.clock = Clock()
    net.node = Node()
    net.peers = []
    net.timers = []
    net.watched = list(watched)
    net.real = list(real)
    net.poll = Poll([file for file, _ in watched])
    return net


def test_a_packet_without_memory():
    calls = []

    def receive():
        calls.append(1)
        raise MemoryError

    timer = Timer()
    timer.ticks = 1
    assert _net([("socket", receive)], [timer]).turn(0) == 700
    assert calls == [1]


def test_an_announcement_without_memory():
    timers = [Timer(), Timer()]
    net = _net(real=timers)
    assert net.fire() == -1
    assert net.fire() == 700
    assert [t.ticks for t in timers] == [2, 2]
