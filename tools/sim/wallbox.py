"""The child process: MicroPython with the firmware, and the link to it."""

import asyncio
import json
import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from tools import ROOT
from tools.sim.output import LINE

STOP_S = 2.2  # from the stop command to the end of the child; 3 s for all of it
_ANSWER_S = 10
_ADVANCE_S = 300  # it fires every timer on the way
_FROM_CHILD = 1 << 20  # bytes, longest line


class MissingMicroPython(Exception):
    """There is no MicroPython to run the firmware with; the text says what to do."""


class WallboxError(Exception):
    """A command that was not carried out; the text says why."""


def command_line(board, heap):
    """argv of the child. The environment variable MICROPYTHON names another interpreter."""
    wanted = os.environ.get("MICROPYTHON") or str(Path(sys.executable).parent / "micropython")
    binary = shutil.which(wanted)
    if not binary:
        raise MissingMicroPython(
            f"no MicroPython at {wanted}: run `make setup`, or set MICROPYTHON to its path"
        )
    code = f"import firmware.app; firmware.app.main({board!r})"
    return [os.path.abspath(binary), "-X", f"heapsize={heap}", "-c", code]


class Wallbox:
    """One boot of the firmware. `on_event` gets every event, `on_exit` the exit code."""

    def __init__(self, on_event, on_exit):
        self.ready = asyncio.get_running_loop().create_future()
        self._on_event = on_event
        self._on_exit = on_exit
        self._process = None
        self._reader = None
        self._pending = {}
        self._number = 0

    async def boot(self, command, settings, keep_open):
        tree = ROOT / "build" / "mpy" / "x64"
        environment = dict(os.environ)
        environment["MICROPYPATH"] = f"{tree}:{tree / 'lib'}:.frozen"
        environment["PLUGSHIP_SIM"] = json.dumps(settings)
        self._process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_FROM_CHILD,
            env=environment,
            cwd=settings["state"],  # the sources must not be found before the compiled tree
            pass_fds=keep_open,
            start_new_session=True,  # Ctrl-C is for the parent, which stops the child in order
        )
        self._reader = asyncio.create_task(self._read())

    async def command(self, message):
        """The child's reply to a command, without its number. Raises WallboxError."""
        self._number += 1
        number = self._number
        reply = self._pending[number] = asyncio.get_running_loop().create_future()
        seconds = _ADVANCE_S if message["do"] == "advance" else _ANSWER_S
        try:
            self._send({**message, "re": number})
            return await asyncio.wait_for(reply, seconds)
        except TimeoutError:
            raise WallboxError(f"no answer from the firmware within {seconds} s") from None
        finally:
            del self._pending[number]

    async def stop(self):
        """Ends the child: by its own goodbye, or by force when that takes too long."""
        if self._process.returncode is None:
            with suppress(WallboxError):
                self._send({"re": 0, "do": "stop", "a": []})
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._reader), STOP_S)
        await self.kill()

    async def kill(self):
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._reader

    def _send(self, message):
        stdin = self._process.stdin
        if stdin.is_closing():
            raise WallboxError("the firmware has ended")
        line = json.dumps(message, separators=(",", ":")).encode()
        if len(line) > LINE:
            raise WallboxError(f"a command is at most {LINE} bytes long")
        stdin.write(line + b"\n")

    async def _read(self):
        stdout = self._process.stdout
        while line := await stdout.readline():
            try:
                message = json.loads(line)
                if "event" not in message:
                    reply = self._pending.get(message.pop("re"))
            except (ValueError, TypeError, KeyError, AttributeError):
                sys.stderr.buffer.write(line)  # not of the protocol: somebody's print
                sys.stderr.flush()
                continue
            if "event" in message:
                self._on_event(message)
                if message["event"] == "ready" and not self.ready.done():
                    self.ready.set_result(message)
            elif reply and not reply.done():
                reply.set_result(message)
        code = await self._process.wait()
        self._process.stdin.close()
        gone = WallboxError(f"the firmware has ended (exit code {code})")
        if not self.ready.done():
            self.ready.set_exception(gone)
            self.ready.exception()  # whoever waits gets it; nobody need wait
        for reply in self._pending.values():
            if not reply.done():
                reply.set_exception(gone)
        self._on_exit(code)
