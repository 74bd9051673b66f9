"""Commands and replies of the simulator's console, without a process around it."""

import json

from firmware.hal.sim.console import Console

SKI = "0123456789abcdef0123456789abcdef01234567"


class Recorder:
    """Takes the place of app and app.hal: notes each call, answers from `answers`."""

    def __init__(self):
        self.calls = []
        self.answers = {}
        self.hal = self
        self.clock = self

    def t_ms(self):
        return 1234

    def __getattr__(self, name):
        if name[0] == "_":
            raise AttributeError(name)

        def called(*arguments):
            self.calls.append((name, arguments))
            answer = self.answers.get(name)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return called


class Lines:
    """A stdout that keeps the lines."""

    def __init__(self):
        self.lines = []

    def write(self, text):
        assert text[-1] == "\n"
        self.lines.append(text[:-1])

    def take(self):
        taken = [json.loads(line) for line in self.lines]
        del self.lines[:]
        return taken


class Pipe:
    """A stdin that has some bytes."""

    def __init__(self, data, end=False):
        self.data = data
        self.end = end
        self.at = 0

    def ready(self):
        return self.at < len(self.data) or self.end

    def readinto(self, buf):
        assert len(buf) == 1
        if self.at == len(self.data):
            return 0
        buf[0] = self.data[self.at]
        self.at += 1
        return 1


def make():
    app = Recorder()
    out = Lines()
    return Console(app, out, Pipe(b"")), app, out


def feed(c, data, end=False):
    if isinstance(data, dict):
        data = json.dumps(data) + "\n"
    if isinstance(data, str):
        data = data.encode()
    c._inp.__init__(data, end)
    return c.readable()


def call(command):
    """(calls of app, reply) for one command."""
    c, app, out = make()
    feed(c, command)
    (reply,) = out.take()
    return app.calls, reply


def test_every_command_reaches_its_method():
    for command, wanted in (
        ({"cmd": "plug"}, ("plug", ())),
        ({"cmd": "unplug"}, ("unplug", ())),
        ({"cmd": "ev", "state": "C"}, ("ev", ("C", None, None, None, None))),
        (
            {"cmd": "ev", "draw_ma": [1, 2, 3], "soc": 50, "evccid": "aa", "iso15118": True},
            ("ev", (None, [1, 2, 3], 50, "aa", True)),
        ),
        ({"cmd": "fault", "name": "rcd", "on": True}, ("fault", ("rcd", True))),
        ({"cmd": "meter", "u_mv": 230000}, ("meter", (230000, None, None, None))),
        (
            {"cmd": "meter", "u_mv": [1, 2, 3], "lost": False},
            ("meter", ([1, 2, 3], None, None, False)),
        ),
        ({"cmd": "grid", "ma": [-1, 0, 16000]}, ("grid", ([-1, 0, 16000],))),
        ({"cmd": "temperature", "c": -5}, ("temperature", (-5,))),
        (
            {"cmd": "trust", "ski": "0123 4567 89AB CDEF " + SKI[:24]},
            ("trust", ("0123456789abcdef" + SKI[:24],)),
        ),
        ({"cmd": "untrust", "ski": SKI}, ("untrust", (SKI,))),
        ({"cmd": "button"}, ("button", ())),
        (
            {"cmd": "pin", "value": "12345678", "mode": "required"},
            ("pin", ("12345678", "required")),
        ),
        ({"cmd": "user", "ma": 10000}, ("user_limit", (10000,))),
        ({"cmd": "user", "ma": None}, ("user_limit", (None,))),
        ({"cmd": "net", "up": False}, ("net_up", (False, None))),
        ({"cmd": "net", "up": True, "host": "10.0.0.2"}, ("net_up", (True, "10.0.0.2"))),
        ({"cmd": "factory_reset"}, ("factory_reset", ())),
        ({"cmd": "advance", "s": 0.5}, ("advance", (0.5,))),
        ({"cmd": "speed", "x": 60}, ("speed", (60,))),
        ({"cmd": "stop"}, ("stop", ())),
    ):
        command["re"] = 7
        calls, reply = call(command)
        assert calls == [wanted], (command, calls)
        assert reply == {"re": 7, "ok": True}


