"""ECHONET Lite frames of our own: over IPv6, and many bad ones over IPv4."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import time

from host_tests.fuzz import echonet_udp
from host_tests.interop.checklist import Checklist, equal
from host_tests.interop.echonet import HEAP
from host_tests.interop.echonet_probe import inside
from host_tests.interop.netns import INTERFACE, Network, Unavailable
from host_tests.interop.simulator import Simulator
from tools.echonet.client import PORT
from tools.echonet.wire import Frame, decode, encode

PEER = "frames"
FRAMES = 20000
ALL_NODES = "ff02::1"
CONTROLLER, PROFILE, WALLBOX = 0x05FF01, 0x0EF001, 0x02A101
FUZZ = ("answers", "memory", "flood", "afterwards")
_LINK_LOCAL = re.compile(r"inet6 (fe80[0-9a-f:]+)/\d+ scope link(.*)")
_READY_S = 5

IPV6 = Checklist()


class Session:
    """The wallbox at its link-local address, a socket at another one."""

    def __init__(self, build):
        self._stack = contextlib.ExitStack()
        self._build = os.path.abspath(build)
        self._tid = 0

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            network = stack.enter_context(Network(2))
            wallbox, controller = network.hosts
            self.address = _link_local(network, wallbox)
            _link_local(network, controller)
            state = os.path.join(self._build, "ipv6")
            shutil.rmtree(state, ignore_errors=True)
            os.makedirs(state)
            zoned = f"{self.address}%{INTERFACE}"
            options = ["--mdns", "off", "--echonet", zoned, "--heap", HEAP]
            with inside(controller):
                self._sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
                self.zone = socket.if_nametoindex(INTERFACE)
            stack.callback(self._sock.close)
            self._sock.bind(("::", PORT))
            log = os.path.join(self._build, "ipv6.log")
            self.box = Simulator(network, wallbox, state, log, options=options)
            stack.callback(self.box.stop)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def receive(self, test, seconds=3):
        """The next Frame of the wallbox that meets the test."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._sock.settimeout(left)
            try:
                raw, source = self._sock.recvfrom(1500)
            except TimeoutError:
                break
            frame = decode(raw)
            if source[0].partition("%")[0] == self.address and test(frame):
                equal("source port", source[1], PORT)
                return frame
        raise AssertionError(f"no such frame within {seconds} s")

    def ask(self, address, eoj, esv, *properties):
        self._tid += 1
        ask = Frame(self._tid, CONTROLLER, eoj, esv, list(properties))
        self._sock.sendto(encode(ask), (address, PORT, 0, self.zone))
        return self.receive(lambda frame: frame.tid == ask.tid and frame.deoj == CONTROLLER)


def _link_local(network, host):
    """Its address, as soon as it may be used."""
    command = ["ip", "-6", "-o", "address", "show", "dev", INTERFACE]
    end = time.monotonic() + _READY_S
    while time.monotonic() < end:
        told, _ = network.run(host, command, stdout=subprocess.PIPE, text=True).communicate()
        match = _LINK_LOCAL.search(told)
        if match and "tentative" not in match[2]:
            return match[1]
        time.sleep(0.1)
    raise Unavailable("no IPv6 in the namespaces")


@IPV6("IPv6: announces itself to all nodes at the start")
def announced(s):
    told = s.receive(lambda frame: frame.esv == 0x73 and frame.seoj == PROFILE)
    equal("instances", told.properties, [(0xD5, b"\1\2\xa1\1")])


@IPV6("IPv6: found by a search of all nodes")
def found(s):
    told = s.ask(ALL_NODES, PROFILE, 0x62, (0xD6, b""))
    equal("instances", told.properties, [(0xD6, b"\1\2\xa1\1")])
    return s.address


@IPV6("IPv6: Set reaches the charger, INF comes")
def steered(s):
    watts = (6000).to_bytes(4, "big")
    equal("ESV", s.ask(s.address, WALLBOX, 0x61, (0xEB, watts), (0xDA, b"\x44")).esv, 0x71)
    told = s.receive(lambda frame: frame.esv == 0x73 and frame.seoj == WALLBOX)
    equal("notified", told.properties, [(0xDA, b"\x44")])
    limits = [one for one in s.box.status()["limits"] if one["origin"] == "echonet"]
    equal("limit", [one["w"] for one in limits], [0])
    equal("read back", s.ask(s.address, WALLBOX, 0x62, (0xEB, b"")).properties, [(0xEB, watts)])


@IPV6("IPv6: network gone and back: it announces itself again")
def back(s):
    s.box.command("net", up=False)
    s.box.command("net", up=True)
    announced(s)


def checks(build):
    os.makedirs(build, exist_ok=True)
    with Session(build) as session:
        for check, ok, detail in IPV6.run(session):
            yield PEER, "IPv6", check, ok, detail
    for what, ok, detail in echonet_udp.run(FRAMES, 1, lambda done: None):
        yield PEER, "fuzz", f"{FRAMES} random and mutated frames: {what}", ok, detail


CHECKS = (*IPV6.names, *(f"{FRAMES} random and mutated frames: {what}" for what in FUZZ))
