"""The second act of the story: a controller of another kind steers the wallbox by ECHONET Lite.

Controller and wallbox have addresses of their own on the loopback interface, because both use port
3610. The energy manager stays connected: each of the two sees what the other has done.
"""

import asyncio
import time

from tools.demo import claims
from tools.demo.stage import Broken, amperes, kw
from tools.echonet import names
from tools.echonet.client import PROFILE, Client, NoAnswer, instances
from tools.echonet.wire import decode_map

EOJ = 0x02A101
POWER_W = 3000
POWER_MA = 13000  # on one phase of 230 V, to 0.1 A
LOWER_W = 2000
LOWER_MA = 8600
_GET_MAP, _INSTANCES = 0x9F, 0xD6
_CAR, _MEASURED, _MODE, _POWER = 0xC7, 0xD3, 0xDA, 0xEB
_NO_CAR, _CHARGES = b"\x30", b"\x41"
_CHARGE, _STANDBY = b"\x42", b"\x44"
_SEARCH_S = 0.5


class Controller:
    """Speaks to the wallbox at `host` of a Stage, from the next address."""

    def __init__(self, host):
        self.host = host
        self.client = Client(host.rpartition(".")[0] + ".3")

    async def find(self):
        """EOJs of the wallbox, found by multicast, else by asking it; and which way it was."""
        nodes = await asyncio.to_thread(self.client.discover, _SEARCH_S)
        if self.host in nodes:
            return nodes[self.host], "by its own search"
        # the loopback interface of some machines has no multicast
        told = await asyncio.to_thread(self.client.get, self.host, PROFILE, [_INSTANCES])
        return instances(told[_INSTANCES]), "at its address"

    async def get(self, epc):
        told = await asyncio.to_thread(self.client.get, self.host, EOJ, [epc])
        return told[epc]

    async def watts(self):
        """Power that the wallbox has measured."""
        return int.from_bytes(await self.get(_MEASURED), "big")

    async def set(self, epc, edt):
        """Sets a property; ms until the answer. Raises Broken when it is refused."""
        begin = time.monotonic()
        if await asyncio.to_thread(self.client.set, self.host, EOJ, [(epc, edt)]):
            raise Broken(f"{_said(epc, edt)} was refused")
        return (time.monotonic() - begin) * 1000

    async def notified(self, epc, edt):
        """Waits for the notification of this value; its text. Raises Broken."""
        try:
            await asyncio.to_thread(self.client.notice, self.host, EOJ, epc, edt)
        except NoAnswer:
            raise Broken(f"not notified of {_said(epc, edt)}") from None
        return _said(epc, edt)

    def close(self):
        self.client.close()


def _said(epc, edt):
    return f"{names.property_name(EOJ, epc)}: {names.read(EOJ, epc, edt)}"


def _drawn(watts, ma, ruling):
    """The car is offered and draws `ma` on its one phase, `ruling` says by whom."""
    return (
        (f"{ruling} rules", lambda own, seen: own.ruling == ruling),
        (f"{amperes(ma)} are offered", lambda own, seen: own.offered_ma == ma),
        ("the car draws that", lambda own, seen: own.draw_ma == ma),
        (f"no more than {kw(watts)} is measured", lambda own, seen: 0 < own.power_w <= watts),
        ("the manager reads the same", lambda own, seen: seen and seen.power_w == own.power_w),
    )


async def find(stage):
    """The first car leaves; a controller finds the wallbox and puts it on standby."""
    stage.controller = Controller(stage.wallbox.echonet)
    controller = stage.controller
    await stage.wallbox.command("unplug")
    stage.tell("Car:     unplugged. Good night.")
    found, way = await controller.find()
    if found != [EOJ]:
        raise Broken(f"the wallbox offers {found}")
    readable = decode_map(await controller.get(_GET_MAP))
    stage.tell(f"Controller: I speak ECHONET Lite, and found an EV charger {way}.")
    stage.tell(f"         It has {len(readable)} properties. Standby, please, until I say so.")
    await controller.set(_MODE, _STANDBY)
    told = await controller.notified(_MODE, _STANDBY)
    stage.tell(f"Controller: I am notified, {told}.")
    if await controller.get(_CAR) != _NO_CAR:
        raise Broken("the controller sees a car")
    await stage.hold(1, *claims.UNLIMITED)
    return f"found {way}, {len(readable)} properties; standby notified"


