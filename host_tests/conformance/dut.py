"""The device under test: a tools.sim process and its control port."""

import asyncio
import contextlib
import json
import sys

READY_S = 40
REPLY_S = 60
# A step no longer than this lets the partner's pong arrive between a ping and its deadline.
STEP_S = 5


class DutError(Exception):
    """The simulator does not run or refused a command."""


class Dut:
    """One simulator. `ready` is its last ready event, `events` all of them in order."""

    def __init__(self, state, log, board="sim", options=()):
        self._argv = [sys.executable, "-m", "tools.sim", "--state", str(state)]
        self._argv += ["--port", "0", "--control", "0", "--board", board, *options]
        self._log = log
        self._process = None
        self._reader = None
        self._control = None
        self._lock = asyncio.Lock()
        self._ready = asyncio.Event()
        self.ready = {}
        self.events = []

    async def start(self):
        """Start the process and wait for its ready event."""
        with open(self._log, "ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                limit=1 << 20,
            )
        self._reader = asyncio.create_task(self._read_events())
        await self.wait_ready()
        port = int(str(self.ready["control"]).rpartition(":")[2])
        self._control = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)

    async def wait_ready(self):
        """Wait for the next ready event. Raises DutError."""
        ready = asyncio.create_task(self._ready.wait())
        try:
            await asyncio.wait(
                (ready, self._reader), timeout=READY_S, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            ready.cancel()
        if not self._ready.is_set():
            raise DutError(f"tools.sim is not ready: {self._last_words()}")
        self._ready.clear()

    def _last_words(self):
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return " / ".join(lines[-3:]) or "no output"

    async def _read_events(self):
        while line := await self._process.stdout.readline():
            try:
                event = json.loads(line)
            except ValueError:
                continue
            self.events.append(event)
            if event.get("event", event.get("ev")) == "ready":
                self.ready = event
                self._ready.set()

    async def command(self, cmd, **arguments):
        """One control command; returns the reply. Raises DutError."""
        if self._control is None:
            raise DutError("tools.sim does not run")
        reader, writer = self._control
        async with self._lock:
            writer.write(json.dumps({"cmd": cmd, **arguments}).encode() + b"\n")
            try:
                line = await asyncio.wait_for(reader.readline(), REPLY_S)
            except TimeoutError:
                raise DutError(f"no reply to {cmd}") from None
        if not line:
            raise DutError(f"control port closed at {cmd}: {self._last_words()}")
        reply = json.loads(line)
        if "error" in reply:
            raise DutError(f"{cmd}: {reply['error']}")
        return reply

    async def status(self):
        """The status object."""
        return await self.command("status")

    async def advance(self, seconds, step=STEP_S):
        """Move the clock by `seconds` in steps, with a breath for the wire after each."""
        while seconds > 0:
            now = min(step, seconds)
            await self.command("advance", s=now)
            seconds -= now
            await asyncio.sleep(0.02)

    async def reboot(self, cmd="restart"):
        """restart, factory_reset or power_on, until the device is ready again."""
        self._ready.clear()
        await self.command(cmd)
        await self.wait_ready()

    @property
    def port(self):
        """SHIP port."""
        return self.ready["port"]

    @property
    def ski(self):
        """SKI as 40 hex digits."""
        return self.ready["ski"]

    async def stop(self):
        """SIGTERM, and SIGKILL when that does not help."""
        if self._control:
            self._control[1].close()
            self._control = None
        if self._process and self._process.returncode is None:
            self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), 5)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        if self._reader:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
