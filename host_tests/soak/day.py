"""What happens in the soak: the clock of the wallbox runs 60 times as fast, the managers' hearts
beat as fast, and limits, cars and measurements come as on busy days."""

import asyncio
import random
from typing import NamedTuple

from tools.demo.manager import Manager
from tools.demo.wallbox import Wallbox
from tools.hems import Monitor
from tools.hems.identity import Identity

SPEED = 60
_BEAT_S = 50  # of protocol time, under the 60 that a manager may take
_LOOK_S = 2.0  # real time
_MANAGER_S = 20.0
_CAR_S = 30.0


class Sample(NamedTuple):
    t_h: float  # protocol time
    heap_max: int
    heap_free: int
    sessions: int
    power_w: int


class Lost(Exception):
    """What had to hold for the whole time did not; the text says what."""


class Soak:
    """`least`: bytes that the largest free block of the heap must have throughout."""

    def __init__(self, folder, heap, board, least, tell):
        self._box = Wallbox(folder / "box", folder / "log", heap=heap, board=board, echonet=False)
        self._managers = [Manager(Identity.create(f"manager {n}")) for n in (1, 2)]
        self._least = least
        self._tell = tell
        self._random = random.Random(1)
        self.samples = []
        self.writes = self.cars = 0

    async def run(self, minutes):
        await self._box.start()
        box = self._box
        first, second = self._managers
        try:
            for manager in (first, second):
                await box.command("trust", ski=manager.identity.ski)
                await manager.connect("127.0.0.1", box.ready["port"], box.ready["ski"])
            await first.attach()
            await first.heartbeat()
            first._guard.start_heartbeat(_BEAT_S / SPEED)
            # the second only reads: one guard at a time is bound
            self._monitor = Monitor(second.link)
            await second.link.discover()
            await self._monitor.setup()
            await first.limit(None)
            await box.command("speed", x=SPEED)
            tasks = [self._look(), self._limit(), self._drive()]
            tasks += [self._stay(manager) for manager in self._managers]
            async with asyncio.timeout(60 * minutes) as until:
                self._until = until
                await asyncio.gather(*map(asyncio.create_task, tasks))
        except TimeoutError:
            if not self._until.expired():
                raise
        finally:
            for manager in (first, second):
                manager.crash()
            await box.stop()

    async def _stay(self, manager):
        await manager.link.closed.wait()
        raise Lost("a session was lost")

    async def _look(self):
        while True:
            status = await self._box.command("status")
            states = [peer["state"] for peer in status["peers"]]
            sample = Sample(
                status["t_ms"] / 3600000,
                status["heap_max"],
                status["heap_free"],
                states.count("data"),
                status["power_w"],
            )
            self.samples.append(sample)
            self._tell(sample)
            if sample.sessions != 2:
                raise Lost(f"sessions: {states}")
            if sample.heap_max < self._least:
                raise Lost(f"largest free block of the heap: {sample.heap_max} bytes")
            await asyncio.sleep(_LOOK_S)

    async def _limit(self):
        # one limits, both read: after 20 minutes of protocol time
        first = self._managers[0]
        while True:
            await asyncio.sleep(_MANAGER_S)
            watts = self._random.choice((None, 4200, 6900, 9000))
            number, _ = await first.limit(watts)
            if number:
                raise Lost(f"a limit of {watts} W was refused with error {number}")
            self.writes += 1
            await self._monitor.read()
            await first.read()

    async def _drive(self):
        # half an hour of a car, half an hour of none
        while True:
            await self._box.command("plug")
            await self._box.command("ev", state="C", draw_ma=[16000] * 3)
            await asyncio.sleep(_CAR_S)
            await self._box.command("unplug")
            self.cars += 1
            await asyncio.sleep(_CAR_S)


def passed_h(samples):
    return samples[-1].t_h - samples[0].t_h if samples else 0.0
