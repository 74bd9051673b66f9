"""Peers: the energy manager on eebus-go as CEM of a car, and a second process beside it as control
box (GridGuard) of the grid's operator: limits per phase and a limit of power at the same time."""

import time

from host_tests.interop import eebus_ev as ev
from host_tests.interop.checklist import Checklist, equal, near
from host_tests.interop.control_box import FIRST_HEARTBEAT_S
from host_tests.interop.eebus_go import offer_ma
from host_tests.interop.hems import VERSION
from host_tests.interop.session import await_heartbeats, is_peer, rows, scenarios, values

PEER = "eebus-go EV and control box"
LIMIT_W = 6900  # 10 A on each of three phases at 230 V
FAILSAFE_W = 5000
NOMINAL_MV = 230000
HEARTBEAT_LOSS_S = 120
BEAT_S = 2.2  # a little longer than the time between two heartbeats of the energy manager
STEP_S = 5  # moved within that time: less than the 8 s after which the manager is lost

check = Checklist()


def checks(build):
    for row in rows(check, build, ["gridguard", "cem"], ("--board", "pico2w_sim")):
        yield PEER, VERSION, *row


def ruled(s, ma, origin):
    """Waits until the wallbox offers that because of that origin."""
    status = ev.offered(s, ma)
    equal("ruling", status["ruling"], origin)
    return status


@check("both connected, the control box first: it binds to the limit of the wallbox")
def connected(s):
    s.start("gridguard")
    equal("lpc", scenarios(s.guard, "lpc"), ([1], [1, 2, 3, 4]))
    await_heartbeats(s.guard)
    s.start("cem")
    found = sorted(one["ski"] for one in s.box.status()["peers"])
    equal("peers", found, sorted([s.guard.ski, s.hems.ski]))


@check("plugged: the energy manager has the car's use cases, the control box those of the wallbox")
def plug(s):
    s.box.command("plug")
    equal("opev", scenarios(s.hems, "opev"), ([1, 1], [1, 2, 3]))
    equal("lpc", s.guard.scenarios("lpc"), [([1], [1, 2, 3, 4])])
    # it has bound to the limits of the car, so the wallbox follows its heartbeat from now on
    await_heartbeats(s.hems)
    values(s.hems, "opev_read", "limits", "range_a")
    s.hems.write("opev", ma=[16000] * 3, active=False)


@check("LPC 6900 W accepted after the first heartbeat: 10 A")
def limit_on(s):
    begin = time.monotonic()
    while (reply := s.guard.command("limit", w=LIMIT_W, active=True))["error_number"]:
        if time.monotonic() - begin > FIRST_HEARTBEAT_S:
            raise AssertionError(f"error {reply['error_number']} {reply['description']!r}")
        time.sleep(1)
    ruled(s, 10000, "lpc")
    return f"after {time.monotonic() - begin:.0f} s"


@check("currents, powers, energy of the car equal the meter, limited by LPC")
def measured(s):
    s.box.command("ev", state="C", draw_ma=[16000, 15000, 9000])
    s.box.until("charging", lambda t: t["draw_ma"] == [10000, 10000, 9000])
    moved(s, 20)
    names = ["current_per_phase_a", "power_per_phase_w", "energy_charged_wh"]
    current, power, energy = values(s.hems, "ev", *names)
    total = values(s.hems, "mpc", "power_w")[0]
    status = s.box.status()
    near("current", current, [ma / 1000 for ma in status["draw_ma"]], 0.01)
    near("power", power, status["p_w"], 1)
    near("total power", total, status["power_w"], 1)
    near("energy", energy, status["energy_wh"], 12)  # a change of less than 10 is not told
    return f"{total:.0f} W, {energy:.0f} Wh"


def moved(s, seconds):
    """Moves the wallbox's clock with time for each heartbeat of the energy manager."""
    while seconds > 0:
        s.box.advance(STEP_S)
        time.sleep(BEAT_S)
        seconds -= STEP_S


@check("OPEV 12 A beside it: LPC rules; 8 A: OPEV rules; each reads back its own")
def both(s):
    s.hems.write("opev", ma=[12000] * 3)
    ruled(s, 10000, "lpc")
    s.hems.write("opev", ma=[8000] * 3)
    status = ruled(s, 8000, "opev")
    mine = {one["origin"]: one for one in status["limits"] if one["active"]}
    equal("opev", (mine["opev"]["ma"], mine["opev"]["peer"]), ([8000] * 3, s.hems.ski))
    equal("lpc", mine["lpc"]["w"], LIMIT_W)
    equal("OPEV", ev.limit_rows(s), [(8, True)] * 3)
    found = s.guard.command("limit_read")
    equal("LPC", (found["w"], found["active"]), (LIMIT_W, True))


@check("the energy manager may read the control box's limit, but not write it")
def one_writer(s):
    found = s.hems.command("limit_read")
    equal("w, active", (found["w"], found["active"]), (LIMIT_W, True))
    reply = s.hems.command("limit", w=11000, active=False)
    if not reply["error_number"]:
        raise AssertionError("written")
    found = s.guard.command("limit_read")
    equal("w, active", (found["w"], found["active"]), (LIMIT_W, True))
    return reply["description"]


@check("OPEV 0 A pauses under LPC, an inactive limit hands over to LPC, then to the cable")
def handed_over(s):
    s.hems.write("opev", ma=[0] * 3)
    ruled(s, 0, "opev")
    s.hems.write("opev", ma=[16000] * 3, active=False)
    ruled(s, 10000, "lpc")
    s.guard.write("limit", w=LIMIT_W, active=False)
    ev.offered(s, 16000)


@check("unplugged and plugged again under LPC: the limit stays")
def again(s):
    s.guard.write("limit", w=LIMIT_W, active=True)
    mark = s.hems.mark()
    s.box.command("unplug")
    s.hems.event("usecase", 10, mark, name="cem-evcc-EvDisconnected")
    mark = s.hems.mark()
    s.box.command("plug")
    s.hems.event("usecase", 10, mark, name="cem-evcc-EvConnected")
    scenarios(s.hems, "opev")
    values(s.hems, "opev_read", "limits", "range_a")
    s.hems.write("opev", ma=[12000] * 3)
    ruled(s, 10000, "lpc")


@check("control box killed: failsafe after 120 s, the energy manager is heard all the time")
def guard_killed(s):
    s.guard.write("failsafe", w=FAILSAFE_W)
    s.guard.popen.kill()
    s.box.until("let go", lambda t: not is_peer(t, s.guard.ski), 10)
    moved(s, HEARTBEAT_LOSS_S)
    status = s.box.until("failsafe", lambda t: t["lpc"]["state"] == "failsafe", 10)
    wanted = (offer_ma(FAILSAFE_W, NOMINAL_MV), "lpc")
    equal("offered, ruling", (status["offered_ma"], status["ruling"]), wanted)
    equal("OPEV", ev.limit_rows(s), [(12, True)] * 3)
    return f"{status['offered_ma'][0] / 1000:.1f} A at {FAILSAFE_W} W"


CHECKS = check.names
