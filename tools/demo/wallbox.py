"""The simulated wallbox as a process: its events, its control port, what it says of itself."""

import asyncio
import contextlib
import json
import random
import sys
import time
from collections import namedtuple

HEAP = "207K"  # as on a Pico W with two SHIP sessions
READY_S = 60  # the first start compiles the firmware
REPLY_S = 15
STOP_S = 5

Status = namedtuple(
    "Status",
    "t_s state limit_w failsafe_w failsafe_s offered_ma draw_ma power_w energy_wh pilot contactor"
    " ruling reason trusted peers phases heap_max",
    defaults=(0,),
)
Status.__doc__ = """What the wallbox says of itself.

t_s: protocol time in s, state: of the use case LPC, limit_w: W in force by LPC or None, offered_ma
(of the phases in use) and draw_ma: least and greatest of the phases, peers: {ski: connection
state}, phases: how many the car uses, heap_max: bytes, largest free block of its heap.
"""


class WallboxError(Exception):
    """The simulator does not run, or refused a command."""


def parse(reply):
    """The Status in a reply to the control command `status`."""
    limits = {entry["origin"]: entry for entry in reply["limits"] if entry["active"]}
    lpc = reply["lpc"]
    return Status(
        reply["t_ms"] / 1000,
        lpc["state"],
        limits["lpc"]["w"] if "lpc" in limits else None,
        lpc["failsafe_w"],
        lpc["failsafe_s"],
        min(filter(None, reply["offered_ma"]), default=0),
        max(reply["draw_ma"]),
        reply["power_w"],
        reply["energy_wh"],
        reply["pilot"],
        reply["contactor"],
        reply["ruling"],
        reply["reason"],
        reply["trusted"],
        {peer["ski"]: peer["state"] for peer in reply["peers"]},
        reply["phases"],
        reply["heap_max"],
    )


class Wallbox:
    """One tools.sim. `ready` is its ready event, `events` all events so far.

    `echonet`: its address for ECHONET Lite, None: without. `board`: a simulated one. `state`:
    folder for its memory, `log`: file for what it says on stderr. With `lasting` it outlives this
    program, and the keys typed at its terminal.
    """

    def __init__(self, state, log, lasting=False, board="sim", heap=HEAP, echonet=True):
        self.state = state
        self._log = log
        self._lasting = lasting
        self._process = None
        self._reading = None
        self._control = None
        self._turn = asyncio.Lock()
        # an own one: all of ECHONET Lite is on port 3610, and this machine may have more of it
        own = f"127.{random.randint(1, 250)}.{random.randint(0, 250)}.2"
        self.echonet = own if echonet else None
        self._board = ("--board", board, "--heap", heap)
        self.ready = {}
        self.events = []

    async def start(self):
        """Starts it and waits until it listens; the seconds that took. Raises WallboxError."""
        begin = time.monotonic()
        argv = [sys.executable, "-m", "tools.sim", "--state", str(self.state)]
        with open(self._log, "wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(*argv, "--port", "0", "--control", "0"),
                *("--echonet", self.echonet or "off", *self._board),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=self._lasting,
            )
        try:
            line = await asyncio.wait_for(self._process.stdout.readline(), READY_S)
        except TimeoutError:
            raise WallboxError(f"not ready within {READY_S} s{self._last_words()}") from None
        if not line:
            raise WallboxError(f"it has ended{self._last_words()}")
        self.ready = json.loads(line)
        self._reading = asyncio.create_task(self._read())
        self._control = await asyncio.open_connection("127.0.0.1", self.ready["control"])
        return time.monotonic() - begin

    def _last_words(self):
        with open(self._log, encoding="utf-8", errors="replace") as log:
            lines = [line.strip() for line in log if line.strip()]
        return ": " + lines[-1] if lines else ""

    async def _read(self):
        while line := await self._process.stdout.readline():
            self.events.append(json.loads(line))

    async def command(self, cmd, **arguments):
        """The reply to a control command. Raises WallboxError."""
        if self._control is None:
            raise WallboxError("it does not run")
        reader, writer = self._control
        async with self._turn:
            writer.write(json.dumps({"cmd": cmd, **arguments}).encode() + b"\n")
            try:
                line = await asyncio.wait_for(reader.readline(), REPLY_S)
            except TimeoutError:
                raise WallboxError(f"no reply to {cmd} within {REPLY_S} s") from None
            except OSError:
                line = b""
        if not line:
            raise WallboxError(f"it has ended at the command {cmd}{self._last_words()}")
        reply = json.loads(line)
        if "error" in reply:
            raise WallboxError(f"{cmd}: {reply['error']}")
        return reply

    async def status(self):
        """The present Status. Raises WallboxError."""
        return parse(await self.command("status"))

    def entered(self, state):
        """Protocol time in s at which LPC came to `state` last, None when it never did."""
        for event in reversed(self.events):
            if event["event"] == "state" and event["use"] == "lpc" and event["to"] == state:
                return event["t_ms"] / 1000
        return None

    def leave(self):
        """Lets go of it; it runs on."""
        if self._control:
            self._control[1].close()
            self._control = None
        if self._reading:
            self._reading.cancel()

    async def stop(self):
        """Ends it, by force if it has to be. Its exit code, None when it did not run."""
        self.leave()
        if self._process is None:
            return None
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            return await asyncio.wait_for(self._process.wait(), STOP_S)
        except TimeoutError:
            self._process.kill()
            return await self._process.wait()
