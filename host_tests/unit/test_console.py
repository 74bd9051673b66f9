"""Commands and replies of the simulator's console, without a process around it."""

import json
from io import StringIO

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

    def command(self, name):
        return lambda app, *arguments: getattr(app, name)(*arguments)

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
    """A stdout, as `stream`, that keeps the lines."""

    def __init__(self):
        self.stream = StringIO()  # json.dump of MicroPython takes no other object
        self.taken = 0

    def take(self):
        """The objects of the lines that are new."""
        text = self.stream.getvalue()
        lines = text[self.taken :].split("\n")
        self.taken = len(text)
        assert lines.pop() == ""
        return [json.loads(line) for line in lines]


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
    return Console(app, out.stream, Pipe(b"")), app, out


def feed(c, data, end=False):
    if isinstance(data, dict):
        data = json.dumps(data) + "\n"
    if isinstance(data, str):
        data = data.encode()
    c._inp.__init__(data, end)
    return c.readable()


def test_a_command_reaches_its_method():
    c, app, out = make()
    feed(c, {"re": 7, "do": "fault", "a": ["rcd", True]})
    feed(c, {"re": 8, "do": "plug", "a": []})
    assert app.calls == [("fault", ("rcd", True)), ("plug", ())]
    assert out.take() == [{"re": 7, "ok": True}, {"re": 8, "ok": True}]


def test_the_bench_comes_before_the_plant():
    c, app, out = make()
    plant = Recorder()
    app.hal = plant
    feed(c, {"re": 1, "do": "button", "a": []})
    assert app.calls and not plant.calls
    app.command = lambda name: None
    feed(c, {"re": 2, "do": "plug", "a": []})
    assert plant.calls == [("plug", ())]


def test_answers_of_the_application():
    c, app, out = make()
    app.answers["status"] = {"t_ms": 5, "limits": []}
    feed(c, {"re": 1, "do": "status", "a": []})
    app.answers["plug"] = ValueError("it is plugged in already")
    feed(c, {"re": 2, "do": "plug", "a": []})
    app.answers["unplug"] = KeyError("defect")
    feed(c, {"re": 3, "do": "unplug", "a": []})
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
    assert feed(c, '{"re":1,"do":"pl')
    assert out.take() == []
    assert feed(c, 'ug","a":[]}\n{"re":2,"do":"unplug","a":[]}\n{"re"')
    assert [name for name, _ in app.calls] == ["plug", "unplug"]


def test_end_of_stdin_stops_the_wallbox():
    c, app, out = make()
    assert feed(c, b'{"re":1,"do":"plug","a":[]}\n', end=True) is False
    assert [name for name, _ in app.calls] == ["plug", "stop"]


def test_a_parent_that_is_gone():
    class Broken:
        def write(self, text):
            raise OSError(32)

    c = Console(Recorder(), Broken(), Pipe(b""))
    c.event("limit", {})  # no exception: the end of stdin stops the wallbox
