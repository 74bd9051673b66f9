"""Peer: partners of tools.hems on both ends: who has which place on boards with one session and
with two (6.5.2). On loopback, without namespaces."""

import asyncio
import contextlib

from host_tests.conformance.dut import Dut
from host_tests.interop import field
from host_tests.interop.checklist import equal
from host_tests.interop.hostile import GONE
from tools.hems import link, ship
from tools.hems.identity import Identity
from tools.hems.ship import Listener

PEER = "places"
VERSION = ""
HOST = "127.0.0.1"
ELSEWHERE = "127.0.0.3"
DIALLED_S = 10
CALL_S = 12  # a caller waits 10 s at most
LONGEST_S = 45  # of the wallbox's clock: it would have dialled twice

scene = field.Scenes()


class Manager:
    """A partner that listens. `links`: those that have come to data exchange."""

    def __init__(self, name):
        self.identity = Identity.create(name)
        self.listener = Listener(self.identity)

    async def start(self):
        self.port = await self.listener.start()

    @property
    def address(self):
        return f"{HOST}:{self.port}:{self.identity.ski}"

    async def accept(self, seconds=DIALLED_S):
        return await link.adopt(await self.listener.accept(seconds), self.identity)


class Field(field.Field):
    """Two managers that are dialled, a partner that calls, and a wallbox for each scene."""

    def __init__(self, build):
        super().__init__(build)
        self.managers = [Manager("first"), Manager("second")]
        self.partner = Identity.create("partner")
        self.count = 0

    async def start(self):
        for manager in self.managers:
            await manager.start()

    async def stop(self):
        for manager in self.managers:
            manager.listener.stop()

    @contextlib.asynccontextmanager
    async def wallbox(self, *managers, board="sim", options=()):
        """One that dials those managers."""
        self.count += 1
        options = ["--trust", self.partner.ski, *options]
        for manager in managers:
            options += ["--peer", manager.address]
        state = self.folder / f"state{self.count}"
        self.dut = Dut(state, self.folder / f"wallbox{self.count}.log", board, options)
        try:
            await self.dut.start()
            yield self.dut
        finally:
            await self.dut.stop()

    async def calls(self, seconds=CALL_S):
        """The partner calls until it is let in: its Link."""
        begin = self.loop.time()
        while True:
            with contextlib.suppress(*GONE, TimeoutError):
                return await link.connect(HOST, self.dut.port, self.partner, self.dut.ski)
            if self.loop.time() - begin > seconds:
                raise AssertionError(f"not let in within {seconds} s")
            await asyncio.sleep(0.5)

    async def roles(self):
        """Of the connections in data exchange."""
        return sorted(
            p["role"] for p in (await self.dut.status())["peers"] if p["state"] == "data"
        )


def checks(build):
    for name, ok, detail in scene.play(Field(build)):
        yield PEER, VERSION, name, ok, detail


async def not_dialled(f, *managers):
    """The wallbox opens no connection, however long it is waited."""
    await f.dut.advance(LONGEST_S)
    for manager in managers:
        equal("dialled", manager.listener.attempts.qsize(), 0)


def forget(*managers):
    for manager in managers:
        while not manager.listener.attempts.empty():
            manager.listener.attempts.get_nowait()


@scene("one session, the wallbox has dialled: who calls is refused before TLS")
async def one_dialled(f):
    manager = f.managers[0]
    async with f.wallbox(manager, board="sim_single"):
        own = await manager.accept()
        reader, writer = await asyncio.open_connection(HOST, f.dut.port, local_addr=(ELSEWHERE, 0))
        said = b""
        with contextlib.suppress(ConnectionError):
            said = await asyncio.wait_for(reader.read(), CALL_S)
        equal("bytes for the caller", said, b"")
        writer.close()
        equal("roles", await f.roles(), ["client"])
        own.cut()


@scene("one session: the place goes to who calls when the dialled one ends, and back")
async def one_changes(f):
    manager = f.managers[0]
    async with f.wallbox(manager, board="sim_single"):
        own = await manager.accept()
        manager.listener.refuse = True
        own.cut()
        theirs = await f.calls()
        equal("roles", await f.roles(), ["server"])
        manager.listener.refuse = False
        forget(manager)
        await not_dialled(f, manager)
        equal("roles", await f.roles(), ["server"])
        theirs.cut()
        await f.dut.advance(20)
        own = await manager.accept()
        equal("roles", await f.roles(), ["client"])
        own.cut()


@scene("two sessions: one is dialled, the last place is left to who calls")
async def two(f):
    forget(*f.managers)
    async with f.wallbox(*f.managers, options=["--heap", "300K"]):
        accepts = [asyncio.ensure_future(m.accept(CALL_S)) for m in f.managers]
        done, waiting = await asyncio.wait(accepts, return_when=asyncio.FIRST_COMPLETED)
        other = f.managers[accepts.index(waiting.pop())]
        forget(other)
        await not_dialled(f, other)
        theirs = await f.calls()
        equal("roles", await f.roles(), ["client", "server"])
        theirs.cut()
        for own in done:
            own.result().cut()
        for accept in accepts:
            accept.cancel()
        with contextlib.suppress(ship.ShipError, asyncio.CancelledError):
            await asyncio.gather(*accepts)


CHECKS = scene.names
