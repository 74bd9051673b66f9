"""Certificates that name another SKI than that of their key (6.9.2), at the real firmware
(tools.sim): old energy managers have them. Refused inside the TLS handshake, but for a trusted key
of which the user has said so."""

import asyncio

import pytest
from cpy_sim_cli import Sim

from tools.hems import link
from tools.hems.identity import Identity
from tools.hems.ship import ShipError
from tools.hems.tls import TlsError
from tools.hems.websocket import WebSocketError

CLAIMED = "ab" * 20


def connects(sim, identity):
    async def run():
        try:
            new = await link.connect("127.0.0.1", sim.ready["port"], identity)
        except (TlsError, WebSocketError, ShipError, OSError):
            return False
        await new.close()
        return True

    return asyncio.run(run())


@pytest.fixture
def sim(tmp_path):
    started = Sim(tmp_path, real=True)
    yield started
    started.close()


def test_a_wrong_ski_is_tolerated_for_one_key_alone(sim):
    manager, other = (Identity.create(claimed_ski=CLAIMED) for _ in range(2))
    for ski in (manager.ski, other.ski, CLAIMED):
        assert sim.client("trust", ski=ski)["ok"]
    assert not connects(sim, manager)
    assert sim.client("trust", ski=manager.ski, odd=True)["ok"]
    assert connects(sim, manager)
    assert not connects(sim, other)  # although it names the same SKI, and that one is trusted
    # it is a setting that stays
    assert sim.client("restart")["ok"]
    sim.ready = sim.event("ready")
    assert connects(sim, manager) and not connects(sim, other)
    # the SKI that it names is worth nothing: not even with that setting
    assert sim.client("trust", ski=CLAIMED, odd=True)["ok"]
    assert not connects(sim, other)
    # and it ends with the setting, and with the trust
    assert sim.client("trust", ski=manager.ski, odd=False)["ok"]
    assert not connects(sim, manager)
    sim.client("trust", ski=manager.ski, odd=True)
    assert connects(sim, manager)
    sim.client("untrust", ski=manager.ski)
    assert not connects(sim, manager)
    sim.client("trust", ski=manager.ski)
    assert not connects(sim, manager)
