"""Peer: eebus-go that is killed, frozen, not trusted yet or not any more, on wallboxes with two
sessions and with one; and the wallbox as its client."""

import os
import shutil
import signal
import time

from host_tests.interop import golang
from host_tests.interop.checklist import Checklist, equal
from host_tests.interop.hems import PROGRAM, VERSION, Hems
from host_tests.interop.netns import Network
from host_tests.interop.session import is_peer
from host_tests.interop.simulator import Simulator

PEER = "eebus-go reconnects"
CONNECT_S = 10
AGAIN_S = 5
# eebus-go dials between 0 and 3 s after mDNS showed the wallbox
OTHER_PORT = 4722

check = Checklist()


class Setup:
    """One wallbox and one manager; every check starts them anew with what it needs."""

    def __init__(self, build, network):
        self.build = os.path.abspath(build)
        self.network = network
        self.program = golang.build(PROGRAM, self.build)
        self.hems = Hems(self.program, self.build)
        self.second = None
        self.box = None
        self.running = []

    def wallbox(self, *options, trust=True):
        state = os.path.join(self.build, "reconnecting")
        shutil.rmtree(state, ignore_errors=True)
        skis = [self.hems.ski] if trust else []
        log = os.path.join(self.build, "reconnecting.log")
        self.box = Simulator(self.network, self.network.hosts[0], state, log, skis, options)
        self.running.append(self.box)

    def manager(self, trust=True, port=None):
        """The manager, started; before the next start it has to be ended."""
        hems = Hems(self.program, self.build)
        ski = self.box.ski if trust else ""
        hems.start(self.network, self.network.hosts[1], ski, port=port)
        self.running.append(hems)
        return hems

    def connected(self, hems, seconds=CONNECT_S):
        """Waits until both sides say so; seconds that it took."""
        begin = time.monotonic()
        event = hems.event("connected", seconds, ski=self.box.ski)
        self.box.until("connected", lambda status: self.in_data(status))
        return max(event["at"] - begin, 0)

    def in_data(self, status):
        return any(p["ski"] == self.hems.ski and p["state"] == "data" for p in status["peers"])

    def end(self):
        for process in reversed(self.running):
            if process.popen.poll() is None:
                process.popen.send_signal(signal.SIGCONT)
            process.stop()
        self.running.clear()


def checks(build):
    with Network(2) as network:
        setup = Setup(build, network)
        for name in check.names:
            try:
                yield from ((PEER, VERSION, *row) for row in check.run(setup, name))
            finally:
                setup.end()


def killed(s, *options):
    s.wallbox(*options)
    first = s.manager()
    s.connected(first)
    first.popen.kill()
    first.popen.wait()
    begin = time.monotonic()
    s.connected(s.manager(), AGAIN_S)
    return f"{time.monotonic() - begin:.1f} s after its start"


def frozen(s, *options):
    s.wallbox(*options)
    first = s.manager()
    s.connected(first)
    first.popen.send_signal(signal.SIGSTOP)
    begin = time.monotonic()
    s.connected(s.manager(port=OTHER_PORT), CONNECT_S)
    return f"{time.monotonic() - begin:.1f} s after its start"


@check("two sessions: manager killed, connected again within 5 s")
def killed_two(s):
    return killed(s)


@check("one session: manager killed, connected again within 5 s")
def killed_one(s):
    return killed(s, "--board", "sim_single")


@check("one session: manager frozen, its successor connects")
def frozen_one(s):
    return frozen(s, "--board", "sim_single")


@check("wallbox dials: connected as client")
def dialled(s):
    s.wallbox("--mdns", "off", "--peer", f"{s.network.hosts[1].address}:4711:{s.hems.ski}")
    took = s.connected(s.manager())
    roles = [peer["role"] for peer in s.box.status()["peers"] if peer["ski"] == s.hems.ski]
    equal("role of the wallbox", roles, ["client"])
    return f"{took:.1f} s"


@check("wallbox dials: manager killed, connected again")
def dialled_again(s):
    s.wallbox("--mdns", "off", "--peer", f"{s.network.hosts[1].address}:4711:{s.hems.ski}")
    first = s.manager()
    s.connected(first)
    first.popen.kill()
    first.popen.wait()
    return f"{s.connected(s.manager(), 25):.1f} s"


def pending(s):
    """A manager that the wallbox does not trust, and which waits for it."""
    s.wallbox(trust=False)
    hems = s.manager()
    s.box.until("pending", lambda t: any(p["state"] == "hello" for p in t["peers"]), CONNECT_S)
    return hems


@check("not trusted by the wallbox: pending, then trusted")
def pending_wallbox(s):
    hems = pending(s)
    time.sleep(2)
    equal("trusted", s.box.status()["trusted"], [])
    s.box.command("trust", ski=hems.ski)
    return f"{s.connected(hems):.1f} s after the trust"


@check("not trusted by the wallbox: the button trusts it")
def pending_button(s):
    hems = pending(s)
    s.box.command("button")
    return f"{s.connected(hems):.1f} s after the button"


@check("not trusted by the manager: refused, then trusted")
def pending_manager(s):
    peer = f"{s.network.hosts[1].address}:4711:{s.hems.ski}"
    s.wallbox("--peer", peer, "--heap", "300K")  # both roles and mDNS
    hems = s.manager(trust=False)
    s.box.event("peer", CONNECT_S, ski=hems.ski, state="hello")
    s.box.event("peer", CONNECT_S, ski=hems.ski, state="closed")
    hems.command("pair", ski=s.box.ski)
    return f"{s.connected(hems, 25):.1f} s after the trust"


@check("trust withdrawn by the wallbox: closed, pending from then on")
def withdrawn(s):
    s.wallbox()
    hems = s.manager()
    s.connected(hems)
    mark = hems.mark()
    s.box.command("untrust", ski=hems.ski)
    hems.event("disconnected", CONNECT_S, mark, ski=s.box.ski)
    time.sleep(5)
    status = s.box.status()
    equal("trusted", status["trusted"], [])
    equal("in data exchange", s.in_data(status), False)


@check("trust withdrawn by the manager: closed")
def withdrawn_manager(s):
    s.wallbox()
    hems = s.manager()
    s.connected(hems)
    hems.command("unpair", ski=s.box.ski)
    s.box.until("disconnected", lambda t: not is_peer(t, hems.ski), CONNECT_S)


CHECKS = check.names
