"""Times over loopback: tools.sim at real speed and the bench energy manager, over TLS."""

import asyncio
import contextlib
import json
import sys
import tempfile
import time
from statistics import median

from tools import ROOT
from tools.hems.energyguard import LIMIT, EnergyGuard
from tools.hems.identity import Identity
from tools.hems.link import connect
from tools.hems.spine import NODE_MANAGEMENT

WRITES = 100
CONNECTS = 15
_READY_S = 40


class LoopbackError(Exception):
    """The simulator did not start, or refused; the text says what it said."""


@contextlib.asynccontextmanager
async def simulator(trusted, *options):
    """A tools.sim that trusts that SKI, if any; gives its ready event."""
    trust = ("--trust", trusted) if trusted else ()
    with tempfile.TemporaryDirectory() as state:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tools.sim", "--state", state),
            *("--port", "0", *trust, *options),
            cwd=ROOT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            line = await asyncio.wait_for(process.stdout.readline(), _READY_S)
            if not line:
                said = (await process.stderr.read()).decode(errors="replace").strip()
                raise LoopbackError(said[-300:])
            rest = asyncio.create_task(process.stdout.read())  # or the pipe might fill up
            yield json.loads(line)
            rest.cancel()
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


async def connect_to_limit():
    """Median ms from TCP to the limits. Raises LoopbackError and what tools.hems raises."""
    identity = Identity.create()
    async with simulator(identity.ski) as ready:
        peer = ready["host"], ready["port"], identity, ready["ski"]
        return median([await _connect(*peer) for _ in range(CONNECTS)])


async def limit_result():
    """Median ms from a write of a limit to its result. Raises as connect_to_limit()."""
    identity = Identity.create()
    async with simulator(identity.ski) as ready:
        link = await connect(ready["host"], ready["port"], identity, ready["ski"])
        try:
            return median(await _writes(link))
        finally:
            await link.close()


async def _connect(host, port, identity, ski):
    """TLS, SHIP handshake, detailed discovery, read: ms."""
    start = time.perf_counter()
    link = await connect(host, port, identity, ski)
    try:
        discovery = "nodeManagementDetailedDiscoveryData"
        link.remote.take_discovery(await link.spine.read(discovery, NODE_MANAGEMENT))
        await link.read(LIMIT, "LoadControl")
        return (time.perf_counter() - start) * 1000
    finally:
        await link.close()


async def _writes(link):
    """Other values in turn: ms of each."""
    guard = EnergyGuard(link)
    await guard.setup()
    await guard.heartbeat()
    taken = []
    for i in range(WRITES):
        start = time.perf_counter()
        error = await guard.write_limit(value=5000 + 10 * i, active=True)
        taken.append((time.perf_counter() - start) * 1000)
        if error:
            raise LoopbackError(f"write {i} was refused with error {error}")
    return taken
