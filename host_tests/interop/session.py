"""The wallbox and the Go peers that know it, each on its own host, and what checks ask them."""

import contextlib
import os
import shutil
import time

from host_tests.interop import golang
from host_tests.interop.checklist import equal
from host_tests.interop.hems import PROGRAM, Hems
from host_tests.interop.netns import Network
from host_tests.interop.simulator import Simulator

CONNECT_S = 10
_ROLES = {
    "cem": "hems",
    "gridguard": "guard",
    "gridmeter": "meter",
}  # entity -> what checks call it


class Session:
    """Context manager. The wallbox trusts all peers from the start; `start` lets one join.

    `entities` are those of `Hems`, `options` those of tools.sim; state and logs go to the
    directory `build`.
    """

    def __init__(self, build, entities, options=()):
        self._build = os.path.abspath(build)
        self._entities = entities
        self._options = options
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            program = golang.build(PROGRAM, self._build)
            self.network = stack.enter_context(Network(1 + len(self._entities)))
            state = os.path.join(self._build, "wallbox")
            shutil.rmtree(state, ignore_errors=True)
            self.peers = {name: Hems(program, self._build, name) for name in self._entities}
            skis = [peer.ski for peer in self.peers.values()]
            log = os.path.join(self._build, "wallbox.log")
            self.box = Simulator(
                self.network, self.network.hosts[0], state, log, skis, self._options
            )
            stack.callback(self.box.stop)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def start(self, entity, **options):
        """Starts that peer and waits until it has found the wallbox; returns (peer, seconds).

        `options` are those of `Hems.start`.
        """
        peer = self.peers[entity]
        host = self.network.hosts[1 + self._entities.index(entity)]
        started = time.monotonic()
        peer.start(self.network, host, self.box.ski, **options)
        self._stack.callback(peer.stop)
        event = peer.event("connected", CONNECT_S, ski=self.box.ski)
        ship_id = peer.event("ship_id", 1, ski=self.box.ski)["ship_id"]
        equal("SHIP ID in accessMethods", ship_id, self.box.ship_id)
        self.box.until("connected", lambda status: is_peer(status, peer.ski))
        return peer, event["at"] - started


def rows(check, build, entities, options=()):
    """Yields (check, ok, detail) of the checklist, run on a session with these peers: `hems`,
    `guard`, `meter`."""
    with Session(build, entities, options) as session:
        for entity, peer in session.peers.items():
            setattr(session, _ROLES[entity], peer)
        yield from check.run(session)


def is_peer(status, ski):
    """Whether the wallbox counts that SKI among its connections."""
    return any(one["ski"] == ski for one in status["peers"])


def scenarios(peer, use, timeout=10):
    """(entity address, scenarios) of the first remote entity that offers the use case."""
    deadline = time.monotonic() + timeout
    while not (offered := peer.scenarios(use)):
        if time.monotonic() > deadline:
            raise AssertionError(f"no entity offers {use}")
        time.sleep(0.05)
    return offered[0]


def values(peer, cmd, *names, timeout=5):
    """The named values of a reply, waiting until the wallbox has told them all."""
    deadline = time.monotonic() + timeout
    while True:
        reply = peer.command(cmd)
        missing = [name for name in names if name not in reply["values"]]
        if not missing:
            return [reply["values"][name] for name in names]
        if time.monotonic() > deadline:
            why = {name: reply["missing"].get(name) for name in missing}
            raise AssertionError(f"{cmd}: missing {why}")
        time.sleep(0.1)


def await_heartbeats(peer, timeout=10, timed=True):
    """Waits until each side has subscribed to the other's heartbeat; returns the subscriber. Not
    `timed`: the wallbox does not know the time, and eebus-go not how old its heartbeats are."""
    deadline = time.monotonic() + timeout
    while not (subscribers := peer.command("heartbeat")["subscribers"]):
        if time.monotonic() > deadline:
            raise AssertionError("the wallbox has not subscribed to the heartbeat")
        time.sleep(0.1)
    while timed and not peer.command("heartbeat_ok")["heartbeat_ok"]:
        if time.monotonic() > deadline:
            raise AssertionError("no heartbeat of the wallbox")
        time.sleep(0.1)
    return subscribers[0]
