"""Peer: managers that only listen, announced by python-zeroconf: the wallbox must find and dial
them (6.4.5, 6.5.4)."""

import asyncio
import contextlib
import pathlib
import shutil
import socket

from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from host_tests.conformance.dut import Dut
from host_tests.interop.checklist import Checklist
from tools.hems import handshake, link, ship
from tools.hems.find import SERVICE
from tools.hems.identity import Identity
from tools.hems.ship import Listener

PEER = "listening manager"
VERSION = ""
HOST = "127.0.0.1"
DIALLED_S = 12
AGAIN_S = 25

check = Checklist()


class Field:
    def __init__(self, build):
        self.loop = asyncio.new_event_loop()
        folder = pathlib.Path(build)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.identity = Identity.create("manager")
        options = ["--board", "sim_single", "--mdns", "on", "--trust", self.identity.ski]
        self.dut = Dut(folder / "state", folder / "wallbox.log", "sim_single", options)
        self.listener = None
        self.info = None

    def run(self, work):
        return self.loop.run_until_complete(asyncio.wait_for(work, 120))

    async def start(self):
        self.zeroconf = AsyncZeroconf(interfaces=[HOST])
        await self.dut.start()
        await self.listen()

    async def stop(self):
        with contextlib.suppress(Exception):
            await self.zeroconf.async_close()
        await self.dut.stop()

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
        """The wallbox connects and comes to data exchange; returns connection and seconds."""
        begin = self.loop.time()
        conn = await self.listener.accept(seconds)
        await handshake.run(conn, link.ship_id(self.identity))
        return conn, self.loop.time() - begin


def scene(name):
    def register(function):
        check(name)(lambda field: field.run(function(field)))
        return function

    return register


def checks(build):
    field = Field(build)
    try:
        field.run(field.start())
        for name, ok, detail in check.run(field):
            yield PEER, VERSION, name, ok, detail
    finally:
        field.run(field.stop())


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
    conn, took = await f.dialled(DIALLED_S)
    conn.cut()
    return f"after {took:.1f} s"


@scene("the connection is lost: dialled again")
async def lost(f):
    conn, took = await f.dialled(AGAIN_S)
    conn.cut()
    return f"after {took:.1f} s"


@scene("the manager moves to another port: dialled there")
async def moved(f):
    await f.withdraw()
    await f.listen()
    await f.announce()
    conn, took = await f.dialled(AGAIN_S)
    conn.cut()
    return f"after {took:.1f} s"


@scene("the announcement is withdrawn: not dialled any more")
async def withdrawn(f):
    await f.withdraw()
    await asyncio.sleep(3)  # a goodbye leaves a second of grace
    f.hang_up()
    f.listener.refuse = False
    await not_dialled(f, 22)


CHECKS = check.names
