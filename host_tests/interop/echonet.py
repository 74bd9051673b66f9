"""Peers: three independent ECHONET Lite controllers, each in turn on the cable of the wallbox."""

import contextlib
import importlib.metadata
import json
import os
import shutil
import sys

from host_tests.interop.echonet_checks import LISTS
from host_tests.interop.echonet_npm import PACKAGES, install
from host_tests.interop.netns import Network
from host_tests.interop.process import LineProcess, pipes
from host_tests.interop.simulator import Simulator

PEER = "ECHONET Lite"
HEAP = "207K"  # what a Pico W has beside two SHIP sessions
HERE = os.path.dirname(os.path.abspath(__file__))


class Session:
    """The wallbox `board` on one host and the peer `name` on the other; state and logs go to
    `build`."""

    def __init__(self, name, build, board="sim"):
        self.name = name
        self._board = board
        self._build = os.path.abspath(build)
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            argv = self._program()
            network = stack.enter_context(Network(2))
            self.address, self.peer_address = (host.address for host in network.hosts)
            state = os.path.join(self._build, self.name)
            shutil.rmtree(state, ignore_errors=True)
            os.makedirs(state)
            options = ["--board", self._board, "--heap", HEAP]
            options += ["--mdns", "off", "--echonet", self.address]
            log = os.path.join(self._build, f"{self.name}-wallbox.log")
            self.box = Simulator(network, network.hosts[0], state, log, options=options)
            stack.callback(self.box.stop)
            log = os.path.join(self._build, f"{self.name}.log")
            popen = network.run(network.hosts[1], argv, **pipes())
            self.peer = LineProcess(self.name, popen, log)
            stack.callback(self.peer.stop)
            self.peer.command("start", address=self.peer_address)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def _program(self):
        if self.name == "pychonet":
            return [sys.executable, os.path.join(HERE, "echonet_pychonet.py")]
        node, directory = install(self._build)
        return [node, os.path.join(directory, self.name + ".js")]


def version(name):
    if name == "pychonet":
        return importlib.metadata.version(name)
    with open(os.path.join(PACKAGES, "package.json"), encoding="utf-8") as file:
        return json.load(file)["dependencies"][name]


def rows(lists, build, board="sim"):
    """The rows of {peer: Checklist}, each peer with a wallbox `board` of its own."""
    os.makedirs(build, exist_ok=True)
    for name, checklist in lists.items():
        number = version(name)
        with Session(name, build, board) as session:
            for row in checklist.run(session):
                yield name, number, *row


def checks(build):
    yield from rows(LISTS, build)


CHECKS = tuple(check for checklist in LISTS.values() for check in checklist.names)
