"""The raw REPL of a board, by the library of mpremote or of ampy.

    with Link("/dev/ttyACM0") as link:
        text = link.run("print(1 + 1)")

A running wallbox is brought into maintenance first: it opens its contactor, resets, and stays at
the console without a watchdog until the next reset (firmware.loader).
"""

import struct
import time
from functools import partial

import serial

BY = ("mpremote", "ampy")
_OPEN_S = 10  # a USB console goes away at a reset
_SILENCE_S = 0.6
_READ_S = 2  # a board that is reset says nothing more
_STOP = b"\r\x03\x03\x02"  # Ctrl-C: end the program; Ctrl-B: leave the raw REPL
_PROMPT = b">>> "


class LinkError(Exception):
    """The board does not answer, or its code has failed; the text says which."""


def _library(by):
    """(function that opens a port, the exception it raises)"""
    if by == "ampy":
        from ampy.pyboard import Pyboard, PyboardError

        return Pyboard, PyboardError
    from mpremote.transport import TransportError
    from mpremote.transport_serial import SerialTransport

    return partial(SerialTransport, timeout=_READ_S), TransportError


class Link:
    """`by`: one of BY; `stop`: False only listens. Raises LinkError."""

    def __init__(self, port, by="mpremote", stop=True):
        self.port = port
        self._board = None
        self._open, self._error = _library(by)
        if stop:
            self.stop()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        if self._board:
            self._board.close()
            self._board = None

    def stop(self):
        """Brings what runs on the board to an end, and is at the raw REPL."""
        self._reach(self._stop)
        self._enter()

    def run(self, code):
        """What `code` prints."""
        try:
            return self._board.exec(code).decode()
        except (self._error, OSError, struct.error) as error:  # the latter: half an answer
            raise LinkError(_reason(error)) from None

    def restart(self):
        """Resets the board, which then starts the wallbox."""
        try:
            self._board.exec_raw_no_follow("import machine\nmachine.reset()")
        except (self._error, OSError) as error:
            raise LinkError(_reason(error)) from None

    def say(self, data):
        """Sends bytes to what runs on the board. Raises LinkError."""
        try:
            if not self._board:
                self._board = self._open(self.port)
            self._board.serial.write(data)
        except (OSError, serial.SerialException, self._error) as error:
            raise LinkError(f"{self.port}: {_reason(error)}") from None

    def wait_line(self, start, seconds, also=()):
        """The first line from the console that begins with `start`; lines that begin with one of
        `also` are passed to its function. Raises LinkError when it does not come in time."""
        until = time.monotonic() + seconds
        seen = b""
        while time.monotonic() < until:
            try:
                if not self._board:
                    self._board = self._open(self.port)
                waiting = self._board.serial.in_waiting
                if not waiting:
                    time.sleep(0.05)
                    continue
                seen += self._board.serial.read(waiting)
            except (OSError, serial.SerialException, self._error):
                self.close()
                time.sleep(0.2)
                continue
            *lines, seen = seen.split(b"\n")
            for line in lines:
                text = line.decode(errors="replace").strip()
                if text.startswith(start):
                    return text
                for words, function in also:
                    if text.startswith(words):
                        function(text)
        raise LinkError(f"no {start!r} from the board within {seconds} s")

    def _reach(self, action):
        until = time.monotonic() + _OPEN_S
        while True:
            try:
                if not self._board:
                    self._board = self._open(self.port)
                if action():
                    return
                error = "a program is running that can not be stopped: a production board takes"
                error += " Ctrl-C only when its button was held at reset"
            except (OSError, serial.SerialException, self._error) as failure:
                error = _reason(failure)
                self.close()
            if time.monotonic() > until:
                self.close()
                raise LinkError(f"{self.port}: {error}")
            time.sleep(0.2)

    def _stop(self):
        """True at a prompt. Again and again: the wallbox resets at Ctrl-C."""
        self._board.serial.write(_STOP)
        seen = b""
        silent = time.monotonic()
        while time.monotonic() - silent < _SILENCE_S:
            waiting = self._board.serial.in_waiting
            if waiting:
                seen += self._board.serial.read(waiting)
                silent = time.monotonic()
            else:
                time.sleep(0.02)
        return seen.endswith(_PROMPT)

    def _enter(self):
        try:
            self._board.enter_raw_repl()
        except (self._error, OSError) as error:
            self.close()
            raise LinkError(_reason(error)) from None


def _reason(error):
    # both libraries put what the board has printed into the arguments
    parts = [part.decode(errors="replace") if isinstance(part, bytes) else str(part)
             for part in error.args]  # fmt: skip
    lines = " ".join(parts).strip().splitlines()
    return lines[-1] if lines else type(error).__name__
