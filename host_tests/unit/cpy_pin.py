"""The PIN between the real firmware (tools.sim) and the bench manager (tools.hems)."""

import asyncio

import pytest
from cpy_sim_cli import Sim

from tools.hems import link
from tools.hems.datagram import Address
from tools.hems.identity import Identity
from tools.hems.ship import ShipError, text

PIN = "12ab34cd"


@pytest.fixture
def bench(tmp_path):
    """(a wallbox that trusts the manager, its identity)"""
    manager = Identity.load_or_create(tmp_path / "hems.pem")
    sim = Sim(tmp_path, "--trust", manager.ski, real=True)
    yield sim, manager
    sim.close()


def session(bench, pin=None, work=None):
    """What `work(link)` returns, in a connection up to data."""
    sim, manager = bench

    async def run():
        port = sim.ready["port"]
        connected = await link.connect("127.0.0.1", port, manager, sim.ready["ski"], pin)
        try:
            return await work(connected) if work else None
        finally:
            await connected.close()

    return asyncio.run(run())


async def looked_at(connected):
    """What the manager sees and what it may bind."""
    await connected.discover()
    client = connected.source_for("LoadControl")
    server = connected.remote.find("LoadControl", "server")
    assert isinstance(server, Address)
    subscribed = await connected.subscribe(client, server, "LoadControl")
    return subscribed, await connected.bind(client, server, "LoadControl")


def test_a_required_pin(bench):
    sim, _ = bench
    assert sim.client("pin", value=PIN, mode="required")["ok"]
    with pytest.raises(ShipError, match="wants its PIN"):
        session(bench)
    with pytest.raises(ShipError, match="refuses the PIN"):
        session(bench, "00000000")
    assert session(bench, PIN, looked_at) == (0, 0)
    # once and for all: after a power cut, too
    assert sim.client("restart")["ok"]
    sim.ready = sim.event("ready")
    assert session(bench, None, looked_at) == (0, 0)


def test_a_power_cut_ends_no_pause(bench):
    sim, _ = bench
    sim.client("pin", value=PIN, mode="required")
    for _ in range(3):
        with pytest.raises(ShipError, match="refuses the PIN"):
            session(bench, "00000000")
    assert sim.client("power_cut")["ok"] and sim.client("power_on")["ok"]
    sim.ready = sim.event("ready")
    assert sim.client("speed", x=60)["ok"]  # 15 s are 0.25 s
    assert session(bench, PIN, looked_at) == (0, 0)


def test_an_optional_pin(bench):
    sim, _ = bench
    sim.client("pin", value=PIN, mode="optional")
    assert session(bench, None, looked_at) == (0, 7)
    assert session(bench, PIN, looked_at) == (0, 0)


def test_the_command(bench):
    sim, manager = bench
    for arguments, words in (
        ({"value": "1234567"}, "8 to 16 hex digits"),
        ({"value": PIN, "mode": "maybe"}, "mode is none, required or optional"),
        ({"value": PIN, "mode": "required", "ski": manager.ski}, "without ski"),
        ({"value": PIN, "ski": "00" * 20}, "trust it first"),
    ):
        assert words in sim.client("pin", **arguments)["error"]
    assert sim.client("pin", value=PIN, ski=manager.ski)["ok"]
    assert sim.client("pin", mode="none")["ok"]
    session(bench)


def test_no_trace_shows_a_pin():
    raw = b'\x01{"connectionPinInput":[{"pin":"12ab34cd"}]}'
    assert text(raw) == 'control {"connectionPinInput":[{"pin":"..."}]}'
