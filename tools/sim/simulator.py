"""Boots of the wallbox, its events, and the commands from stdin and the control port."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from contextlib import nullcontext, suppress

from tools.sim.commands import call
from tools.sim.options import settings
from tools.sim.output import LINE, Lines, read_stdin
from tools.sim.wallbox import Wallbox, WallboxError

_BOOT_S = 30
# causes of a reset, as machine.reset_cause() has them
_POWER_ON = 1
_SOFT_RESET = 5
_POWER = ("restart", "power_cut", "power_on", "factory_reset")


def free_port(host):
    """A port of this machine that was free a moment ago; MicroPython cannot ask for one."""
    with socket.create_server(
        (host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET
    ) as server:
        return server.getsockname()[1]


class Simulator:
    """`lock` is a descriptor that the child shall hold open; `output` takes the events; `meter` is
    the open port of a real one, or None."""

    def __init__(self, options, command, lock, output, meter=None):
        self._settings = settings(options)
        self._keep_open = [lock]
        if meter:
            self._keep_open.append(meter.fileno())
            self._settings["meter"] = [meter.fileno(), *options.meter.kind]
        self._control = options.control
        self._command = command
        self._output = output
        self._wallbox = None  # while it has power
        self._advancing = asyncio.Lock()  # one jump of the clock at a time
        self._turning = asyncio.Lock()  # held while it is turned on or off
        self._expected = False  # its end is what we are about
        self._boots = 0
        self._clients = set()
        # protocol time as last heard of, and when that was
        self._t_ms = 0
        self._heard = time.monotonic()

    async def run(self):
        """Runs until a signal comes. Exit code: 0, or 1 when the first boot fails."""
        loop = asyncio.get_running_loop()
        leave = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, leave.set)
        signal.signal(signal.SIGTTIN, signal.SIG_IGN)  # started with & at a terminal
        try:
            server = await self._listen()
        except OSError as error:
            print(f"tools.sim: no control port {self._control}: {error}", file=sys.stderr)
            return 1
        stdin = asyncio.create_task(self._stdin())
        first = asyncio.create_task(self._turn(self._boot()))
        leaving = asyncio.create_task(leave.wait())
        await asyncio.wait({first, leaving}, return_when=asyncio.FIRST_COMPLETED)
        code = 0
        if first.done() and first.exception():
            print(f"tools.sim: no start: {first.exception()}", file=sys.stderr)
            code = 1
        else:
            await leaving
        for task in (stdin, first, *self._clients):
            task.cancel()
        if server:
            server.close()
        await self._off("stop", Wallbox.stop)
        return code

    # -- power ---------------------------------------------------------------------------

    async def _turn(self, action):
        async with self._turning:
            return await action

    async def _boot(self, cause=_POWER_ON):
        """Boots and waits until the wallbox listens. Raises WallboxError."""
        self._boots += 1
        if not self._settings["port"]:
            self._settings["port"] = free_port(self._settings["host"])
        wallbox = Wallbox(self._event, self._ended)
        self._expected = False
        settings = {**self._settings, "boot": self._boots, "cause": cause}
        await wallbox.boot(self._command, settings, self._keep_open)
        self._wallbox = wallbox
        # --trust is applied once
        self._settings["trust"] = []
        try:
            await asyncio.wait_for(asyncio.shield(wallbox.ready), _BOOT_S)
        except TimeoutError:
            await self._off("crash", Wallbox.kill)
            raise WallboxError(f"the firmware was not ready within {_BOOT_S} s") from None
        return {"boot": self._boots}

    async def _off(self, reason, how):
        """Ends the wallbox if there is one; `reason` None: it comes back at once, no event."""
        if self._wallbox:
            self._expected = True
            await how(self._wallbox)
            self._wallbox = None
            if reason:
                self._output.write({"event": "off", "t_ms": self._now(), "reason": reason})

    def _ended(self, code):
        if self._expected:
            return
        self._wallbox = None
        print(f"tools.sim: the firmware has ended (exit code {code})", file=sys.stderr)
        self._output.write({"event": "off", "t_ms": self._now(), "reason": "crash", "code": code})

    async def _power(self, name):
        if name == "power_on":
            if self._wallbox:
                raise WallboxError("the wallbox has power already")
            return await self._boot()
        wallbox = self._running()
        if name == "power_cut":
            await self._off("power_cut", Wallbox.kill)
            return {}
        if name == "factory_reset":
            reply = await wallbox.command(call({"cmd": name}))
            if "error" in reply:
                raise WallboxError(reply["error"])
            self._settings["peers"] = []
        await self._off(None, Wallbox.stop)
        return await self._boot(_SOFT_RESET)

    def _running(self):
        if not self._wallbox:
            raise WallboxError("the wallbox is off: send power_on")
        return self._wallbox

    # -- events --------------------------------------------------------------------------

    def _event(self, event):
        event = {"event": event["event"], "t_ms": event.get("t_ms", self._now()), **event}
        self._heard_of(event["t_ms"])
        if event["event"] == "ready":
            # the port that was free is kept for the next boots
            self._settings["port"] = event.get("port", self._settings["port"])
            event |= {"control": self._control, "pid": os.getpid(), "boot": self._boots}
        self._output.write(event)

    def _heard_of(self, t_ms):
        if t_ms is not None:
            self._t_ms, self._heard = t_ms, time.monotonic()

    def _now(self):
        """Protocol time in ms as far as it can be told from here."""
        passed = (time.monotonic() - self._heard) * self._settings["speed"]
        return self._t_ms + int(passed * 1000)

    # -- commands ------------------------------------------------------------------------

    async def _answer(self, line):
        """The reply to one line (None: it was too long) as a dict."""
        try:
            if line is None:
                raise WallboxError(f"a command is at most {LINE} bytes long")
            request = json.loads(line)
            if not isinstance(request, dict):
                raise ValueError
        except ValueError:
            return {"error": 'send one JSON object a line, as {"cmd":"status"}'}
        except WallboxError as error:
            return {"error": str(error)}
        number = {"id": request.pop("id")} if "id" in request else {}
        try:
            return {**await self._perform(request), **number}
        except WallboxError as error:
            return {"error": str(error), **number}

    async def _perform(self, request):
        name = request.get("cmd")
        if name == "stop":
            raise WallboxError("use restart or power_cut; SIGTERM ends the simulator")
        if name in _POWER:
            if len(request) > 1:
                raise WallboxError(f"{name} takes no arguments")
            return {"ok": True, **await self._turn(self._power(name))}
        wanted = call(request)
        async with self._turning:  # while it boots, commands wait
            wallbox = self._running()
        async with self._advancing if name == "advance" else nullcontext():
            reply = await wallbox.command(wanted)
        self._heard_of(reply.get("t_ms"))
        if reply.get("ok"):
            if name == "advance" and "t_ms" not in reply:
                self._t_ms += int(request["s"] * 1000)
            # what a boot starts with, so that a restart changes nothing of it
            elif name == "speed":
                self._heard_of(self._now())
                self._settings["speed"] = request["x"]
            elif name == "net" and request.get("host"):
                self._settings["host"] = request["host"]
        return reply

    async def _stdin(self):
        loop = asyncio.get_running_loop()
        arrived: asyncio.Queue = asyncio.Queue()
        read_stdin(lambda data: loop.call_soon_threadsafe(arrived.put_nowait, data))
        lines = Lines()
        while True:
            for line in lines.feed(await arrived.get()):
                self._output.write(await self._answer(line))

    async def _listen(self):
        if self._control is None:
            return None
        server = await asyncio.start_server(self._client, "127.0.0.1", self._control)
        self._control = server.sockets[0].getsockname()[1]
        return server

    async def _client(self, reader, writer):
        task = asyncio.current_task()
        self._clients.add(task)
        lines = Lines()
        try:
            while data := await reader.read(4096):
                for line in lines.feed(data):
                    writer.write(json.dumps(await self._answer(line)).encode() + b"\n")
                    await writer.drain()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._clients.discard(task)
            with suppress(OSError):
                writer.close()
