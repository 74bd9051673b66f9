"""The demonstration: the whole story, stories that go wrong, and what it draws."""

import asyncio
import io
import json
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as xml
from types import SimpleNamespace

import pytest
from rich.console import Console

from tools import ROOT
from tools.demo import __main__ as demo
from tools.demo import claims, timeline
from tools.demo.axis import TimeAxis, steps
from tools.demo.manager import Manager, Reading
from tools.demo.recording import Chapter, Mark, Sample
from tools.demo.screen import Screen
from tools.demo.stage import Broken, Stage
from tools.demo.story import CHAPTERS
from tools.demo.wallbox import Status, Wallbox
from tools.hems import Identity

SVG = "{http://www.w3.org/2000/svg}"


def _run(folder, **environment):
    return subprocess.run(
        [sys.executable, "-m", "tools.demo", "--fast", "--out", str(folder)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def _record(folder):
    lines = (folder / "record.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_the_whole_story(tmp_path):
    done = _run(tmp_path)
    assert done.stdout.splitlines()[-1] == f"{len(CHAPTERS)} passed, 0 failed", done.stdout
    assert done.returncode == 0 and not done.stderr
    record = _record(tmp_path)
    assert all(entry["passed"] for entry in record if entry["kind"] == "result")
    samples = [entry for entry in record if entry["kind"] == "sample"]
    states = [state for _, _, state in steps(_samples(samples), lambda s: s.state)]
    assert states == ["init", "uc", "limited", "uc", "failsafe", "limited", "uc", "limited", "uc"]
    limited = [s["power_w"] for s in samples if s["state"] == "limited" and s["limit_w"] == 4200]
    assert limited[-1] == 4140
    by_echonet = {(s["offered_ma"], s["power_w"]) for s in samples if s["ruling"] == "echonet"}
    assert {(13000, 2990), (0, 0)} <= by_echonet
    xml.parse(tmp_path / "timeline.svg")


def _samples(entries):
    return [Sample(**{name: entry[name] for name in Sample._fields}) for entry in entries]


def test_a_wallbox_that_cannot_start_fails_the_story(tmp_path):
    done = _run(tmp_path, MICROPYTHON="/nowhere/micropython")
    assert done.returncode == 1
    assert "no MicroPython at /nowhere/micropython" in done.stdout
    assert done.stdout.splitlines()[-1] == f"0 passed, {len(CHAPTERS)} failed"
    assert not (tmp_path / "timeline.svg").exists()


def test_a_fault_breaks_the_story_with_a_reason(tmp_path, monkeypatch, capsys):
    class Faulty(Wallbox):
        async def command(self, cmd, **arguments):
            reply = await super().command(cmd, **arguments)
            if cmd == "plug":
                await super().command("fault", name="pe", on=True)
            return reply

    monkeypatch.setattr(demo, "Wallbox", Faulty)
    out = io.StringIO()
    options = demo.arguments(["--fast", "--out", str(tmp_path)])
    assert not asyncio.run(demo.run(options, Screen(Console(file=out, width=100))))
    told = out.getvalue()
    assert "FAILED not within 5 s: the wallbox offers 16 A" in told
    assert "(fault pe)" in told
    assert capsys.readouterr().out.splitlines()[-1] == f"4 passed, {len(CHAPTERS) - 4} failed"
    assert [e["passed"] for e in _record(tmp_path) if e["kind"] == "result"] == [True] * 4 + [
        False
    ]


STATUS = Status(
    *(10.0, "limited", 4200, 4200, 7200, 6000, 6000, 4140, 5, "C", True, "lpc", "why", [], {}, 3),
)
READING = Reading(4200, 4140, 6.0, 5, "normalOperation")


def _untrue(wanted, own, seen):
    return [words for words, test in wanted if not test(own, seen)]


def test_claims_about_a_limit():
    wanted = claims.limited(4200, 6000)
    assert not _untrue(wanted, STATUS, READING)
    for change in (
        {"state": "uc"},
        {"limit_w": None},
        {"limit_w": 4300},
        {"ruling": "board"},
        {"offered_ma": 16000},
        {"draw_ma": 16000},
        {"power_w": 4201},
    ):
        assert _untrue(wanted, STATUS._replace(**change), READING), change
    for change in ({"limit_w": None}, {"power_w": 11040}):
        assert _untrue(wanted, STATUS, READING._replace(**change)), change
    assert len(_untrue(wanted, STATUS, None)) == 2


MET = {  # a Status and a Reading that meet the claims of that name
    "NOBODY": (STATUS._replace(state="init", pilot="A", contactor=False), None),
    "UNLIMITED": (STATUS._replace(state="uc", limit_w=None), READING._replace(limit_w=None)),
    "FULL": (
        STATUS._replace(offered_ma=16000, draw_ma=16000, power_w=11040),
        READING._replace(current_a=16.0, power_w=11040),
    ),
    "CHARGING": (STATUS, READING),
    "UNHEARD": (STATUS._replace(state="uc", offered_ma=16000), None),
    "READS_FAILSAFE": (STATUS._replace(state="failsafe"), READING._replace(limit_w=None)),
    "EMPTY": (
        STATUS._replace(pilot="A", contactor=False, power_w=0, energy_wh=6, peers={"a": "data"}),
        READING._replace(power_w=0, energy_wh=6, operating="failure"),
    ),
    "else": (STATUS._replace(limit_w=1, ruling="fuse", offered_ma=7000), None),
}


@pytest.mark.parametrize("name", [name for name in MET if name != "else"])
def test_claims_can_be_met_and_missed(name):
    wanted = getattr(claims, name)
    assert not _untrue(wanted, *MET[name])
    for claim in wanted:
        assert any(_untrue([claim], *other) for other in MET.values()), claim[0]


class Still:
    """A wallbox and a manager that always say the same."""

    told = ()

    async def status(self):
        return STATUS

    async def read(self):
        return READING


def test_what_does_not_happen_is_named():
    stage = Stage(Still(), Still(), None, None, pace=0)
    asyncio.run(stage.expect(("true", lambda own, seen: True), within=0))
    wanted = (("one", lambda own, seen: True), ("two", lambda own, seen: False))
    with pytest.raises(Broken, match=r"not within 0 s: two; instead the wallbox is in .*limited"):
        asyncio.run(stage.expect(*wanted, within=0))
    with pytest.raises(Broken, match="did not stay so: two"):
        asyncio.run(stage.hold(0, *wanted))
    with pytest.raises(Broken, match="the power"):
        asyncio.run(stage.power(lambda watts: watts == 0, time.monotonic(), within=0))


def test_a_manager_without_a_link_reads_nothing(tmp_path):
    manager = Manager(Identity.load_or_create(tmp_path / "manager.pem"))
    manager.crash()
    assert manager.known() is None
    assert asyncio.run(manager.read()) is None


def _sample(at, t_s, speed=1, **change):
    plain = Sample(at, t_s, speed, "uc", None, 16000, 16000, 11040, 1, "board", "why", *[None] * 3)
    return plain._replace(**change)


RUN = [
    _sample(0, 0, state="init", limit_w=4200, offered_ma=0, power_w=0),
    _sample(4, 4),
    _sample(5, 5, state="limited", limit_w=4200, offered_ma=6000),
    _sample(6, 6, state="limited", limit_w=4200, offered_ma=6000, power_w=4140),
    _sample(10, 10),
    _sample(11, 22, 12),
    _sample(20, 130, 12),
    _sample(21, 131, state="failsafe", limit_w=4200, offered_ma=6000, power_w=4140),
    _sample(40, 150, state="failsafe", limit_w=4200, offered_ma=6000, power_w=4140),
]


def test_time_axis():
    axis = TimeAxis(RUN, 0, 400)
    assert axis.x(20) == 200 and axis.x(-1) == 0 and axis.x(99) == 400
    assert axis.fast() == [(11, 21, 12)]
    ticks = axis.ticks()
    assert (50, 5) in ticks and (100, 10) in ticks
    # 30 would be too near to 10's label; in the fast stretch 12 s take 1 s
    assert [t for _, t in ticks] == [5, 10, 60, 120, 135, 140, 145, 150]
    assert all(b[0] - a[0] >= 34 for a, b in zip(ticks, ticks[1:], strict=False))


def test_steps():
    assert steps(RUN[:5], lambda s: s.power_w) == [
        (0, 4, 0), (4, 6, 11040), (6, 10, 4140), (10, 10, 11040),
    ]  # fmt: skip


def test_timeline():
    recording = SimpleNamespace(
        samples=RUN,
        chapters=[Chapter(1, "One", "a < b", 0), Chapter(2, "Two", "limit 4.2 kW", 5)],
        marks=[Mark(6, "down", False), Mark(20.5, "silent", True)],
    )
    root = xml.fromstring(timeline.render(recording))
    texts = {"".join(e.itertext()): e for e in root.iter(SVG + "text")}
    assert {"a < b", "limit 4.2 kW", "kW", "A", "down", "16 A", "6 A"} <= set(texts)
    assert "end" in texts["silent"].get("class")
    power = [e.get("d") for e in root.iter(SVG + "path") if e.get("class") == "power"][-1]
    # 0 W, 11.04 kW, 4.14 kW between 372 (0) and 138 (12 kW)
    assert [float(y.split("H")[0].split()[-1]) for y in power[1:].split("V")] == [
        372, 156.7, 291.3, 156.7, 291.3,
    ]  # fmt: skip
    lids = [e.get("class") for e in root.iter(SVG + "path")]
    assert lids.count("limit") == 2  # the legend's and one
    assert lids.count("failsafe") == 3
    assert "prefers-color-scheme:dark" in root.find(SVG + "style").text


def test_timeline_of_a_run_that_ended_at_once():
    recording = SimpleNamespace(samples=RUN[:1], chapters=[Chapter(1, "a", "a", 0)], marks=[])
    xml.fromstring(timeline.render(recording))


def test_panel_at_a_terminal():
    out = io.StringIO()
    with Screen(Console(file=out, force_terminal=True, width=100, color_system=None)) as screen:
        screen.chapter(6, 13, "The grid is short of power", "it falls")
        screen.show(RUN[3]._replace(linked=True, read_limit_w=4200, read_power_w=4140))
    told = out.getvalue().rpartition("╭")[2]
    assert "limited by the energy manager" in told
    assert told.count("4.14 kW") == 2 and told.count("4.20 kW") == 2
    assert "█" * 18 + "┃" in told


def test_panel_without_a_link_and_with_a_fast_clock():
    out = io.StringIO()
    with Screen(Console(file=out, force_terminal=True, width=100, color_system=None)) as screen:
        screen.show(RUN[6]._replace(linked=False))
    told = out.getvalue()
    assert "running 12 times as fast" in told and "no limit           -" in told
