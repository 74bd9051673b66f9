"""How long the SHIP handshake takes with eebus-go, as that one sees it: from the WebSocket upgrade
to the access methods, its states CmiState* to SmeStateApproved. Both are hosts on one virtual
cable: on the loopback interface alone they cannot find each other."""

import re
import time
from statistics import median

from host_tests.interop import golang
from host_tests.interop.hems import PROGRAM, Hems
from host_tests.interop.netns import Network
from host_tests.interop.simulator import Simulator
from tools import ROOT

CONNECTS = 9
_CONNECT_S = 30
_UPGRADED = (1, 4)  # CmiStateClientSend, CmiStateServerWait
_APPROVED = 37
_TRACE_S = 0.2  # until what is told is also in the trace
_BUILD = ROOT / "build" / "bench" / "handshake"
_STATE = re.compile(r"\s*([\d.]+) TRACE \w+ SHIP state changed to: (\d+)\s*$")


def span(trace):
    """ms of the last handshake in the trace of eebus-go, None when there is none."""
    found = begin = None
    for line in trace.splitlines():
        match = _STATE.match(line)
        if not match:
            continue
        at, state = float(match[1]), int(match[2])
        if state in _UPGRADED:
            begin = at
        elif state == _APPROVED and begin is not None:
            found = at - begin
    return found


def as_server():
    """Median ms; eebus-go finds and dials the wallbox. Raises NoGo, Unavailable (no namespaces),
    CommandFailed."""
    return _run("server", lambda peer: ["--mdns", "on"])


def as_client():
    """Median ms; the wallbox dials eebus-go at its address. Raises as as_server()."""
    return _run("client", lambda peer: ["--mdns", "off", "--peer", peer])


def _run(role, options):
    _BUILD.mkdir(parents=True, exist_ok=True)
    program = golang.build(PROGRAM, str(_BUILD))
    ski = Hems(program, str(_BUILD)).ski
    with Network(2) as network:
        ours, theirs = network.hosts
        state, log = str(_BUILD / role), str(_BUILD / f"{role}.log")
        more = options(f"{theirs.address}:4711:{ski}")
        box = Simulator(network, ours, state, log, [ski], more)
        try:
            return median([_connect(program, network, theirs, box) for _ in range(CONNECTS)])
        finally:
            box.stop()


def _connect(program, network, host, box):
    """ms of the handshake with an eebus-go that has just been started."""
    hems = Hems(program, str(_BUILD))
    hems.start(network, host, box.ski)
    try:
        hems.event("connected", _CONNECT_S, ski=box.ski)
        time.sleep(_TRACE_S)
    finally:
        hems.stop()
    taken = span((_BUILD / "cem.log").read_text())
    if taken is None:
        raise LookupError("no handshake in the trace")
    return taken
