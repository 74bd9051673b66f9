"""The simulated wallbox's side of the link to tools.sim: JSON lines on stdin and stdout.

    in:  {"re": 7, "cmd": "fault", "name": "rcd", "on": true}
    out: {"re": 7, "ok": true} or {"re": 7, "error": "what to do"}, after the effect
    out: {"event": "state", "t_ms": 1200, ...}

Runs in the simulator alone, so it may use json and make garbage.
"""

import json
import select
import sys

from micropython import const

_LINE = const(4096)  # longest command line in bytes

_HEX = "0123456789abcdef"

# Arguments in the order of the method's, as name:kind. Kinds: s text, i int, n number, b true
# or false, v int or three ints, w three ints; a capital letter: must be there.
_PLANT = {  # methods of app.hal
    "plug": "",
    "unplug": "",
    "ev": "state:s draw_ma:w soc:i evccid:s iso15118:b",
    "fault": "name:S on:B",
    "meter": "u_mv:v hz_m:i import_wh:i lost:b",
    "grid": "ma:W",
    "temperature": "c:I",
}
_APP = {  # methods of app: the method's name first, where it is another one
    "status": "status",
    "trust": "trust ski:K",
    "untrust": "untrust ski:K",
    "button": "button",
    "pin": "pin value:s mode:s",
    "user": "user_limit ma:i",
    "net": "net_up up:B host:s",
    "factory_reset": "factory_reset",
    "advance": "advance s:N",
    "speed": "speed x:N",
    "stop": "stop",
}


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
    """Commands from `inp` (a Stdin) for `app`, replies and events to `out` (stdout).

    Of `app` it uses the methods in _APP, clock.t_ms() and hal with the methods in _PLANT. They
    return None or a dict of fields for the reply; ValueError says what was wrong.
    """

    def __init__(self, app, out=None, inp=None):
        self._app = app
        self._out = out or sys.stdout
        self._inp = inp or Stdin()
        self._byte = bytearray(1)
        self._line = bytearray()
        self._long = False

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
                self._complete()
            elif len(self._line) < _LINE:
                self._line.append(byte[0])
            else:
                self._long = True
        return True

    def event(self, name, fields):
        """Tells tools.sim of an event; `fields` is a dict."""
        message = {"event": name, "t_ms": self._app.clock.t_ms()}
        message.update(fields)
        self._send(message)

    def _complete(self):
        line = bytes(self._line)
        long = self._long
        self._line = bytearray()
        self._long = False
        reply = {"re": None}
        try:
            if long:
                raise ValueError("a command is at most %d bytes long" % _LINE)
            fields = self._dispatch(line, reply)
            reply["ok"] = True
            if fields:
                reply.update(fields)
        except (ValueError, TypeError) as error:
            reply["error"] = str(error)
        except Exception as error:  # a defect of the firmware: tell, and go on
            if hasattr(sys, "print_exception"):
                sys.print_exception(error, sys.stderr)
            reply["error"] = "%s in the firmware: %s" % (type(error).__name__, error)
        self._send(reply)

    def _dispatch(self, line, reply):
        try:
            command = json.loads(line)
        except ValueError:
            command = None
        if not isinstance(command, dict):
            raise ValueError('send one JSON object a line, as {"cmd":"status"}')
        reply["re"] = command.pop("re", None)
        name = command.pop("cmd", None)
        app = self._app
        if not isinstance(name, str):
            name = ""
        if name in _PLANT:
            method = getattr(app.hal, name)
            spec = _PLANT[name].split()
        elif name in _APP:
            spec = _APP[name].split()
            method = getattr(app, spec.pop(0))
        else:
            known = sorted(_PLANT) + sorted(_APP)
            raise ValueError("unknown cmd %s, use one of: %s" % (name, " ".join(known)))
        arguments = []
        for item in spec:
            argument, kind = item.split(":")
            value = command.pop(argument, None)
            if value is None:
                if kind < "a":
                    raise ValueError("%s needs %s" % (name, argument))
            else:
                value = _checked(argument, kind.lower(), value)
            arguments.append(value)
        for argument in command:
            raise ValueError(
                "%s takes no %s, only: %s"
                % (name, argument, " ".join([item.split(":")[0] for item in spec]) or "nothing")
            )
        return method(*arguments)

    def _send(self, message):
        # one write: the parent reads lines, whoever else writes to stdout
        try:
            self._out.write(json.dumps(message) + "\n")
            if hasattr(self._out, "flush"):
                self._out.flush()
        except OSError:
            pass  # the parent is gone; the end of stdin stops us


def _checked(argument, kind, value):
    wanted = None
    if kind == "s":
        if not isinstance(value, str):
            wanted = "a text"
    elif kind == "b":
        if value is not True and value is not False:
            wanted = "true or false"
    elif kind == "i":
        if not _is_int(value):
            wanted = "an integer"
    elif kind == "n":
        if not _is_int(value) and not isinstance(value, float):
            wanted = "a number"
    elif kind == "k":
        if isinstance(value, str):
            value = value.replace(" ", "").lower()
        if not isinstance(value, str) or len(value) != 40 or value.strip(_HEX):
            wanted = "an SKI of 40 hex digits"
    elif kind == "v" and _is_int(value):
        pass
    elif not isinstance(value, list) or len(value) != 3 or not all(map(_is_int, value)):
        wanted = "a list of three integers"
    if wanted:
        raise ValueError("%s must be %s" % (argument, wanted))
    return value


def _is_int(value):
    return isinstance(value, int) and value is not True and value is not False
