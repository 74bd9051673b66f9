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
from tools.hems.monitor import Monitor
from tools.hems.spine import NODE_MANAGEMENT
from tools.sim.options import default_heap

WRITES = 100
CONNECTS = 15
HEAP = int(default_heap("sim").rstrip("K")) << 10  # bytes
_READY_S = 40
_ROUNDS = 3
_FEW = 5


class LoopbackError(Exception):
    """The simulator did not start, or refused; the text says what it said."""


class Running:
    """A tools.sim that is ready: `ready` is that event."""

    def __init__(self, process, ready):
        self.ready = ready
        self._process = process

    async def status(self):
        """Its reply to the command status."""
        self._process.stdin.write(b'{"cmd": "status"}\n')
        while line := await asyncio.wait_for(self._process.stdout.readline(), _READY_S):
            reply = json.loads(line)
            if "event" not in reply:
                return reply
        raise LoopbackError((await self._process.stderr.read()).decode().strip()[-300:])


@contextlib.asynccontextmanager
async def simulator(trusted, *options):
    """A tools.sim with those options that trusts those SKIs: Running. Few of its events come
    before it ends: nobody has to read them."""
    with tempfile.TemporaryDirectory() as state:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tools.sim", "--state", state, "--port", "0", *options),
            *(word for ski in trusted for word in ("--trust", ski)),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            line = await asyncio.wait_for(process.stdout.readline(), _READY_S)
            if not line:
                said = (await process.stderr.read()).decode(errors="replace").strip()
                raise LoopbackError(said[-300:])
            yield Running(process, json.loads(line))
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


async def connect_to_limit():
    """Median ms from TCP to the limits. Raises LoopbackError and what tools.hems raises."""
    identity = Identity.create()
    async with simulator([identity.ski]) as wallbox:
        ready = wallbox.ready
        peer = ready["host"], ready["port"], identity, ready["ski"]
        return median([await _connect(*peer) for _ in range(CONNECTS)])


async def limit_result():
    """Median ms from a write of a limit to its result. Raises as connect_to_limit()."""
    identity = Identity.create()
    async with simulator([identity.ski]) as wallbox:
        ready = wallbox.ready
        link = await connect(ready["host"], ready["port"], identity, ready["ski"])
        try:
            guard = EnergyGuard(link)
            await guard.setup()
            return median(await _writes(guard, WRITES))
        finally:
            await link.close()


async def two_managers():
    """Bytes in use of the simulator's usual heap, with mDNS, a guard and a second manager that
    monitors. Raises as connect_to_limit(), also when either connection is lost."""
    identities = [Identity.create(), Identity.create()]
    async with simulator([identity.ski for identity in identities], "--mdns", "on") as wallbox:
        ready = wallbox.ready
        links = [
            await connect(ready["host"], ready["port"], identity, ready["ski"])
            for identity in identities
        ]
        guard = EnergyGuard(links[0])
        await guard.setup()
        await links[1].discover()
        monitors = [Monitor(link) for link in links]
        for monitor in monitors:
            await monitor.setup()
        for _ in range(_ROUNDS):
            await _writes(guard, _FEW)
            for monitor in monitors:
                await monitor.read()
        status = await wallbox.status()
        for link in links:
            await link.close()
    states = [peer["state"] for peer in status["peers"]]
    if states != ["data", "data"]:
        raise LoopbackError(f"the connections are {states}")
    return HEAP - status["heap_free"]


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


async def _writes(guard, count):
    """Other values in turn: ms of each."""
    await guard.heartbeat()
    taken = []
    for i in range(count):
        start = time.perf_counter()
        error = await guard.write_limit(value=5000 + 10 * i, active=True)
        taken.append((time.perf_counter() - start) * 1000)
        if error:
            raise LoopbackError(f"write {i} was refused with error {error}")
    return taken
