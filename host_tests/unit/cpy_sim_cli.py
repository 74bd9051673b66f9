"""tools.sim as a process: options, events, commands, power, signals.

Its child is sim_child.py under MicroPython, with the real console and store; one test runs the
firmware itself.
"""

import argparse
import contextlib
import json
import os
import queue
import shlex
import signal
import socket
import ssl
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tools import ROOT, identity
from tools.build import names
from tools.hems.identity import Identity
from tools.sim import __main__ as sim_main
from tools.sim.options import default_heap, parse, peer, settings
from tools.sim.output import LINE, Lines
from tools.sim.wallbox import STOP_S

SKI = "0123456789abcdef0123456789abcdef01234567"
OTHER = SKI[::-1]
LONG = 30  # seconds; nothing here takes as long unless it is broken


class Client:
    """A connection to the control port."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), LONG)
        self.file = self.socket.makefile("rb")

    def send(self, data):
        self.socket.sendall(data)

    def reply(self):
        return json.loads(self.file.readline())

    def __call__(self, cmd, **arguments):
        self.send(json.dumps({"cmd": cmd, **arguments}).encode() + b"\n")
        return self.reply()

    def close(self):
        self.file.close()
        self.socket.close()


class Sim:
    """tools.sim in a process of its own.

    `reading` False leaves its stdout alone after `ready`, `boots` False says that none comes,
    `real` that the child is the firmware.
    """

    def __init__(self, folder, *options, reading=True, boots=True, real=False, state="state"):
        binary = os.environ.get("MICROPYTHON") or str(Path(sys.executable).parent / "micropython")
        fake = folder / "micropython"
        child = folder / "sim_child.py"
        text = (ROOT / "host_tests" / "unit" / "sim_child.py").read_text()
        child.write_text(names().program(text))
        # -X heapsize=N -c "import firmware.app ..."
        words = " ".join(map(shlex.quote, (binary, "-X")))
        fake.write_text(f'#!/bin/sh\nexec {words} "$2" {shlex.quote(str(child))} "$2" "$4"\n')
        fake.chmod(0o755)
        self.state = folder / state
        command = [sys.executable, "-m", "tools.sim", "--state", str(self.state)]
        self.process = subprocess.Popen(
            [*command, "--port", "0", "--control", "0", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            start_new_session=True,
            env={**os.environ, "MICROPYTHON": binary if real else str(fake)},
        )
        self.clients = []
        self.lines = queue.Queue()
        if not reading:
            self.ready = json.loads(self.process.stdout.readline())
            return
        threading.Thread(target=self._read, daemon=True).start()
        if boots:
            self.ready = self.event("ready")
            self.client = self.connect()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(json.loads(line))

    def next(self):
        return self.lines.get(timeout=LONG)

    def event(self, name):
        """The next event of that name; what comes before it is dropped."""
        while True:
            message = self.next()
            if message.get("event") == name:
                return message

    def connect(self):
        self.clients.append(Client(self.ready["control"]))
        return self.clients[-1]

    def signal(self, number):
        """Exit code and seconds until it came."""
        start = time.monotonic()
        if number == signal.SIGINT:
            os.killpg(self.process.pid, number)  # Ctrl-C goes to the whole group
        else:
            self.process.send_signal(number)
        code = self.process.wait(LONG)
        return code, time.monotonic() - start

    def close(self):
        for client in self.clients:
            client.close()
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(LONG)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(OSError):
                pipe.close()


@pytest.fixture
def start(tmp_path):
    with contextlib.ExitStack() as stack:

        def make(*options, **more):
            return stack.enter_context(contextlib.closing(Sim(tmp_path, *options, **more)))

        yield make


# -- options ---------------------------------------------------------------------------------


def test_defaults():
    options = parse(["--state", "x"])
    assert (options.board, options.host, options.port) == ("sim", "127.0.0.1", 4712)
    assert (options.mdns, options.echonet, options.control) == ("off", None, None)
    assert (options.heap, options.speed) == ("207K", 1)
    assert parse(["--state", "x", "--host", "10.63.80.1"]).mdns == "on"
    assert parse(["--state", "x", "--host", "::1"]).mdns == "off"
    assert parse(["--state", "x", "--mdns", "on"]).mdns == "on"
    for given, told in (("on", "port"), ("off", None), ("announce", "announce")):
        assert settings(parse(["--state", "x", "--mdns", given]))["mdns"] == told
    assert parse(["--state", "x", "--echonet", "off"]).echonet is None


def test_heap_by_board():
    assert default_heap("w5500_evb_pico") == "219K"
    assert default_heap("pico2w") == "584K"
    assert default_heap("esp32_c3") == "84K"
    assert default_heap("sim_feedin") == "207K"
    assert default_heap("pico2w_sim") == "584K"


def test_peers():
    assert peer(f"10.0.0.1:4712:{SKI}") == ("10.0.0.1", 4712, SKI)
    assert peer(f"[fe80::1]:4712:{SKI.upper()}") == ("fe80::1", 4712, SKI)
    for bad in (f"fe80::1:4712:{SKI}", f"h:0:{SKI}", f"h:4712:{SKI[1:]}", "h:4712"):
        with pytest.raises(argparse.ArgumentTypeError):
            peer(bad)


def test_what_the_child_is_told():
    words = f"--state /x --trust {SKI} --peer h:1:{OTHER} --peer [::1]:2:{SKI} --speed 2.5"
    assert settings(parse([*words.split(), "--echonet", "10.0.0.1"])) == {
        "state": "/x",
        "host": "127.0.0.1",
        "port": 4712,
        "trust": [SKI, OTHER],
        "peers": [["h", 1, OTHER], ["::1", 2, SKI]],
        "mdns": None,
        "echonet": "10.0.0.1",
        "speed": 2.5,
        "asks_access": True,
    }


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("--meter mbus:/dev/ttyUSB0", "sml:PORT"),
        ("--meter modbus:/dev/ttyUSB0,sdm9,1", "dtsu666"),
        ("--meter sml:/dev/ttyUSB0 --speed 2", "real time"),
        ("--trust 0123", "40 hex digits"),
        ("--speed 61", "1 to 60"),
        ("--board toaster", "sim, sim_feedin"),
        ("--heap lots", "207K"),
        ("--port 65536", "0 to 65535"),
        ("--host localhost", "IP address"),
    ],
)
def test_bad_options(words, text, capsys):
    with pytest.raises(SystemExit) as left:
        parse(["--state", "x", *words.split()])
    assert left.value.code == 2
    assert text in capsys.readouterr().err


def test_help_names_every_option(capsys):
    with pytest.raises(SystemExit) as left:
        parse(["--help"])
    assert left.value.code == 0
    text = capsys.readouterr().out
    options = "state board host port trust peer heap speed mdns echonet ask-access control meter"
    assert [name for name in options.split(" ") if f"--{name}" not in text] == []


def test_lines():
    lines = Lines()
    assert list(lines.feed(b"a\nb")) == [b"a"]
    assert list(lines.feed(b"c\n\n")) == [b"bc", b""]
    assert list(lines.feed(b"x" * LINE + b"\n")) == [b"x" * LINE]
    assert list(lines.feed(b"x" * (LINE + 1) + b"\ny\n")) == [None, b"y"]
    for _ in range(10):
        assert list(lines.feed(b"x" * LINE)) == []
    assert list(lines.feed(b"\nz\n")) == [None, b"z"]


def test_missing_micropython(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MICROPYTHON", str(tmp_path / "nowhere"))
    assert sim_main.main(["--state", str(tmp_path)]) == 1
    captured = capsys.readouterr()
    assert "make setup" in captured.err and captured.out == ""


def test_a_state_folder_in_use(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sim_main, "_RELEASE_S", 0.1)
    handle = sim_main._lock(tmp_path)
    assert sim_main.main(["--state", str(tmp_path)]) == 1
    assert "in use" in capsys.readouterr().err
    os.close(handle)


# -- events and commands -----------------------------------------------------------------------


def test_ready(start):
    sim = start("--trust", SKI, "--speed", "2", "--heap", "150K")
    made = identity.load(sim.state)
    ready = sim.ready
    assert ready.pop("t_ms") >= 0
    assert ready == {
        "event": "ready",
        "ski": made.ski,
        "ship_id": made.ship_id,
        "host": "127.0.0.1",
        "port": ready["port"],
        "control": ready["control"],
        "pid": sim.process.pid,
        "boot": 1,
    }
    status = sim.client("status")
    assert status["ok"] and status["trusted"] == [SKI]
    assert status["settings"]["speed"] == 2 and status["settings"]["state"] == str(sim.state)
    assert status["argv"][1:] == [
        "heapsize=150K",
        "import firmware.app; firmware.app.main('sim')",
    ]


def test_each_line_has_one_reply(start):
    sim = start()
    first, second = sim.client, sim.connect()
    assert first("plug", id="a") == {"ok": True, "id": "a"}
    assert sim.event("charge")["pilot"] == "B"
    assert second("plug", id=None) == {"error": "plugged in already", "id": None}
    assert "unknown cmd fly" in first("fly")["error"]
    assert "unknown cmd" in first(7)["error"]
    for bad in (b"\n", b"{\n", b"[]\n", b'"plug"\n', b"\xff\n", b"NaN\n"):
        second.send(bad)
        assert "one JSON object a line" in second.reply()["error"]
    second.send(b"x" * 100000 + b"\n")
    assert "4096 bytes" in second.reply()["error"]
    # \u escapes make it longer on the way to the child
    second.send(json.dumps({"cmd": "ev", "evccid": "ä" * 2000}, ensure_ascii=False).encode())
    second.send(b"\n")
    assert "4096 bytes" in second.reply()["error"]
    # many at once, in pieces, are answered in order
    burst = b"".join(b'{"cmd":"status","id":%d}\n' % n for n in range(100))
    for at in range(0, len(burst), 37):
        first.send(burst[at : at + 37])
    assert [first.reply()["id"] for _ in range(100)] == list(range(100))
    # a client that leaves in the middle disturbs nobody
    second.send(b'{"cmd":"status"}\n{"cmd":')
    second.close()
    assert first("status")["plugged"]


def test_commands_on_stdin(start):
    sim = start()
    sim.process.stdin.write(b'{"cmd":"plug","id":1}\nrubbish\n')
    sim.process.stdin.close()
    assert sim.next()["event"] == "charge"
    assert sim.next() == {"ok": True, "id": 1}
    assert "error" in sim.next()
    assert sim.client("status")["plugged"]  # the end of stdin ends nothing


def test_what_is_no_json_goes_to_stderr(start):
    sim = start()
    assert sim.client("pin", value="chatter")["ok"]
    sim.signal(signal.SIGTERM)
    assert b"no JSON\n[1]\n" in sim.process.stderr.read()
    assert [sim.next()["event"] for _ in range(2)] == ["goodbye", "off"]


def test_unread_events_stop_nothing(start):
    sim = start(reading=False)
    client = sim.connect()
    assert client("pin", value="events")["ok"]  # more than a pipe holds
    assert client("status")["ok"]
    assert sim.signal(signal.SIGTERM)[0] == 0


def test_clock_commands_are_kept_for_the_next_boot(start):
    sim = start()
    assert sim.client("speed", x=60)["ok"]
    assert sim.client("speed", x="fast")["error"]
    assert sim.client("advance", s=3600)["ok"]
    assert sim.client("net", up=True, host="127.0.0.2")["ok"]
    sim.client("power_cut")
    assert sim.event("off")["t_ms"] >= 3600000
    assert sim.client("power_on")["ok"]
    told = sim.client("status")["settings"]
    assert (told["speed"], told["host"]) == (60, "127.0.0.2")


# -- power --------------------------------------------------------------------------------------


def test_restart(start):
    sim = start("--trust", SKI, "--peer", f"127.0.0.1:1:{OTHER}")
    assert sim.client("status")["trusted"] == [SKI, OTHER]
    assert sim.client("restart", id=5) == {"ok": True, "boot": 2, "id": 5}
    assert sim.next()["event"] == "goodbye"  # a clean stop
    again = sim.next()
    assert again["event"] == "ready"
    for field in ("ski", "ship_id", "host", "port", "control", "pid"):
        assert again[field] == sim.ready[field]
    assert again["boot"] == 2
    status = sim.client("status")
    assert status["trusted"] == [SKI, OTHER]  # stored, not given again
    assert status["settings"]["trust"] == []
    assert status["settings"]["peers"] == [["127.0.0.1", 1, OTHER]]
    assert "no arguments" in sim.client("restart", hard=True)["error"]


def test_power_cut(start):
    sim = start()
    assert sim.client("power_on")["error"] == "the wallbox has power already"
    assert sim.client("power_cut") == {"ok": True}
    off = sim.next()
    assert (off["event"], off["reason"]) == ("off", "power_cut")
    for name in ("status", "plug", "restart", "power_cut", "factory_reset"):
        assert sim.client(name) == {"error": "the wallbox is off: send power_on"}
    assert sim.client("power_on") == {"ok": True, "boot": 2}
    assert sim.next()["port"] == sim.ready["port"]
    assert sim.client("status")["ok"]


def test_commands_wait_for_a_boot(start):
    sim = start()
    other = sim.connect()
    sim.client.send(b'{"cmd":"restart"}\n')
    sim.event("goodbye")
    assert other("status")["settings"]["boot"] == 2
    assert sim.client.reply()["ok"]


def test_factory_reset(start):
    sim = start("--trust", SKI, "--peer", f"127.0.0.1:1:{OTHER}")
    before = identity.load(sim.state)
    assert sim.client("factory_reset") == {"ok": True, "boot": 2}
    assert sim.event("ready")["ski"] == before.ski
    status = sim.client("status")
    assert status["trusted"] == []
    assert status["settings"]["trust"] == status["settings"]["peers"] == []
    sim.close()
    assert identity.load(sim.state) == before
    assert SKI.encode() not in (sim.state / "flash.bin").read_bytes()


def test_identity_stays_from_process_to_process(start):
    first = start("--trust", SKI)
    first.close()
    second = start()
    assert second.ready["ski"] == first.ready["ski"]
    assert second.ready["ship_id"] == first.ready["ship_id"]
    assert second.client("status")["trusted"] == [SKI]
    other = start(state="other")
    assert other.ready["ski"] != first.ready["ski"]


def test_a_crash_is_told(start):
    sim = start()
    assert "has ended (exit code 3)" in sim.client("pin", value="crash")["error"]
    off = sim.next()
    assert (off["event"], off["reason"], off["code"]) == ("off", "crash", 3)
    assert "send power_on" in sim.client("status")["error"]
    assert sim.client("power_on")["ok"]
    assert sim.signal(signal.SIGTERM)[0] == 0


def test_a_first_boot_that_fails(start):
    sim = start("--host", "127.0.0.9", boots=False)
    assert sim.process.wait(LONG) == 1
    assert b"no start: the firmware has ended (exit code 4)" in sim.process.stderr.read()


def test_the_firmware(start):
    sim = start("--trust", SKI, real=True)
    assert sim.ready["ski"] == identity.load(sim.state).ski
    first = socket.create_connection(("127.0.0.1", sim.ready["port"]), LONG)
    first.close()
    assert sim.client("status")["trusted"] == [SKI]
    assert sim.client("restart")["ok"]
    again = sim.event("ready")
    assert (again["ski"], again["port"]) == (sim.ready["ski"], sim.ready["port"])
    assert sim.client("factory_reset")["ok"]
    assert sim.client("status")["trusted"] == []
    code, seconds = sim.signal(signal.SIGTERM)
    assert code == 0 and seconds < 3


def test_the_firmware_makes_its_own_identity(start):
    sim = start("--identity", "device", real=True)
    made = identity.load(sim.state)
    assert sim.ready["ski"] == made.ski and sim.ready["ship_id"] == made.ship_id
    assert stat.S_IMODE((sim.state / "flash.bin").stat().st_mode) == 0o600
    # TLS works with it
    context = ssl.create_default_context(cadata=made.cert)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_flags = ssl.VerifyFlags(0)
    pem = sim.state / "manager.pem"
    Identity.load_or_create(pem)
    context.load_cert_chain(pem)
    with (
        socket.create_connection(("127.0.0.1", sim.ready["port"]), LONG) as raw,
        context.wrap_socket(raw) as tls,
    ):
        assert tls.getpeercert(True) == made.cert
    assert sim.client("restart")["ok"]
    assert sim.event("ready")["ski"] == made.ski
    assert identity.load(sim.state) == made


def test_the_firmware_tells_of_a_limit_once(start):
    sim = start(real=True)
    assert sim.client("user", ma=8000)["ok"]
    assert sim.client("plug")["ok"] and sim.client("advance", s=1)["ok"]
    assert sim.client("user", ma=7000)["ok"] and sim.client("advance", s=1)["ok"]
    status = sim.client("status")
    told = {entry["origin"]: entry for entry in status["limits"]}
    assert told["user"]["ma"] == [7000] * 3
    sim.signal(signal.SIGTERM)
    events = []
    while not events or events[-1]["event"] != "off":
        events.append(sim.next())
    limits = [(e["origin"], e["active"], e["w"], e["ma"]) for e in events if e["event"] == "limit"]
    assert ("user", True, None, [8000] * 3) in limits and (
        "user",
        True,
        None,
        [7000] * 3,
    ) in limits
    again = [one for one, other in zip(limits, limits[1:], strict=False) if one == other]
    assert len(limits) == len(set(map(repr, limits))) and not again
    assert [e["t_ms"] for e in events] == sorted(e["t_ms"] for e in events)


def test_what_the_firmware_refuses(start):
    sim = start(real=True)
    for arguments, text in (
        ({"cmd": "user", "ma": -1}, "0 to 80000"),
        ({"cmd": "user", "ma": 1 << 40}, "0 to 80000"),
        ({"cmd": "net", "up": True, "host": "192.0.2.1"}, "cannot listen at 192.0.2.1"),
        ({"cmd": "ev", "state": "D"}, "A is unplug"),
        ({"cmd": "fault", "name": "fire", "on": True}, "diode pe rcd"),
        ({"cmd": "pin", "value": "1"}, "8 to 16 hex digits"),
    ):
        assert text in sim.client(**arguments)["error"]
    for n in range(8):
        assert sim.client("trust", ski=f"{n:040x}")["ok"]
    assert "full" in sim.client("trust", ski=SKI)["error"]
    assert len(sim.client("status")["trusted"]) == 8


def test_a_long_jump_of_the_clock_can_be_stopped(start):
    sim = start(real=True)
    sim.client.send(b'{"cmd":"advance","s":500000}\n')
    assert sim.connect()("status")["ok"]  # others are served meanwhile
    code, seconds = sim.signal(signal.SIGTERM)
    assert code == 0 and seconds < STOP_S  # by itself, not by force
    assert sim.event("off")["reason"] == "stop"


# -- signals --------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_in_order(start, number):
    sim = start()
    code, seconds = sim.signal(number)
    assert code == 0 and seconds < 3
    assert sim.next()["event"] == "goodbye"
    assert sim.next()["event"] == "off"


@pytest.mark.parametrize("value", ["deaf", "silent"])
def test_a_child_that_does_not_stop_is_killed(start, value):
    sim = start()
    sim.client.send(b'{"cmd":"pin","value":"%s"}\n' % value.encode())
    if value == "deaf":
        assert sim.client.reply()["ok"]
    else:
        sim.event("asleep")
    code, seconds = sim.signal(signal.SIGTERM)
    assert code == 0 and seconds < 3
    assert sim.next()["event"] == "off"


def test_signal_without_power(start):
    sim = start()
    sim.client("power_cut")
    assert sim.signal(signal.SIGTERM)[0] == 0


def test_a_killed_parent_leaves_no_child(start):
    first = start()
    first.process.kill()
    first.process.wait(LONG)
    # the child holds the state folder until its goodbye is done
    second = start()
    assert (second.state / "goodbye").exists()
