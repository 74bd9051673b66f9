"""JSON lines out and in."""

import json
import os
import queue
import threading

LINE = 4096  # longest command line in bytes, as in firmware.hal.sim.console


class Output:
    """Writes JSON lines in a thread of its own: who does not read them stops nobody else."""

    def __init__(self, stream):
        self._stream = stream
        self._queue: queue.SimpleQueue = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def write(self, message):
        self._queue.put(json.dumps(message))

    def close(self):
        """Gives the reader a moment to take what is left."""
        self._queue.put(None)
        self._thread.join(0.3)

    def _run(self):
        while (line := self._queue.get()) is not None:
            try:
                self._stream.write(line + "\n")
                self._stream.flush()
            except (OSError, ValueError):
                return  # nobody reads any more; the control port and signals still work


class Lines:
    """Splits a stream of bytes into lines; in place of one that is too long comes None."""

    def __init__(self):
        self._rest = b""
        self._long = False

    def feed(self, data):
        *ends, rest = (self._rest + data).split(b"\n")
        for line in ends:
            yield None if self._long or len(line) > LINE else line
            self._long = False
        if len(rest) > LINE:
            self._long = True
        self._rest = b"" if self._long else rest


def read_stdin(take):
    """A thread that calls take(bytes) with what comes in, up to the end of stdin."""

    def run():
        try:
            while data := os.read(0, 4096):
                take(data)
        except (OSError, RuntimeError):
            pass  # closed, the terminal of somebody else, or the event loop has ended

    threading.Thread(target=run, daemon=True).start()
