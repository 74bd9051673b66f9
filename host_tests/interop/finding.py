"""Peer: eebus-go that cannot call the wallbox, which has to find it by mDNS and dial it (6.4.5,
6.5.4)."""

import os
import shutil
import time

from host_tests.interop import faults, golang
from host_tests.interop.checklist import Checklist, equal
from host_tests.interop.hems import PROGRAM, VERSION, Hems
from host_tests.interop.netns import NETWORK, Network
from host_tests.interop.session import await_heartbeats, scenarios
from host_tests.interop.simulator import PORT, Simulator

PEER = "eebus-go is found"
FOUND_S = 12
LOST_S = 5
OTHER_PORT = 4722
OTHER_ADDRESS = NETWORK + ".72"
# s between two attempts: the first after a loss, the second, and all others
WAITS = ((0, 3), (3, 10), (10, 20), (10, 20))
SLACK_S = 2  # the clock is moved in steps of a second, and a refusal takes its time

check = Checklist()


class Setup:
    """A wallbox with one session that dials, and its manager, which is started anew."""

    def __init__(self, build, network):
        self.build = os.path.abspath(build)
        self.network = network
        self.host = network.hosts[1]
        self.program = golang.build(PROGRAM, self.build)
        self.hems = Hems(self.program, self.build)
        state = os.path.join(self.build, "wallbox")
        shutil.rmtree(state, ignore_errors=True)
        log = os.path.join(self.build, "wallbox.log")
        options = ["--board", "sim_single"]
        self.box = Simulator(network, network.hosts[0], state, log, [self.hems.ski], options)
        faults.forbid(self.host, PORT)

    def start(self, port=None):
        """The manager; seconds until both sides are in the data phase, which we have opened."""
        self.hems = Hems(self.program, self.build)
        begin = time.monotonic()
        self.hems.start(self.network, self.host, self.box.ski, port=port)
        self.hems.event("connected", FOUND_S, ski=self.box.ski)
        took = time.monotonic() - begin
        status = self.box.until("in data", lambda t: [p["state"] for p in t["peers"]] == ["data"])
        equal("role of the wallbox", [p["role"] for p in status["peers"]], ["client"])
        return f"{took:.1f} s after its start"

    def kill(self):
        """The manager ends without a word; the wallbox has noticed."""
        self.hems.popen.kill()
        self.hems.stop()
        self.box.until("alone", lambda t: not t["peers"], LOST_S)

    def stop(self):
        if hasattr(self.hems, "popen"):
            self.hems.stop()
        self.box.stop()


def checks(build):
    with Network(2) as network:
        setup = Setup(build, network)
        try:
            for row in check.run(setup):
                yield PEER, VERSION, *row
        finally:
            setup.stop()


@check("found and dialled within 12 s, data phase reached")
def found(s):
    return s.start()


@check("discovery read by both")
def discovered(s):
    equal("LPC scenarios", scenarios(s.hems, "lpc"), ([1], [1, 2, 3, 4]))
    return f"heartbeat of the manager goes to {await_heartbeats(s.hems, timed=False)}"


@check("manager killed: attempts after 0 to 3, 3 to 10, 10 to 20 s")
def back_off(s):
    mark = s.box.mark()
    s.kill()

    def attempts():
        # the first is the end of the connection
        return s.box.events("peer", mark, ski=s.hems.ski, state="closed")

    for _ in range(int(sum(most for _, most in WAITS)) + 5):
        s.box.advance(1)
        if len(attempts()) > len(WAITS):
            break
    times = [event["t_ms"] / 1000 for event in attempts()]
    gaps = [b - a for a, b in zip(times, times[1:], strict=False)]
    if len(gaps) < len(WAITS) or any(
        not least <= gap <= most + SLACK_S for gap, (least, most) in zip(gaps, WAITS, strict=False)
    ):
        raise AssertionError(f"attempts after {gaps} s")
    return ", ".join(f"{gap:.1f}" for gap in gaps) + " s"


@check("manager at another port: found and dialled there")
def other_port(s):
    return s.start(OTHER_PORT)


@check("manager at another address: found and dialled there")
def other_address(s):
    s.kill()
    faults.readdress(s.host, OTHER_ADDRESS)
    return s.start(OTHER_PORT)


CHECKS = check.names
