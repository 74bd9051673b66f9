"""The power goes at random moments while a manager writes failsafe values and partners are trusted
and forgotten: the running firmware is killed, and boots again.

What was acknowledged before is there after it; what was on its way is there or not; the identity
always is. The simulated flash writes through to a file, so a kill falls between its operations;
cpy_state.py cuts inside them.
"""

import asyncio
import contextlib
import json
import random
import tempfile
from pathlib import Path

from tools.demo.manager import Manager
from tools.demo.wallbox import Wallbox, WallboxError
from tools.hems.identity import Identity
from tools.hems.ship import Closed
from tools.hems.spine import SpineTimeout
from tools.hems.tls import TlsError
from tools.sim.options import default_heap

_LONGEST_S = 1.0  # from the first write to the cut
_START_S = 30
# how a write that was under way may end
_CUT_OFF = (asyncio.CancelledError, ConnectionError, SpineTimeout, TlsError, Closed)


class Lost(Exception):
    """Something was not as it had to be after a power cut; the text says what."""


async def _ask(port, cmd):
    # on a connection of its own: the power goes while another command is under way
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(json.dumps({"cmd": cmd}).encode() + b"\n")
    reply = json.loads(await reader.readline())
    writer.close()
    if "error" in reply:
        raise Lost(f"{cmd}: {reply['error']}")


class Cuts:
    def __init__(self, folder, seed):
        self._random = random.Random(seed)
        self._identity = Identity.create()
        self._box = Wallbox(
            folder / "box", folder / "log", heap=default_heap("sim"), echonet=False
        )
        self._other = bytes(range(20)).hex()
        self.written = self.changed = 0  # acknowledged
        # every state that the next boot may have: failsafe W, and is the other one trusted?
        self._watts = {4200}
        self._trusted = {False}

    async def run(self, cuts, tell):
        await self._box.start()
        try:
            self._ski = self._box.ready["ski"]
            await self._box.command("trust", ski=self._identity.ski)
            for n in range(cuts):
                await self._cut()
                tell(n + 1)
        finally:
            await self._box.stop()

    async def _cut(self):
        ready = self._box.ready
        manager = Manager(self._identity)
        async with asyncio.timeout(_START_S):
            await manager.connect("127.0.0.1", ready["port"], self._ski)
            await manager.attach()
            # it listens to a guard that is there
            await manager.heartbeat()
            await manager.limit(None)
        writing = asyncio.create_task(self._write(manager))
        changing = asyncio.create_task(self._change())
        await asyncio.sleep(self._random.random() * _LONGEST_S)
        for task in (writing, changing):
            if task.done():
                await task  # raises what has ended it before the cut
        await _ask(ready["control"], "power_cut")
        # the command that was under way gets its reply, that it has failed
        with contextlib.suppress(WallboxError):
            await changing
        manager.crash()
        writing.cancel()
        with contextlib.suppress(*_CUT_OFF):
            await writing
        await _ask(ready["control"], "power_on")
        await self._look()

    async def _write(self, manager):
        while True:
            watts = self._random.randrange(4200, 11000, 10)
            self._watts.add(watts)
            if number := await manager._guard.write_failsafe(watts):
                raise Lost(f"a failsafe limit of {watts} W was refused, error {number}")
            self._watts = {watts}
            self.written += 1

    async def _change(self):
        while True:
            trust = True not in self._trusted
            self._trusted = {True, False}
            await self._box.command("trust" if trust else "untrust", ski=self._other)
            self._trusted = {trust}
            self.changed += 1

    async def _look(self):
        status = await self._box.command("status")
        watts = status["lpc"]["failsafe_w"]
        if watts not in self._watts:
            raise Lost(f"failsafe limit {watts} W, it was one of {sorted(self._watts)}")
        if self._identity.ski not in status["trusted"]:
            raise Lost("the manager is not trusted any more")
        other = self._other in status["trusted"]
        if other not in self._trusted:
            raise Lost("another partner is trusted" if other else "a trusted partner is lost")
        ski = [event["ski"] for event in self._box.events if event["event"] == "ready"]
        if set(ski) - {self._ski}:
            raise Lost("another identity")
        self._watts, self._trusted = {watts}, {other}


def run(cuts, seed, tell):
    """(failsafe values, trust changes) that were acknowledged. Raises Lost."""
    with tempfile.TemporaryDirectory() as folder:
        one = Cuts(Path(folder), seed)
        asyncio.run(one.run(cuts, tell))
        return one.written, one.changed
