"""Peers: an energy manager on eebus-go, and a meter of the grid connection (MGCP server) made of
its features, which the wallbox reads to protect the fuse of the house."""

import time

from host_tests.interop import eebus_ev as ev
from host_tests.interop.checklist import Checklist, equal
from host_tests.interop.hems import VERSION
from host_tests.interop.session import await_heartbeats, rows, scenarios

PEER = "eebus-go grid meter"
OLD_S = 30  # values of the meter count so long
SAFE_MA = 6000

check = Checklist()


def checks(build):
    for row in rows(check, build, ["cem", "gridmeter"], ("--board", "sim_grid")):
        yield PEER, VERSION, *row


def house(s, others, ma):
    """The meter tells what the others in the house draw and the car, until `ma` are offered."""
    deadline = time.monotonic() + 25
    while True:
        status = s.box.status()
        total = [a + b for a, b in zip(others, status["draw_ma"], strict=True)]
        s.meter.command("grid", ma=total)
        if status["offered_ma"] == [ma] * 3:
            return status
        if time.monotonic() > deadline:
            raise AssertionError(f"offered {status['offered_ma']}, not {ma}: {status['ruling']}")
        time.sleep(1)


@check("no meter yet: the safe current")
def without(s):
    s.start("cem")
    await_heartbeats(s.hems)
    time.sleep(2.5)
    ev.free(s)
    s.box.command("plug")
    s.box.command("ev", state="C")
    equal("ruling", ev.offered(s, SAFE_MA)["ruling"], "fuse")


@check("the meter is found and subscribed to; it sees the wallbox as MonitoringAppliance")
def found(s):
    s.start("gridmeter")
    equal("mgcp", scenarios(s.meter, "mgcp"), ([1], [5]))
    equal("ruling", house(s, [1000, 2000, 3000], 16000)["ruling"], "board")


@check("the house takes more: the car gets what the fuse leaves, then what becomes free")
def fuse(s):
    for others, ma in (([0, 25000, 3000], 10000), ([0, 21500, 0], 13500)):
        equal("ruling", house(s, others, ma)["ruling"], "fuse")


@check("a house above the fuse pauses the car; below it, it charges again")
def paused(s):
    equal("ruling", house(s, [33000, 0, 0], 0)["ruling"], "fuse")
    house(s, [1000, 1000, 1000], 16000)


@check("the meter is silent: it is asked, and answers")
def silent(s):
    s.box.advance(2 * OLD_S)
    equal("offered", s.box.status()["offered_ma"], [16000] * 3)


@check("meter killed: the safe current after 30 s")
def killed(s):
    s.meter.popen.kill()
    equal("at first", s.box.status()["offered_ma"], [16000] * 3)
    s.box.advance(OLD_S + 5)
    equal("ruling", ev.offered(s, SAFE_MA)["ruling"], "fuse")


@check("the meter is back: all the fuse leaves again")
def back(s):
    s.meter.stop()
    s.start("gridmeter")
    scenarios(s.meter, "mgcp")
    house(s, [0, 0, 0], 16000)


CHECKS = check.names
