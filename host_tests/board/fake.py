"""The fake board: a pty on which MicroPython answers as the USB console of a board does.

What a port does beyond the unix one is done here: a soft reset (Ctrl-D) restarts the
interpreter, without main.py when it came from the raw REPL; machine.reset() and a watchdog that
is not fed in time restart it with main.py. The flash is a file and outlives all of it.
"""

import os
import pty
import select
import signal
import subprocess
import termios
import threading
import time
import tty
from contextlib import suppress
from pathlib import Path

from littlefs import LittleFS

from tools.checks import micropython
from tools.image.formats import BLOCK, littlefs

_HERE = Path(__file__).resolve().parent
_BANNER = b"raw REPL; CTRL-B to exit\r\n>"
_CTRL_A, _CTRL_B, _CTRL_C, _CTRL_D = 1, 2, 3, 4


def files_of(data):
    """{path: bytes} of a LittleFS image."""
    fs = LittleFS(block_size=BLOCK, block_count=len(data) // BLOCK, mount=False)
    fs.context.buffer[:] = data
    fs.mount()
    found = {}
    for folder, _, names in fs.walk("/"):
        for name in names:
            path = f"{folder.rstrip('/')}/{name}"
            with fs.open(path, "rb") as file:
                found[path[1:]] = file.read()
    return found


class FakeBoard:
    """with FakeBoard(folder, {path: bytes}, bytes of flash) as board: board.port is its console.

    `boots`: how often it has started, main.py included or not; `log`: bytes it has said.
    """

    def __init__(self, folder, content=None, size=512 * BLOCK, heap="512K"):
        self.flash = Path(folder) / "flash.img"
        self._heap = heap
        if content is not None:
            self.flash.write_bytes(littlefs(content, size))
        self.boots = 0
        self.resets = 0  # by machine.reset()
        self.barks = 0  # resets by the watchdog
        self.log = bytearray()
        self._child = None
        self._master = self._slave = self._inner = self._events = None
        self._deadline = None
        self._timeout = 0
        self._raw = False
        self._typed = 0  # bytes since the last prompt of the raw REPL
        self._mute = b""  # output is swallowed up to and with this text
        self._tail = b""
        self._running = True
        self._wake = os.pipe()

    def __enter__(self):
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.port = os.ttyname(self._slave)
        self.power_on()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._running = False
        os.write(self._wake[1], b"x")
        self._thread.join()
        self._end()
        for fd in (self._master, self._slave, *self._wake):
            os.close(fd)

    def files(self):
        """{path: bytes} of what is in its file system now."""
        return files_of(self.flash.read_bytes())

    def power_cut(self):
        """The power goes and comes back."""
        os.write(self._wake[1], b"c")

    def power_on(self, raw=False):
        self._end()
        self.boots += 1
        self._raw = raw
        self._typed = 0
        self._mute = _BANNER if raw else b""
        self._tail = b""
        self._deadline = None
        self._inner, slave = pty.openpty()
        tty.setraw(slave)
        settings = termios.tcgetattr(slave)
        settings[3] |= termios.ISIG  # Ctrl-C stops a program
        termios.tcsetattr(slave, termios.TCSANOW, settings)
        self._events, events = os.pipe()
        command = [micropython(), "-X", f"heapsize={self._heap}", "-i", str(_HERE / "boot.py")]
        command += [str(self.flash), "1" if raw else "0", str(events), str(_HERE / "port")]
        # the first terminal that the leader of a session opens is the one that controls it;
        # a preexec_fn would do as well, but can hang in a process with threads
        self._child = subprocess.Popen(
            ["/bin/sh", "-c", 'exec "$@" <>"$0" >&0 2>&1', os.ttyname(slave), *command],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            pass_fds=[events],
            env={},
            start_new_session=True,
        )
        os.close(slave)
        os.close(events)
        if raw:
            os.write(self._inner, bytes((_CTRL_A,)))

    def _end(self):
        if self._child:
            self._child.send_signal(signal.SIGKILL)
            self._child.wait()
            self._child = None
            os.close(self._inner)
            os.close(self._events)

    def _run(self):
        while self._running:
            wait = 1.0
            if self._deadline:
                wait = max(0.0, min(wait, self._deadline - time.monotonic()))
            places = [self._wake[0], self._master, self._inner, self._events]
            ready, _, _ = select.select(places, [], [], wait)
            if self._wake[0] in ready and os.read(self._wake[0], 1) == b"c":
                self.power_on()
                continue
            if self._deadline and time.monotonic() >= self._deadline:
                self.barks += 1
                self.power_on()
                continue
            if self._inner in ready:
                self._out()
            if self._events in ready:
                self._told()
            elif self._master in ready:
                self._in(os.read(self._master, 4096))

    def _out(self):
        data = b""
        with suppress(OSError):  # the end of the child
            data = os.read(self._inner, 4096)
        if not data:
            time.sleep(0.01)
            if self._child.poll() is not None:
                self.power_on()
            return
        if self._mute:
            self._tail += data
            _, found, data = self._tail.partition(self._mute)
            if not found:
                return
            self._mute = b""
            data = _BANNER + data
        self.log += data
        self._say(data)

    def _say(self, data):
        # nobody reads: it is lost, as on USB
        with suppress(BlockingIOError):
            os.write(self._master, data)

    def _told(self):
        for word in os.read(self._events, 4096).split():
            if word == b"r":
                self.resets += 1
                self.power_on()
                return
            if word[:1] == b"w":
                self._timeout = int(word[1:]) / 1000
            self._deadline = time.monotonic() + self._timeout

    def _in(self, data):
        start = 0
        for i, byte in enumerate(data):
            if byte == _CTRL_A and data[i - 1 : i] != b"A":
                self._raw = True
                self._typed = 0
            elif byte == _CTRL_B and not self._typed:
                self._raw = False
            elif byte == _CTRL_C:
                self._typed = 0
            elif byte == _CTRL_D and not self._typed:
                # soft reset
                self._say(b"OK\r\n" * self._raw + b"MPY: soft reboot\r\n")
                deadline = self._deadline
                self.power_on(self._raw)
                self._deadline = deadline  # the watchdog can not be stopped
                start = i + 1
            elif byte == _CTRL_D:
                self._typed = 0
            elif byte != 13 or self._typed:
                self._typed += 1
        os.write(self._inner, data[start:])
