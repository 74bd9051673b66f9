"""The wallbox and the grid connection point of the bench manager, over the wire."""

import asyncio
import contextlib
import json
import sys

from tools import ROOT
from tools.hems import scenario
from tools.hems.device import energy_manager
from tools.hems.gridmeter import GridMeter
from tools.hems.identity import Identity
from tools.hems.link import connect
from tools.hems.recorder import Recorder
from tools.hems.session import Session
from tools.trace import __main__ as trace

LONG = 30


class Box:
    """tools.sim in a process; await box(cmd, ...) is a command on its stdin."""

    def __init__(self, process):
        self.process = process
        self.port = self.control = 0

    async def line(self, wanted):
        while True:
            line = json.loads(await asyncio.wait_for(self.process.stdout.readline(), LONG))
            if wanted(line):
                return line

    async def __call__(self, cmd, **arguments):
        request = json.dumps({"cmd": cmd, "id": 1, **arguments})
        self.process.stdin.write(request.encode() + b"\n")
        return await self.line(lambda line: "id" in line)

    async def until(self, what):
        for _ in range(100):
            status = await self("status")
            if what(status):
                return status
            await asyncio.sleep(0.1)
        raise AssertionError({key: status[key] for key in ("offered_ma", "ruling", "reason")})


@contextlib.asynccontextmanager
async def wallbox(folder, ski, board="sim_grid"):
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tools.sim", "--state", str(folder / "box"), "--port", "0"),
        *("--control", "0", "--board", board, "--trust", ski),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        box = Box(process)
        ready = await box.line(lambda line: line.get("event") == "ready")
        box.port, box.control = ready["port"], ready["control"]
        yield box
    finally:
        process.terminate()
        await process.wait()


async def charge_behind_the_fuse(folder):
    identity = Identity.load_or_create(folder / "hems.pem")
    async with wallbox(folder, identity.ski) as box:
        await box("plug")
        await box("ev", state="C")
        local = energy_manager("d:_n:bench_grid")
        meter = GridMeter(local, (1.0, 2.0, 3.0))
        link = await connect("127.0.0.1", box.port, identity, device=local)
        guard = Session(link)
        await guard.setup()
        assert await guard.guard.write_limit(value=11000, active=True) == 0
        # the limit of 11 kW is the smaller one while the house leaves enough
        status = await box.until(lambda s: s["draw_ma"][0] == 15900)
        assert status["ruling"] == "lpc"
        uses = link.remote
        assert uses.entity_of("MonitoringAppliance", "monitoringOfGridConnectionPoint") == (1,)
        draw = status["draw_ma"]
        await meter.tell(link.spine, tuple(25 + ma / 1000 for ma in draw))
        status = await box.until(lambda s: s["draw_ma"][0] <= 10000)
        assert status["ruling"] == "fuse"
        assert status["offered_ma"] == [10000, 10000, 10000]
        await meter.tell(link.spine, (40.0, 40.0, 40.0))
        status = await box.until(lambda s: s["offered_ma"][0] == 0)
        assert status["ruling"] == "fuse"
        await link.close()
        await box("advance", s=20)
        status = await box.until(lambda s: s["offered_ma"][0] == 6000)
        assert status["ruling"] in ("fuse", "lpc")


def test_the_house_fuse_is_kept_over_the_wire(tmp_path):
    asyncio.run(charge_behind_the_fuse(tmp_path))


SCENARIO = """
# a car under a limit
plug
ev {"state": "C"}
refused failsafe -1
limit 7000 10m
expect limit == 7000 within 5s
expect power > 6000 within 20s
limit 4200
expect power <= 4200 within 20s
expect current.a <= 6.1
expect state == normalOperation
off
expect limit == none within 5s
wait 0.1s
"""


async def play(folder):
    identity = Identity.load_or_create(folder / "hems.pem")
    told = []
    async with wallbox(folder, identity.ski, "sim") as box:
        recorder = Recorder(folder / "record.jsonl")
        link = await connect("127.0.0.1", box.port, identity, recorder=recorder)
        session = Session(link)
        await session.setup()
        control = await scenario.Control.connect(box.control)
        await scenario.run(session, SCENARIO.splitlines(), control, told.append)
        for line, text in (
            ("expect limit == 7000", "line 1: expect limit == 7000: limit is None"),
            ("refused limit 5000", "line 1: limit 5000: accepted"),
            ("limit -5", "line 1: limit -5: refused, error 7"),
            ("expect power", "not understood"),
            ("dance", "not understood"),
            ('ev {"state": "X"}', "state is"),
            ("wait soon", "no duration"),
        ):
            try:
                await scenario.run(session, [line], control, told.append)
            except scenario.ScenarioError as error:
                assert text in str(error), (line, str(error))
            else:
                raise AssertionError(line)
        control.close()
        await link.close()
        recorder.close()
    return told


def test_a_scenario_its_record_and_what_the_trace_shows(tmp_path, capsys):
    told = asyncio.run(play(tmp_path))
    assert "limit 7000 10m: accepted" in told and "failsafe -1: refused, error 7" in told
    record = tmp_path / "record.jsonl"
    assert trace.main([str(record), "write"]) == 0
    shown = capsys.readouterr().out
    assert " -> write loadControlLimitListData 1/2->1/3 #" in shown
    assert "limitId 0, isLimitActive true, timePeriod.endTime PT600S, value 7000" in shown
    assert "filter cmdControl.partial" in shown
    assert "reply" not in shown
    assert trace.main([str(record), "--svg", str(tmp_path / "plot.svg")]) == 0
    plot = (tmp_path / "plot.svg").read_text()
    assert "acPowerTotal [1]" in plot and "limit consume activePowerLimit 0 [1]" in plot
    assert "<title>error 7</title>" in plot
