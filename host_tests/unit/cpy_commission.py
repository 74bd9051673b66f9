"""SHIP 1.1 between the real firmware (tools.sim) and the bench manager as a commissioning tool."""

import asyncio
import subprocess
import sys
import time

import pytest
from cpy_sim_cli import Sim

from tools import ROOT
from tools.hems import link
from tools.hems.commissioning import Refused, Tool
from tools.hems.identity import Identity
from tools.hems.ship import ShipError

DAY = 86400
BOARD = "pico2w_sim"


@pytest.fixture
def bench(tmp_path):
    """(a wallbox that trusts the tool, identity of the tool, that of another manager)"""
    tool = Identity.load_or_create(tmp_path / "tool.pem")
    other = Identity.load_or_create(tmp_path / "other.pem")
    sim = Sim(tmp_path, "--board", BOARD, "--trust", tool.ski, real=True)
    yield sim, tool, other
    sim.close()


def connected(sim, identity, work, minor=1, prepare=Tool):
    """What `work(link)` returns, in a connection up to data."""

    async def run():
        options = {"minor": minor, "prepare": prepare}
        new = await link.connect("127.0.0.1", sim.ready["port"], identity, None, None, **options)
        try:
            return await work(new)
        finally:
            await new.close()

    return asyncio.run(run())


async def reads(new):
    await new.discover()
    return new.remote.minimum_trust_level


async def distributes(new, *skis):
    await new.tool.begin()
    return await new.tool.distribute(skis, 48)


def test_a_tool_distributes_trust(bench):
    sim, tool, other = bench
    strangers = [f"{i:040x}" for i in range(8)]

    async def given(new):
        return await distributes(new, other.ski, *strangers[:7])

    with pytest.raises(Refused):
        connected(sim, tool, given)  # nobody has made it one
    assert sim.client("status")["trusted"] == [tool.ski]
    assert sim.client("trust", ski=tool.ski, tool=True)["ok"]
    done = connected(sim, tool, given)
    # eight places; the last one is refused
    assert done == dict.fromkeys([other.ski, *strangers[:6]], 48)
    assert sim.client("status")["trusted"] == [tool.ski, *done]

    async def looks(new):
        await new.tool.begin()
        return await new.tool.trusted(), await new.tool.withdraw([tool.ski, *strangers[:6]])

    (room, trusted), gone = connected(sim, tool, looks)
    assert room == 8 and trusted == {tool.ski: 64, **done}
    assert gone == dict.fromkeys(strangers[:6], 48)
    # the manager that it has brought is served, after a power cut, too
    assert sim.client("power_cut")["ok"] and sim.client("power_on")["ok"]
    sim.ready = sim.event("ready")
    assert connected(sim, other, reads, minor=0, prepare=None) == "32"
    assert sim.client("status")["trusted"] == [tool.ski, other.ski]


def test_the_pairing_button_lets_a_tool_commission_once(bench):
    sim, tool, other = bench
    assert sim.client("button")["ok"]

    async def given(new):
        return await distributes(new, other.ski)

    assert connected(sim, tool, given) == {other.ski: 48}
    with pytest.raises(Refused):
        connected(sim, tool, given)


def test_a_board_that_speaks_1_0_alone(tmp_path):
    tool = Identity.load_or_create(tmp_path / "tool.pem")
    sim = Sim(tmp_path, "--trust", tool.ski, real=True)
    try:

        async def nothing(new):
            return new.connection.minor

        assert connected(sim, tool, nothing, prepare=None) == 0
        with pytest.raises(ShipError, match="1.0 alone"):
            connected(sim, tool, nothing)
        assert "error" in sim.client("successor")
    finally:
        sim.close()


def test_keys_change_on_both_sides(bench):
    sim, tool, other = bench

    async def renews(new):
        new.tool.keys = [("current", tool.ski), ("successor", other.ski)]
        new.tool.counter = 2
        await new.tool.announce()
        answer = await new.expect_ship("keyMaterialStateResponse", 10)
        return answer.field("accept")

    assert connected(sim, tool, renews) is True
    assert sim.client("status")["trusted"] == [tool.ski, other.ski]
    assert connected(sim, other, reads, minor=0, prepare=None) == "32"

    ski = sim.ready["ski"]

    async def hears(new):
        made = await asyncio.to_thread(sim.client, "successor")
        assert made.get("ok"), made
        await new.expect_ship("keyMaterialState", 10)
        return new.tool.partner_counter, new.tool.partner

    counter, keys = connected(sim, tool, hears)
    assert counter == 2 and [(state, key) for state, key, _ in keys][0] == ("current", ski)
    state, new_ski, _ = keys[1]
    assert state == "successor" and new_ski != ski
    assert "30 days" in sim.client("successor", switch=True)["error"]
    assert sim.client("clock", unix=int(time.time()) + 31 * DAY)["ok"]
    assert sim.client("successor", switch=True)["ok"]
    assert sim.client("restart")["ok"]
    sim.ready = sim.event("ready")
    assert sim.ready["ski"] == new_ski

    async def sees(new):
        await new.expect_ship("keyMaterialState", 10)
        return new.connection.peer_ski, [(state, key) for state, key, _ in new.tool.partner]

    assert connected(sim, other, sees) == (
        new_ski,
        [("current", new_ski), ("predecessor", ski)],
    )


def test_from_the_command_line(bench, tmp_path):
    sim, tool, other = bench
    sim.client("trust", ski=tool.ski, tool=True)

    def hems(*words):
        where = f"127.0.0.1:{sim.ready['port']}"
        identity = ["--identity", str(tmp_path / "tool.pem")]
        return subprocess.run(
            [sys.executable, "-m", "tools.hems", where, *words, *identity],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
        )

    done = hems("commission", other.ski.upper())
    assert done.returncode == 0 and f"trusted with level 32: {other.ski}" in done.stdout
    full = hems("commission", *[f"{i:040x}" for i in range(7)])
    assert full.returncode == 1 and f"refused: {6:040x}" in full.stdout
    assert hems("commission", "00").returncode == 2 and hems("nonsense").returncode == 2
