"""Simulator set-ups: each group of cases gets its own process and a fresh state directory."""

import asyncio
import contextlib
import tempfile
from pathlib import Path

from host_tests.conformance.bench import Bench
from host_tests.conformance.dut import Dut
from host_tests.conformance.limits import LimitBench
from host_tests.conformance.measurements import MeasurementBench
from tools.hems.identity import Identity
from tools.hems.ship import Listener

# In running order.
GROUPS = ("server", "client", "quiet", "quiet client", "forged", "mdns", "lpc", "lpp", "mpc")
_BENCH = {
    "lpc": (LimitBench, "sim"),
    "lpp": (LimitBench, "sim_feedin"),
    "mpc": (MeasurementBench, "sim_feedin"),
}
QUIET = ["--ask-access", "off"]  # PAR_queryAccessMethods=no
FORGED_SKI = "f0" * 20


@contextlib.asynccontextmanager
async def set_up(group, logs):
    """A Bench on a running simulator. Raises DutError when the simulator does not run."""
    with tempfile.TemporaryDirectory(prefix="plugship-conformance-") as state:
        log = Path(logs) / f"conformance-{group}.log"
        log.unlink(missing_ok=True)
        opener = _dialled if group in ("client", "quiet client", "forged") else _served
        bench = await opener(group, Path(state), log)
        try:
            yield bench
        finally:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(bench.settle(), 10)
            if bench.listener:
                bench.listener.stop()
            await bench.dut.stop()


async def _served(group, state, log):
    identity = Identity.create()
    kind, board = _BENCH.get(group, (Bench, "sim"))
    options = ["--trust", identity.ski]
    if group == "mdns":
        options += ["--mdns", "on"]
    if group == "quiet":
        options += QUIET
    dut = Dut(state, log, board, options)
    await _start(dut)
    return kind(dut, identity, group) if kind is LimitBench else kind(dut, identity)


async def _dialled(group, state, log):
    # The device's SKI decides who is the greater one (12.2.2), so it is asked for first.
    first = Dut(state, log)
    await _start(first)
    await first.stop()
    if group == "forged":
        identity = Identity.create(claimed_ski=FORGED_SKI)
    else:
        identity = Identity.create_below(first.ski)
    listener = Listener(identity)
    listener.refuse = True
    port = await listener.start()
    peer = f"127.0.0.1:{port}:{identity.claimed_ski}"
    options = ["--peer", peer] + (QUIET if group == "quiet client" else [])
    dut = Dut(state, log, "sim", options)
    try:
        await _start(dut)
    except BaseException:
        listener.stop()
        raise
    return Bench(dut, identity, "client", listener)


async def _start(dut):
    try:
        await dut.start()
    except BaseException:
        await dut.stop()
        raise
