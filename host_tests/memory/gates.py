"""Bounds on memory in bytes of a 32-bit board. One line each; every room adds its own.

The firmware runs whole, with board_configs/sim.py, against an energy manager without sockets:
see host_tests/bench/scenes.py. The bounds are the memory ledger of a Pico W with two sessions.
"""

from typing import NamedTuple

from board_configs import sim
from host_tests.bench import eebus_slice, scenes
from tools.build import BuildError

RETAINED = "retained"  # held after `measured` has run and a collection
GARBAGE = "garbage"  # allocated by the second run of `measured`, whether held or not
SIZE = "size"  # as GARBAGE, and exactly the bound


class Gate(NamedTuple):
    name: str
    kind: str
    setup: str
    measured: str
    bound: int


RETAINED_RATIO = 1.6  # bytes held after import, over bytes of .mpy


def _slice():
    try:
        return eebus_slice.modules()
    except BuildError:
        return {}  # whoever measures builds, too, and says what is wrong


SLICE = _slice()

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
    # code
    Gate(
        "import_retained_b",
        RETAINED,
        scenes.fakes(),
        eebus_slice.importing(SLICE),
        int(RETAINED_RATIO * sum(SLICE.values())),
    ),
    # state: what start makes, what a session adds (window, chunk, 20 subscriptions, 2 bindings),
    # and what it leaves behind
    Gate("idle_b", RETAINED, scenes.running(), "app = stage.wallbox(place)", 16384),
    # state without code: a plugged car with all use cases but CEVC, two managers with 26
    # subscriptions each
    Gate("ev_two_managers_b", RETAINED, scenes.with_car(), "x = stage.plugged(place)", 30720),
    # with CEVC, whose messages are up to 1 KB longer
    Gate(
        "ev_cevc_two_managers_b",
        RETAINED,
        scenes.with_car("", 8192),
        "x = stage.plugged(place)",
        33792,
    ),
    # what CEVC adds: three tables of 24 slots, without its code
    Gate("cevc_b", RETAINED, scenes.scheduling(), "x = Cevc(device, entity, Car())", 2048),
    # a session in which nothing happens takes 4 KB, and its window
    Gate(
        "idle_session_b",
        RETAINED,
        scenes.started(),
        "manager.greet()",
        4096 + sim.WINDOW,
    ),
    Gate("session_b", RETAINED, scenes.started(), "manager.connect()", 6144),
    Gate(
        "session_left_b",
        RETAINED,
        scenes.started(),
        "manager.connect()\nmanager.leave()",
        256,
    ),
    # messages: a discovery of 6.6 KB read, one of 4 KB asked for and rendered, others
    Gate("ejson_read_heap_b", GARBAGE, scenes.reading(), "read(data, WINDOW, out)", 1536),
    Gate(
        "render_heap_b",
        GARBAGE,
        scenes.connected(),
        "_sent = manager.wire.written\nmanager.send(discover)\nnet.turn(0)\n"
        "assert manager.wire.written - _sent > 4000",
        1024,
    ),
    Gate("a turn with nothing to do", GARBAGE, scenes.connected(), "net.turn(0)", 64),
    Gate(
        "heartbeat taken and answered",
        GARBAGE,
        scenes.connected(),
        "manager.send(heartbeat)\nnet.turn(0)",
        512,
    ),
    Gate(
        "limit taken, answered and notified",
        GARBAGE,
        scenes.limited(),
        "manager.send(limit)\nnet.turn(0)",
        1024,
    ),
    Gate(
        "heartbeat notified",
        GARBAGE,
        scenes.connected(),
        "changed(diagnosis, BEAT)\nnet.turn(0)",
        512,
    ),
    Gate(
        "measurements notified",
        GARBAGE,
        scenes.connected(),
        "changed(measurement, VALUES)\nnet.turn(0)",
        1024,
    ),
]
