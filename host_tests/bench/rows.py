"""The rows of the table: what is measured, in which unit, against which bar."""

import asyncio
from typing import NamedTuple

from board_configs import sim
from host_tests.bench import (
    burst,
    echonet,
    eebus_slice,
    handshake,
    loopback,
    scenes,
    unix,
    use_cases,
)
from host_tests.bench.modules import BYTECODE
from host_tests.memory.__main__ import measure
from host_tests.memory.gates import GATES, RETAINED_RATIO
from host_tests.memory.wasm import Wasm


class Row(NamedTuple):
    name: str
    unit: str
    bar: float | None  # at most; None: for information
    note: str


ROWS = (
    Row("ejson_read_heap_b", "B", 1536, "6.6 KB discovery, window and walker included, 32 bit"),
    Row("ejson_read_vs_c", "", 0.8, "time over json.loads and extraction, unix port"),
    Row("ejson_long_minheap_delta_b", "B", 2048, "least heap for 95 KB less that for 6.6 KB"),
    Row("render_heap_b", "B", 1024, "4 KB discovery asked for, rendered, sent, 32 bit"),
    Row("limit_result_ms_p50", "ms", 10, f"median of {loopback.WRITES} writes, loopback TLS"),
    Row("connect_to_limit_ms", "ms", 80, f"median of {loopback.CONNECTS}, TCP to limit list"),
    Row(
        "ship_handshake_server_ms",
        "ms",
        15,
        f"101 to access methods with eebus-go, it dials, median of {handshake.CONNECTS}",
    ),
    Row("ship_handshake_client_ms", "ms", 15, "the same, the wallbox dials"),
    Row(
        "burst40_ms",
        "ms",
        400,
        f"{burst.READS} reads at once, last reply, median of {burst.ROUNDS}, loopback TLS",
    ),
    Row("echonet_get24_ms", "ms", 20, f"24 properties, median of {echonet.GETS}, loopback UDP"),
    Row(
        "two_managers_heap_b",
        "B",
        loopback.HEAP - 4096,
        f"in use of {loopback.HEAP:,}: simulator, mDNS, guard and monitor connected, 64 bit",
    ),
    Row("mpy_bytes", "B", 53248, "EEBUS server, LPC, MPC, EVSECC, mDNS responder"),
    Row("usecase_mpy_avg_b", "B", 3072, "lib/usecases and what binds it, over the use cases"),
    Row("import_retained_ratio", "", RETAINED_RATIO, "heap after import over mpy_bytes, 32 bit"),
    Row("import_retained_b", "B", None, "heap after import, 32 bit"),
    Row("idle_b", "B", 16384, "state after start, send buffer and mDNS included, 32 bit"),
    Row(
        "ev_two_managers_b",
        "B",
        30720,
        "all state: plugged car, all its use cases but CEVC, two managers, 32 bit",
    ),
    Row("ev_cevc_two_managers_b", "B", None, "the same with CEVC: 1 KB of it longer messages"),
    Row("idle_session_b", "B", 4096 + sim.WINDOW, "data phase, discovery read, window, 32 bit"),
    Row("session_b", "B", 6144, "one more, 20 subscriptions, 2 bindings, partner, 32 bit"),
)


class Values:
    """`found`: value by row name; `failed`: why there is none, by row name."""

    def __init__(self):
        self.found = {}
        self.failed = {}

    def take(self, name, measurement, *arguments):
        """Notes what `measurement` returns."""
        try:
            self.found[name] = measurement(*arguments)
        except Exception as error:  # one that fails must not hide the others
            lines = str(error).strip().splitlines() or [""]
            self.failed[name] = f"{type(error).__name__}: {lines[-1]}"


def run():
    """Measures everything: Values. Raises BuildError and NotInstalled."""
    values = Values()
    with Wasm() as wasm:
        size = sum(eebus_slice.modules().values())
        wasm.put_tree(BYTECODE)
        values.take("mpy_bytes", _whole, wasm, size)
        wanted = {row.name for row in ROWS}
        for gate in GATES:
            if gate.name in wanted:
                values.take(gate.name, measure, wasm, gate)
    if "import_retained_b" in values.found:
        values.found["import_retained_ratio"] = values.found["import_retained_b"] / size
    values.take("usecase_mpy_avg_b", use_cases.average)
    unix.prepare()
    values.take("ejson_read_vs_c", unix.read_vs_c)
    values.take("ejson_long_minheap_delta_b", unix.long_minheap_delta)
    values.take("limit_result_ms_p50", asyncio.run, loopback.limit_result())
    values.take("connect_to_limit_ms", asyncio.run, loopback.connect_to_limit())
    values.take("ship_handshake_server_ms", handshake.as_server)
    values.take("ship_handshake_client_ms", handshake.as_client)
    values.take("burst40_ms", asyncio.run, burst.burst())
    values.take("echonet_get24_ms", asyncio.run, echonet.get24())
    values.take("two_managers_heap_b", asyncio.run, loopback.two_managers())
    return values


def _whole(wasm, size):
    """`size`, when the slice is all that a running wallbox has loaded. Raises LookupError."""
    wasm.fresh()
    wasm.run(scenes.connected())
    loaded = wasm.run("import sys\nprint(*sys.modules)").split()
    forgotten = eebus_slice.forgotten(loaded)
    if forgotten:
        raise LookupError(f"not in the slice, but loaded: {', '.join(forgotten)}")
    return size
