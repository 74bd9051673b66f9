"""Peer: a grid operator's control box on eebus-go (GridGuard, LPC and LPP alone, heartbeat 60 s),
first alone, then beside an energy manager: two sessions on the wallbox at once."""

import time

from host_tests.interop.checklist import Checklist, equal
from host_tests.interop.eebus_go import CAR_MA, LIMIT_W, limited
from host_tests.interop.hems import VERSION
from host_tests.interop.process import CommandFailed
from host_tests.interop.session import await_heartbeats, rows, scenarios, values

PEER = "eebus-go control box"
FIRST_HEARTBEAT_S = 65  # the box beats every 60 s; before the first the wallbox must refuse limits

check = Checklist()


def checks(build):
    for row in rows(check, build, ["gridguard", "cem"]):
        yield PEER, VERSION, *row


@check("found by mDNS, connected within 10 s")
def connected(s):
    _, seconds = s.start("gridguard")
    return f"{seconds:.2f} s after start"


@check("LPC scenarios 1, 2, 3, 4 on the EVSE entity")
def lpc_scenarios(s):
    equal("scenarios", scenarios(s.guard, "lpc"), ([1], [1, 2, 3, 4]))


@check("LPC limit accepted after the first heartbeat: limited")
def limit_on(s):
    s.box.command("plug")
    s.box.command("ev", state="C", draw_ma=CAR_MA)
    await_heartbeats(s.guard)
    begin = time.monotonic()
    while (reply := s.guard.command("limit", w=LIMIT_W, active=True))["error_number"]:
        if time.monotonic() - begin > FIRST_HEARTBEAT_S:
            raise AssertionError(f"error {reply['error_number']} {reply['description']!r}")
        time.sleep(1)
    s.box.until("limited to 6 A", limited)
    return f"after {time.monotonic() - begin:.0f} s, in {reply['ms']:.0f} ms"


@check("an energy manager joins: connected within 10 s")
def second_peer(s):
    _, seconds = s.start("cem")
    return f"{seconds:.2f} s after start"


@check("the energy manager sees the control box's limit")
def limit_seen(s):
    scenarios(s.hems, "lpc")
    deadline = time.monotonic() + 5
    while True:
        try:
            found = s.hems.command("limit_read")
            break
        except CommandFailed:
            # the descriptions of the limit may still be on their way
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
    equal("w, active", (found["w"], found["active"]), (LIMIT_W, True))


@check("the energy manager reads power while the control box limits")
def power_seen(s):
    s.box.until("drawing 6 A", lambda t: t["draw_ma"] == [6000] * 3)
    power = values(s.hems, "mpc", "power_w")[0]
    if abs(power - s.box.status()["power_w"]) > 1:
        raise AssertionError(f"power: {power}, wallbox {s.box.status()['power_w']}")
    return f"{power:.0f} W"


@check("the control box lifts its limit: the car gets its 16 A")
def limit_off(s):
    s.guard.write("limit", w=LIMIT_W, active=False)
    s.box.until("unlimited", lambda t: t["lpc"]["state"] == "uc" and t["offered_ma"] >= CAR_MA)


CHECKS = check.names
