"""Peer: a control unit that pairs by the SHIP Pairing Service, announced by python-zeroconf: the
wallbox trusts it without a person, once, and only when it knows the secret on the label."""

import asyncio
import contextlib
import importlib

import zeroconf

from host_tests.conformance.dut import Dut
from host_tests.interop import field
from tools import identity
from tools.hems import link, pairing, ship
from tools.hems.handshake import ShipError
from tools.hems.identity import Identity
from tools.hems.websocket import WebSocketError
from tools.provision import __main__ as provision
from tools.provision import qr

PEER = "control unit with the pairing service"
VERSION = f"python-zeroconf {zeroconf.__version__}"
HOST = "127.0.0.1"
BOARD = "pico2w_sim"
HEARD_S = 8

scene = field.Scenes()


class Field(field.Field):
    def __init__(self, build):
        super().__init__(build)
        state = self.folder / "state"
        made = identity.create(state)
        secret = identity.pairing_secret(state)
        board = importlib.import_module(f"board_configs.{BOARD}")
        self.label = qr.parse(provision.label(made, board, None, secret))
        self.unit = Identity.create("control unit")
        self.dut = Dut(state, self.folder / "wallbox.log", BOARD, ["--mdns", "on"])

    @contextlib.asynccontextmanager
    async def announced(self, unit=None, label=None, txt=None):
        """A request is in the network, long enough to be heard."""
        unit = unit or self.unit
        txt = txt or pairing.record(label or self.label, unit, link.ship_id(unit))
        announcement = pairing.Announcement(txt, HOST)
        await announcement.start()
        try:
            await asyncio.sleep(HEARD_S)
            yield txt
        finally:
            await announcement.stop()

    async def let_in(self, unit=None):
        """Does a connection of the unit come to data exchange?"""
        work = link.connect(HOST, self.dut.port, unit or self.unit, self.dut.ski)
        try:
            one = await asyncio.wait_for(work, 5)
        except (TimeoutError, OSError, ShipError, ship.Closed, WebSocketError):
            return False
        await one.close()
        return True

    async def trusted(self):
        return (await self.dut.status())["trusted"]


def checks(build):
    for name, ok, detail in scene.play(Field(build)):
        yield PEER, VERSION, name, ok, detail


@scene("a unit that has not asked: not let in")
async def silent(f):
    assert not await f.let_in()


@scene("a request with a wrong secret: not let in")
async def wrong(f):
    async with f.announced(label={**f.label, "SPSEC": "00" * 16}):
        assert not await f.let_in()
    assert await f.trusted() == []


@scene("a genuine request: data exchange, without a person")
async def genuine(f):
    async with f.announced() as f.request:
        assert await f.let_in()
    assert await f.trusted() == [f.unit.ski]


@scene("another unit with the secret: not while the first is there")
async def second(f):
    other = Identity.create("other unit")
    async with f.announced(other):
        assert not await f.let_in(other)
    assert await f.let_in()


@scene("the wallbox restarts: the unit is let in, the request is not needed")
async def restarted(f):
    await f.dut.reboot()
    assert await f.let_in()


@scene("the user lets go of it: a replay is not honoured, a new request is")
async def replayed(f):
    await f.dut.command("untrust", ski=f.unit.ski)
    async with f.announced(txt=f.request):
        assert not await f.let_in()
    async with f.announced():
        assert await f.let_in()


CHECKS = scene.names
