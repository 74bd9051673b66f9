"""Peer: managers that only listen, announced by python-zeroconf: the wallbox must find and dial
them (6.4.5, 6.5.4)."""

import asyncio
import contextlib
import socket

from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from host_tests.conformance.dut import Dut
from host_tests.interop import field
from tools.hems import handshake, link, ship
from tools.hems.find import SERVICE
from tools.hems.identity import Identity
from tools.hems.ship import Listener

PEER = "listening manager"
VERSION = ""
HOST = "127.0.0.1"
DIALLED_S = 12
AGAIN_S = 25

scene = field.Scenes()


class Field(field.Field):
    def __init__(self, build):
        super().__init__(build)
        self.identity = Identity.create("manager")
        options = ["--board", "sim_single", "--mdns", "on", "--trust", self.identity.ski]
        log = self.folder / "wallbox.log"
        self.dut = Dut(self.folder / "state", log, "sim_single", options)
        self.listener = None
        self.info = None

    async def start(self):
        self.zeroconf = AsyncZeroconf(interfaces=[HOST])
        await super().start()
        await self.listen()

    async def stop(self):
        with contextlib.suppress(Exception):
            await self.zeroconf.async_close()
        await super().stop()

    async def listen(self):
        if self.listener:
            self.hang_up()
            self.listener.stop()
        self.listener = Listener(self.identity)
        self.port = await self.listener.start()

    def hang_up(self):
        """Ends what has connected in the meantime, and refuses what still comes."""
        self.listener.refuse = True
        while not self.listener.connections.empty():
            self.listener.connections.get_nowait().cut()

    async def announce(self, identity=None):
        text = {
            "txtvers": "1",
            "path": "/ship/",
            "id": "manager",
            "ski": (identity or self.identity).ski,
            "register": "false",
        }
        self.info = AsyncServiceInfo(
            SERVICE,
            "Manager." + SERVICE,
            addresses=[socket.inet_aton(HOST)],
            port=self.port,
            properties=text,
            server="manager.local.",
        )
        await (await self.zeroconf.async_register_service(self.info))

    async def withdraw(self):
        await (await self.zeroconf.async_unregister_service(self.info))

    async def dialled(self, seconds):
        """The wallbox connects, comes to data exchange and loses the connection."""
        begin = self.loop.time()
        conn = await self.listener.accept(seconds)
        await handshake.run(conn, link.ship_id(self.identity))
        took = self.loop.time() - begin
        conn.cut()
        return f"after {took:.1f} s"


def checks(build):
    for name, ok, detail in scene.play(Field(build)):
        yield PEER, VERSION, name, ok, detail


async def not_dialled(f, seconds):
    with contextlib.suppress(ship.Timeout):
        await f.listener.accept(seconds)
        raise AssertionError("dialled")


@scene("a manager that is not trusted: not dialled")
async def stranger(f):
    await f.announce(Identity.create("stranger"))
    await not_dialled(f, 8)
    await f.withdraw()


@scene("a trusted manager is announced: found, dialled, data exchange")
async def found(f):
    await f.announce()
    return await f.dialled(DIALLED_S)


@scene("the connection is lost: dialled again")
async def lost(f):
    return await f.dialled(AGAIN_S)


@scene("the manager moves to another port: dialled there")
async def moved(f):
    await f.withdraw()
    await f.listen()
    await f.announce()
    return await f.dialled(AGAIN_S)


@scene("the announcement is withdrawn: not dialled any more")
async def withdrawn(f):
    await f.withdraw()
    await asyncio.sleep(3)  # a goodbye leaves a second of grace
    f.hang_up()
    f.listener.refuse = False
    await not_dialled(f, 22)


CHECKS = scene.names
