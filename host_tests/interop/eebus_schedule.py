"""Peer: the energy manager on eebus-go as guard and broker of a car that gives schedules."""

import time

from host_tests.interop import eebus_ev as ev
from host_tests.interop.checklist import Checklist, equal, near
from host_tests.interop.hems import VERSION
from host_tests.interop.session import await_heartbeats, rows, scenarios, values

PEER = "eebus-go CEVC"
DEMAND = [0, 15000, 50000, 4 * 3600]  # least, wanted, most Wh, seconds to the departure
HOUR = 3600
LIMITS = [{"s": HOUR, "value": 11000}, {"s": 2 * HOUR, "value": 6900}]
PRICES = [{"s": HOUR, "value": 0.35}, {"s": 2 * HOUR, "value": 0.2}]
BEAT_S = 2.2  # a little longer than the time between two heartbeats of the energy manager

check = Checklist()


def checks(build):
    for row in rows(check, build, ["cem"], ("--board", "pico2w_sim")):
        yield PEER, VERSION, *row


def plan(s, what, test, timeout=5):
    """Waits until the table of that name is as test(slots) wants it."""
    deadline = time.monotonic() + timeout
    while True:
        found = s.hems.command("cevc")["values"].get(what, [])
        if test(found):
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: {found}")
        time.sleep(0.2)


def shape(slots):
    """[(s, value)], times to the next ten seconds: they run down."""
    return [(-(-round(one["s"]) // 10) * 10, round(one["value"])) for one in slots]


@check("a car that gives no schedules: no CEVC")
def pilot_only(s):
    s.start("cem")
    await_heartbeats(s.hems)
    time.sleep(BEAT_S)
    ev.free(s)
    s.box.command("plug")
    s.box.command("ev", state="C")
    scenarios(s.hems, "opev")
    equal("cevc", s.hems.scenarios("cevc"), [])


@check("CEVC 1, 2, 3, 4, 6, 8 as the library knows them; the car asks for tables")
def announced(s):
    mark = s.hems.mark()
    s.box.command("ev", iso15118=True, demand=DEMAND)
    # 5 and 7, which are of an energy guard of its own, are not of the library's manager
    equal("cevc", scenarios(s.hems, "cevc"), ([1, 1], [1, 2, 3, 4, 6, 8]))
    for name in ("RequestedIncentiveTableDescription", "RequestedPowerLimitsAndIncentives"):
        s.hems.event("usecase", 10, mark, name="cem-cevc-Data" + name)


@check("energy demand, departure, strategy equal those of the simulated car")
def demand(s):
    found, strategy = values(s.hems, "cevc", "demand", "strategy")
    energies = [found["min_wh"], found["opt_wh"], found["max_wh"]]
    equal("Wh", energies, DEMAND[:3])
    near("departure", found["end_s"], DEMAND[3], 30)
    equal("start, strategy", (found["start_s"], strategy), (0, "timedcharging"))


@check("constraints of time slots and incentives")
def constraints(s):
    slots, incentives = values(s.hems, "cevc", "slots", "incentive_slots")
    equal("slots", slots, {"min": 1, "max": 24, "min_s": 1, "step_s": 1})
    equal("incentives", incentives["max"], 24)


@check("tariff and incentives written, read back")
def incentives(s):
    s.hems.command("cevc_tariff")
    s.hems.command("cevc_prices", slots=PRICES)
    near("prices", plan(s, "prices", lambda found: len(found) == 2), [0.35, 0.2], 1e-9)


@check("power limits written, read back; the car's plan equals the simulator's")
def limits(s):
    mark = s.hems.mark()
    s.hems.command("cevc_limits", slots=LIMITS)
    s.hems.event("usecase", 10, mark, name="cem-cevc-DataUpdateChargePlan")
    found = plan(s, "limits", lambda found: len(found) == 2)
    equal("limits", shape(found), [(HOUR, 11000), (2 * HOUR, 6900)])
    found = plan(s, "plan", lambda found: len(found) > 1)
    told = s.box.status()["plan"]
    pairs = list(zip(told[::2], told[1::2], strict=True))
    equal("W", [one["value"] for one in found], [w for _, w in pairs])
    equal("slots after the first", [one["s"] for one in found[1:]], [t for t, _ in pairs[1:]])
    # 13.8 kWh at 0.20 in the last two hours, the rest at 0.35 before
    equal("plan", pairs[-1], (2 * HOUR, 6900))
    equal("energy", sum(t * w for t, w in pairs) // 3600, DEMAND[1])
    return f"{len(found)} slots"


@check("the plan is what is offered; it pauses, and an obligation below it rules")
def rules(s):
    first = s.box.status()["plan"][:2]
    equal("first slot", first[1], 11000)
    status = ev.offered(s, 15900)
    equal("ruling", status["ruling"], "cevc")
    (mine,) = [one for one in status["limits"] if one["origin"] == "cevc"]
    wanted = ("recommendation", 11000, s.hems.ski)
    equal("limit", (mine["kind"], mine["w"], mine["peer"]), wanted)
    s.hems.write("opev", ma=[10000] * 3)
    equal("ruling", ev.offered(s, 10000)["ruling"], "opev")
    s.hems.write("opev", ma=[16000] * 3, active=False)
    ev.offered(s, 15900)
    move(s, first[0] + 5)
    equal("ruling", ev.offered(s, 0)["ruling"], "cevc")
    return f"paused after {first[0]} s"


def move(s, seconds):
    """Moves the wallbox's clock; the guard's heartbeat is waited for every 100 s."""
    while seconds > 0:
        s.box.command("advance", s=min(100, seconds))
        seconds -= 100
        time.sleep(BEAT_S)


@check("new power limits, a new plan")
def anew(s):
    mark = s.hems.mark()
    s.hems.command("cevc_limits", slots=[{"s": 4 * HOUR, "value": 4600}])
    s.hems.event("usecase", 10, mark, name="cem-cevc-DataUpdateChargePlan")
    plan(s, "limits", lambda found: [one["value"] for one in found] == [4600])


@check("power limits below 0: refused, the old ones stay")
def refused(s):
    before = s.box.status()["plan"]
    s.hems.command("cevc_limits", slots=[{"s": 3600, "value": -1000}])
    time.sleep(1)
    equal("limits", [one["value"] for one in values(s.hems, "cevc", "limits")[0]], [4600])
    equal("plan", s.box.status()["plan"], before)


@check("manager killed: after 120 s the car is charged without a plan")
def killed(s):
    s.hems.popen.kill()
    s.box.command("advance", s=100)
    active = {one["origin"] for one in s.box.status()["limits"] if one["active"]}
    equal("cevc still holds", "cevc" in active, True)
    s.box.command("advance", s=30)
    active = {one["origin"] for one in s.box.status()["limits"] if one["active"]}
    equal("cevc has ended", "cevc" in active, False)
    equal("plan", s.box.status()["plan"], None)


@check("manager back: asked for tables again")
def back(s):
    s.hems.stop()
    s.start("cem")
    s.hems.event("usecase", 15, name="cem-cevc-DataRequestedPowerLimitsAndIncentives")
    s.hems.command("cevc_limits", slots=LIMITS)
    plan(s, "plan", lambda found: len(found) > 0)


@check("unplugged: the plan is gone with the car")
def unplug(s):
    mark = s.hems.mark()
    s.box.command("unplug")
    s.hems.event("usecase", 10, mark, name="cem-evcc-EvDisconnected")
    equal("plan", s.box.status()["plan"], None)
    active = {one["origin"] for one in s.box.status()["limits"] if one["active"]}
    equal("cevc", "cevc" in active, False)


CHECKS = check.names
