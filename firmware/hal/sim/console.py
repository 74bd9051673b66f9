"""The simulated wallbox's side of the link to tools.sim: JSON lines on stdin and stdout.

    in:  {"re": 7, "do": "fault", "a": ["rcd", true]}
    out: {"re": 7, "ok": true} or {"re": 7, "error": "what to do"}, after the effect
    out: {"event": "state", "t_ms": 1200, ...}

tools.sim has checked the arguments. This runs in the simulator alone: it may use json.
"""

import json
import select
import sys


class Stdin:
    """Standard input as bytes, with a look whether there are any."""

    def __init__(self):
        self.readinto = sys.stdin.buffer.readinto
        self._poll = select.poll()
        self._poll.register(sys.stdin, select.POLLIN)

    def ready(self):
        """True when readinto() of one byte does not block, at the end of stdin too."""
        return bool(self._poll.poll(0))


class Console:
    """Calls what `app` (the Bench) has for a command, or else the method of `app.hal` (the Plant);
    they return None or the fields of the reply, as a dict or one (name, value) after the other,
    and raise ValueError with what was wrong. `app.clock.t_ms()` stamps events."""

    def __init__(self, app, out=None, inp=None):
        self._app = app
        self._out = out or sys.stdout
        self._inp = inp or Stdin()
        self._byte = bytearray(1)
        self._line = bytearray()

    def readable(self):
        """Takes in what stdin has and carries out every complete line; never blocks.

        False at the end of stdin: tools.sim is gone, app.stop() has been called, and the
        event loop must not watch stdin any more.
        """
        # One byte at a time: a longer read of a pipe would wait until it is full.
        inp = self._inp
        byte = self._byte
        while inp.ready():
            if not inp.readinto(byte):
                self._app.stop()
                return False
            if byte[0] == 10:
                line = bytes(self._line)
                self._line = bytearray()
                self._complete(line)
            else:
                self._line.append(byte[0])
        return True

    def event(self, name, fields):
        """Tells tools.sim of an event; `fields` is a dict."""
        fields["event"] = name
        fields["t_ms"] = self._app.clock.t_ms()
        self._send(fields)

    def _complete(self, line):
        request = json.loads(line)
        name = request["do"]
        app = self._app
        reply = {"re": request["re"]}
        try:
            command = app.command(name)
            if command:
                fields = command(app, *request["a"])
            else:
                fields = getattr(app.hal, name)(*request["a"])
            reply["ok"] = True
        except Exception as error:
            fields = None
            reply["error"] = _told(error)
        self._send(reply, fields or {})

    def _send(self, message, more=()):
        # field by field: a status needs 4 KB as one dict or text, of a heap that may be full
        out = self._out
        mark = "{"
        try:
            for part in (more, message):
                try:
                    for key, value in part.items() if isinstance(part, dict) else part:
                        out.write('%s"%s": ' % (mark, key))
                        json.dump(value, out)
                        mark = ", "
                except MemoryError as error:
                    message = {"re": message["re"], "error": _told(error)}
            out.write("}\n")
            if hasattr(out, "flush"):
                out.flush()
        except OSError:
            pass  # the parent is gone; the end of stdin stops us


def _told(error):
    """What the reply says: what was wrong with the command, or that the firmware has a defect."""
    if isinstance(error, ValueError):
        return str(error)
    if hasattr(sys, "print_exception"):
        sys.print_exception(error, sys.stderr)
    return "%s in the firmware: %s" % (type(error).__name__, error)