def test_bad_commands_are_refused_and_have_no_effect():
    for command, text in (
        ("[1]\n", "one JSON object"),
        ("{\n", "one JSON object"),
        ("\xff\n", "one JSON object"),
        ("\n", "one JSON object"),
        ({"cmd": "explode"}, "unknown cmd explode, use one of: ev fault"),
        ({"cmd": ["plug"]}, "unknown cmd"),
        ({}, "unknown cmd"),
        ({"cmd": "plug", "hard": True}, "plug takes no hard, only: nothing"),
        ({"cmd": "ev", "sate": "C"}, "ev takes no sate, only: state draw_ma"),
        ({"cmd": "ev", "state": 3}, "state must be a text"),
        ({"cmd": "ev", "draw_ma": [1, 2]}, "draw_ma must be a list of three integers"),
        ({"cmd": "ev", "draw_ma": 16000}, "three integers"),
        ({"cmd": "ev", "draw_ma": [1, 2, True]}, "three integers"),
        ({"cmd": "ev", "soc": 1.5}, "soc must be an integer"),
        ({"cmd": "fault", "name": "rcd"}, "fault needs on"),
        ({"cmd": "fault", "name": "rcd", "on": 1}, "on must be true or false"),
        ({"cmd": "meter", "u_mv": "230"}, "three integers"),
        ({"cmd": "trust", "ski": SKI[1:]}, "40 hex digits"),
        ({"cmd": "trust", "ski": SKI[1:] + "g"}, "40 hex digits"),
        ({"cmd": "advance"}, "advance needs s"),
        ({"cmd": "speed", "x": "fast"}, "x must be a number"),
    ):
        calls, reply = call(command)
        assert calls == [], command
        assert text in reply["error"], (command, reply)
        assert "ok" not in reply


def test_answers_of_the_application():
    c, app, out = make()
    app.answers["status"] = {"t_ms": 5, "limits": []}
    feed(c, {"re": 1, "cmd": "status"})
    app.answers["plug"] = ValueError("it is plugged in already")
    feed(c, {"re": 2, "cmd": "plug"})
    app.answers["unplug"] = KeyError("defect")
    feed(c, {"re": 3, "cmd": "unplug"})
    replies = out.take()
    assert replies[0] == {"re": 1, "ok": True, "t_ms": 5, "limits": []}
    assert replies[1] == {"re": 2, "error": "it is plugged in already"}
    assert replies[2]["re"] == 3 and "KeyError in the firmware" in replies[2]["error"]


def test_events():
    c, app, out = make()
    c.event("peer", {"ski": SKI, "state": "data"})
    assert out.take() == [{"event": "peer", "t_ms": 1234, "ski": SKI, "state": "data"}]


def test_lines_come_in_pieces():
    c, app, out = make()
    assert feed(c, '{"cmd":"pl')
    assert out.lines == []
    assert feed(c, 'ug"}\n{"cmd":"unplug"}\n{"cmd"')
    assert [name for name, _ in app.calls] == ["plug", "unplug"]


def test_a_line_is_bounded():
    c, app, out = make()
    feed(c, b"x" * 4097)
    assert len(c._line) == 4096
    feed(c, b"x" * 100000 + b"\n" + b'{"cmd":"plug"}\n')
    refused, done = out.take()
    assert "at most 4096 bytes" in refused["error"]
    assert done["ok"]
    padded = b'{"cmd":"plug"' + b" " * (4096 - 14) + b"}"
    assert len(padded) == 4096
    feed(c, padded + b"\n")
    assert out.take()[0]["ok"]


def test_end_of_stdin_stops_the_wallbox():
    c, app, out = make()
    assert feed(c, b'{"cmd":"plug"}\n', end=True) is False
    assert [name for name, _ in app.calls] == ["plug", "stop"]


def test_a_parent_that_is_gone():
    class Broken:
        def write(self, text):
            raise OSError(32)

    c = Console(Recorder(), Broken(), Pipe(b""))
    c.event("limit", {})  # no exception: the end of stdin stops the wallbox
