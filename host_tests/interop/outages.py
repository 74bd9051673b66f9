"""Peer: eebus-go and networks that fail: Wi-Fi out of reach, addresses that change, packets lost
while the manager is killed; on wallboxes with two sessions and with one (6.3, 6.5.2, 6.5.3)."""

import time

from host_tests.interop import faults
from host_tests.interop.checklist import Checklist, equal
from host_tests.interop.hems import VERSION
from host_tests.interop.netns import NETWORK, Network
from host_tests.interop.reconnect import CONNECT_S, Setup

PEER = "eebus-go after outages"
GAP_S = 3  # a short outage
# eebus-go tells a dead connection by a ping every 50 s that is not answered for 10 s
PINGS_S = 60
SILENT_S = 10  # a ping of ours that nobody answers
RETRY_S = 20  # the longest random wait before either side calls again
LIMITS = "LoadControlLimitListData"
BOARDS = {"two sessions": (), "one session": ("--board", "sim_single")}

check = Checklist()


def checks(build):
    for name in check.names:
        # addresses are changed: each has a network of its own
        with Network(2) as network:
            setup = Setup(build, network)
            try:
                yield from ((PEER, VERSION, *row) for row in check.run(setup, name))
            finally:
                setup.end()


def on_both(name):
    """Registers f(setup, manager): there is a connection already; on each board."""

    def register(function):
        for board, options in BOARDS.items():

            def whole(s, options=options):
                s.wallbox(*options)
                manager = s.manager()
                back(s, manager, CONNECT_S)
                return function(s, manager)

            check(f"{board}: {name}")(whole)
        return function

    return register


class Before:
    """What a manager has told so far: back() waits for more of it."""

    def __init__(self, hems):
        self.mark = hems.mark()
        self.limits = hems.received(LIMITS)


def back(s, hems, seconds, before=None):
    """Waits for the next connection of that manager, and that the limits are read over it; says
    how long."""
    begin = time.monotonic()
    event = hems.event("connected", seconds, before.mark if before else 0, ski=s.box.ski)
    s.box.until("in data", s.in_data)
    deadline = time.monotonic() + CONNECT_S
    while hems.received(LIMITS) <= (before.limits if before else 0):
        if time.monotonic() > deadline:
            raise AssertionError("connected, but no limits were read")
        time.sleep(0.1)
    return f"after {max(event['at'] - begin, 0):.1f} s"


@on_both("manager ends orderly, starts again")
def restarted(s, hems):
    hems.stop()
    again = s.manager()
    return back(s, again, CONNECT_S)


@on_both(f"out of reach for {GAP_S} s, unnoticed: the connection goes on")
def short_gap(s, hems):
    before = Before(hems)
    faults.unplug(s.network.hosts[0])
    time.sleep(GAP_S)
    faults.plug(s.network.hosts[0])
    hems.command("limit_read", CONNECT_S)
    equal("disconnected", hems.events("disconnected", before.mark), [])


@on_both(f"Wi-Fi lost, noticed, back after {GAP_S} s")
def wifi(s, hems):
    before = Before(hems)
    ours = s.network.hosts[0]
    faults.unplug(ours)
    s.box.command("net", up=False)
    time.sleep(GAP_S)
    faults.plug(ours)
    s.box.command("net", up=True)
    return back(s, hems, RETRY_S, before)


def killed_unheard(s, hems):
    """The manager is killed and the wallbox does not hear of it: half-open from then on."""
    ours, theirs = s.network.hosts
    faults.abandon(theirs)
    faults.lose(theirs, ours)
    hems.popen.kill()
    hems.popen.wait()
    time.sleep(GAP_S)
    faults.find(theirs, ours)
    equal("in data exchange", s.in_data(s.box.status()), True)


@on_both("half open, as the manager was killed unheard: its successor connects")
def half_open(s, hems):
    killed_unheard(s, hems)
    return back(s, s.manager(), CONNECT_S)


@on_both("half open, and the successor has another address")
def manager_moves(s, hems):
    killed_unheard(s, hems)
    faults.readdress(s.network.hosts[1], NETWORK + ".72")
    return back(s, s.manager(), SILENT_S + RETRY_S)


@on_both("the wallbox gets another address")
def wallbox_moves(s, hems):
    before = Before(hems)
    ours = s.network.hosts[0]
    faults.readdress(ours, NETWORK + ".71")
    s.box.command("net", up=True, host=ours.address)
    return back(s, hems, PINGS_S + RETRY_S, before)


CHECKS = check.names