async def start(stage):
    """A car of one phase waits until the controller starts it."""
    controller = stage.controller
    await stage.wallbox.command("plug")
    await stage.wallbox.command("ev", state="C", draw_ma=[claims.FULL_MA, 0, 0])
    waits = ("the car waits", lambda own, seen: own.power_w == 0 and own.ruling == "echonet")
    await stage.expect(waits)
    stage.tell("Car:     plugged in; a small one, it charges on one phase.")
    await stage.hold(2, waits)
    ms = await controller.set(_MODE, _CHARGE)
    stage.tell(f"Controller: start. Accepted after {ms:.0f} ms.")
    stage.figure("ECHONET Lite: Set to its answer", f"{ms:.1f} ms")
    for wanted in ((_MODE, _CHARGE), (_CAR, _CHARGES)):
        stage.tell(f"Controller: I am notified, {await controller.notified(*wanted)}.")
    await stage.expect(*_drawn(claims.FULL_W // 3, claims.FULL_MA, "board"))
    # the wallbox makes sure of the number of phases for ten seconds
    await stage.clock(stage.speed)
    await stage.expect(("one phase is in use", lambda own, seen: own.phases == 1))
    await stage.clock(1)
    own, _ = await stage.expect(*_drawn(claims.FULL_W // 3, claims.FULL_MA, "board"))
    return f"started; notified of it; {kw(own.power_w)} on one phase"


async def limit(stage):
    """Controller and energy manager both limit: the lower value rules, both read the result."""
    controller, manager = stage.controller, stage.manager
    await controller.set(_POWER, POWER_W.to_bytes(4, "big"))
    stage.tell(f"Controller: charge with {kw(POWER_W, 0)}.")
    first = _drawn(POWER_W, POWER_MA, "echonet")
    own, seen = await stage.expect(*first)
    if (watts := await controller.watts()) != own.power_w:
        raise Broken(f"the controller reads {kw(watts)}")
    stage.tell(f"Manager: I read {kw(seen.power_w)}, too.")
    await stage.hold(3, *first)
    number, _ = await manager.limit(LOWER_W)
    if number:
        raise Broken(f"the manager's limit was answered with error {number}")
    stage.tell(f"Manager: the grid is short again: {kw(LOWER_W, 0)}.")
    second = _drawn(LOWER_W, LOWER_MA, "lpc")
    await stage.expect(*second)
    lower = await controller.watts()
    stage.tell(f"Controller: I read {kw(lower)}. Mine is not the only word.")
    await stage.hold(2, *second)
    number, _ = await manager.limit(None)
    if number or lower > LOWER_W:
        raise Broken(f"the controller reads {kw(lower)}, error {number}")
    await stage.expect(*first)
    return f"{kw(POWER_W, 0)} set, {kw(watts)} drawn; the manager's {kw(LOWER_W, 0)}: {kw(lower)}"


async def stop(stage):
    """The controller stops the car and sees it in the notifications."""
    controller = stage.controller
    await controller.set(_MODE, _STANDBY)
    told = await controller.notified(_MODE, _STANDBY)
    stage.tell("Controller: stop.")
    stage.tell(f"Controller: I am notified, {told}.")
    stopped = (
        ("nothing is offered", lambda own, seen: own.offered_ma == 0),
        ("the car draws nothing", lambda own, seen: own.power_w == 0),
        ("the manager reads that", lambda own, seen: seen and seen.power_w == 0),
    )
    await stage.expect(*stopped)
    if watts := await controller.watts():
        raise Broken(f"the controller reads {kw(watts)}")
    await stage.hold(2, *stopped)
    controller.close()
    stage.controller = None
    return "stopped, notified; nobody reads any power"
