"""Peer: python-zeroconf against the whole wallbox: networks that come and go, and the way onto the
wire where port 5353 is taken (6.4)."""

import os
import shutil
import sys
import time

import zeroconf

from host_tests.interop.checklist import Checklist, equal
from host_tests.interop.netns import Network
from host_tests.interop.process import CommandFailed, LineProcess, pipes
from host_tests.interop.simulator import PORT, ROOT, Simulator

PEER = "python-zeroconf and the wallbox"
VERSION = zeroconf.__version__
PROGRAM = os.path.join(ROOT, "host_tests", "interop", "mdns_peers", "python_zeroconf.py")

check = Checklist()


class Session:
    def __init__(self, network, build):
        self.network = network
        self.build = build
        self.running = []

    def wallbox(self, *options):
        state = os.path.join(self.build, "state")
        shutil.rmtree(state, ignore_errors=True)
        log = os.path.join(self.build, "wallbox.log")
        box = Simulator(self.network, self.network.hosts[0], state, log, options=options)
        self.running.append(box)
        return box

    def browser(self):
        """python-zeroconf, looking for SHIP nodes."""
        host = self.network.hosts[1]
        argv = [sys.executable, PROGRAM, host.address, "manager"]
        popen = self.network.run(host, argv, cwd=ROOT, **pipes())
        log = os.path.join(self.build, "zeroconf.log")
        peer = LineProcess("zeroconf", popen, log)
        self.running.append(peer)
        peer.command("browse")
        return peer

    def found(self, peer, box, seconds, since=0):
        event = peer.event("service", seconds, since, port=PORT)
        equal("SKI", event["txt"]["ski"], box.ski)
        return event

    def end(self):
        for process in reversed(self.running):
            process.stop()
        self.running.clear()


def checks(build):
    build = os.path.abspath(build)
    os.makedirs(build, exist_ok=True)
    with Network(2) as network:
        session = Session(network, build)
        for name in check.names:
            try:
                yield from ((PEER, VERSION, *row) for row in check.run(session, name))
            finally:
                session.end()


@check("the network goes: silence; it comes back: announced again")
def comes_back(s):
    peer = s.browser()
    box = s.wallbox()
    s.found(peer, box, 5)
    box.command("net", up=False)
    peer.stop()
    peer = s.browser()  # knows nothing, and asks
    try:
        peer.event("service", 4)
    except CommandFailed:
        pass
    else:
        raise AssertionError("answered without a network")
    begin = time.monotonic()
    box.command("net", up=True)
    event = s.found(peer, box, 5)
    return f"{event['at'] - begin:.1f} s"


@check("port 5353 is taken: the wallbox is found by what it announces")
def announces(s):
    peer = s.browser()
    begin = time.monotonic()
    box = s.wallbox("--mdns", "announce")
    event = s.found(peer, box, 10)
    equal("addresses", event["addrs"], [s.network.hosts[0].address])
    first = event["at"] - begin
    # whoever comes later hears the next announcement
    peer.stop()
    time.sleep(3)  # the announcements of the start are over
    late = s.browser()
    begin = time.monotonic()
    event = s.found(late, box, 40)
    mark = late.mark()
    box.stop()
    late.event("service", 5, mark, txt=None)
    return f"after {first:.1f} s; by a late one after {event['at'] - begin:.1f} s"


@check("port 5353 is taken: a manager is found from another port, and dialled")
def dials(s):
    manager = s.browser()
    ski = "0123456789abcdef0123456789abcdef01234567"
    txt = [["txtvers", "1"], ["path", "/ship/"], ["id", "m"], ["ski", ski], ["register", "false"]]
    listener = s.network.run(
        s.network.hosts[1],
        [sys.executable, "-c", LISTEN, s.network.hosts[1].address],
        **pipes(),
    )
    try:
        manager.command("register", instance="Manager", port=4711, txt=txt)
        begin = time.monotonic()
        s.wallbox("--board", "sim_single", "--mdns", "announce", "--trust", ski)
        line = listener.stdout.readline().decode().strip()
        equal("caller", line, s.network.hosts[0].address)
        return f"after {time.monotonic() - begin:.1f} s"
    finally:
        listener.kill()
        listener.wait()


LISTEN = """
import socket, sys
server = socket.create_server((sys.argv[1], 4711))
server.settimeout(20)
print(server.accept()[1][0], flush=True)
"""

CHECKS = check.names
