"""Peer: the energy manager on eebus-go as CEM of a car: EVCC, EVCEM, EVSOC, OPEV, OSCEV."""

import time

from host_tests.interop.checklist import Checklist, equal, near
from host_tests.interop.hems import VERSION
from host_tests.interop.session import await_heartbeats, is_peer, rows, scenarios, values

PEER = "eebus-go EV"
CAR_MA = [16000, 15000, 14000]
EVCCID = "0011223344FF"
SOC = 42
SAFE_MA = [6000] * 3
LOST_S = 8  # 4 s as announced, and as much again

check = Checklist()


def checks(build):
    for row in rows(check, build, ["cem"], ("--board", "pico2w_sim")):
        yield PEER, VERSION, *row


def offered(s, ma, timeout=20):
    """Waits until the wallbox offers that; a pause lasts 15 s at least."""
    return s.box.until(f"{ma} mA", lambda t: t["offered_ma"] == [ma] * 3, timeout)


def limit_rows(s, use="opev_read"):
    return [(one["a"], one["active"]) for one in values(s.hems, use, "limits")[0]]


def free(s):
    """Lifts LPC, whose failsafe limit holds until the energy guard has spoken."""
    s.hems.write("limit", w=4200, active=False)
    s.box.until("lpc off", lambda t: t["lpc"]["state"] == "uc")


@check("no car: no EV entity")
def nobody(s):
    s.start("cem")
    scenarios(s.hems, "evsecc")
    equal("EV entities", s.hems.scenarios("evcc"), [])
    await_heartbeats(s.hems)
    time.sleep(2.5)
    free(s)


@check("plugged: the EV entity appears within 5 s")
def plug(s):
    begin = time.monotonic()
    s.box.command("plug")
    event = s.hems.event("usecase", 5, name="cem-evcc-EvConnected")
    equal("entity", (event["entity"], event["entity_type"]), ([1, 1], "EV"))
    return f"{event['at'] - begin:.2f} s"


@check("EVCC 1, 2, 3, 6, 7, 8; EVCEM 1, 2, 3; OPEV 1, 2, 3; OSCEV 1, 2, 3; no EVSOC")
def announced(s):
    for use, wanted in (
        ("evcc", [1, 2, 3, 6, 7, 8]),
        ("evcem", [1, 2, 3]),
        ("opev", [1, 2, 3]),
        ("oscev", [1, 2, 3]),
    ):
        equal(use, scenarios(s.hems, use), ([1, 1], wanted))
    equal("evsoc", s.hems.scenarios("evsoc"), [])


@check("EVCC of a car that only has a pilot")
def pilot_only(s):
    names = ["connected", "communication_standard", "asymmetric_charging", "power_limits_w"]
    is_there, standard, asymmetric, power = values(s.hems, "ev", *names, "charge_state")[:4]
    equal("connected", (is_there, standard, asymmetric), (True, "iec61851", False))
    equal("power", (power["min"], power["max"], power["standby"]), (1380, 11040, 0))


@check("EVCEM currents, powers, energy equal the meter")
def measured(s):
    s.box.command("ev", state="C", draw_ma=CAR_MA)
    s.box.until("charging", lambda t: t["draw_ma"] == CAR_MA)
    for _ in range(4):
        s.box.advance(5)
        time.sleep(2.2)  # for a heartbeat: without one for 8 s the car gets the safe current
    names = ["current_per_phase_a", "power_per_phase_w", "phases_connected", "energy_charged_wh"]
    current, power, phases, energy = values(s.hems, "ev", *names)
    status = s.box.status()
    near("current", current, [ma / 1000 for ma in status["draw_ma"]], 0.01)
    near("power", power, status["p_w"], 1)
    equal("draw_ma", status["draw_ma"], CAR_MA)
    equal("phases", phases, 3)
    near("energy", energy, status["energy_wh"], 12)  # a change of less than 10 is not told
    equal("state", values(s.hems, "ev", "charge_state"), ["active"])
    return f"{sum(power):.0f} W, {energy:.0f} Wh"


@check("OPEV permitted values and limits complete from the start")
def permitted(s):
    limits = values(s.hems, "opev_read", "limits", "range_a")
    found = limits[1]
    equal("range", (found["min"], found["max"], found["default"]), ([6] * 3, [16] * 3, [0] * 3))
    equal("limits", limit_rows(s), [(16, False)] * 3)


@check("OPEV 10, 10, 10 A: written, read back, offered, drawn")
def ten(s):
    ms = s.hems.write("opev", ma=[10000] * 3)
    status = offered(s, 10000)
    equal("ruling", status["ruling"], "opev")
    equal("limits", limit_rows(s), [(10, True)] * 3)
    (mine,) = [one for one in status["limits"] if one["origin"] == "opev"]
    equal("origin", (mine["ma"], mine["peer"]), ([10000] * 3, s.hems.ski))
    s.box.until("drawn", lambda t: t["draw_ma"] == [10000] * 3)
    return f"accepted in {ms:.0f} ms"


@check("OPEV: the current is told within 15 s of a limit that changes nothing")
def told(s):
    mark = s.hems.mark()
    begin = time.monotonic()
    s.hems.write("opev", ma=[10000] * 3)
    event = s.hems.event("usecase", 15, mark, name="cem-evcem-DataUpdateCurrentPerPhase")
    return f"{event['at'] - begin:.1f} s"


@check("OPEV 0 A: paused, the EV is still there")
def zero(s):
    ms = s.hems.write("opev", ma=[0] * 3)
    s.box.until("paused", lambda t: t["draw_ma"] == [0] * 3)
    status = s.box.status()
    equal("offered, ruling", (status["offered_ma"], status["ruling"]), ([0] * 3, "opev"))
    equal("connected", values(s.hems, "ev", "connected"), [True])
    s.box.until("open", lambda t: not t["contactor"], 10)
    return f"accepted in {ms:.0f} ms"


@check("OPEV 16 A, inactive: charging again")
def sixteen(s):
    s.hems.write("opev", ma=[16000] * 3, active=False)
    offered(s, 16000)
    equal("limits", limit_rows(s), [(16, False)] * 3)


@check("OSCEV 8 A recommended below an obligation of 12 A")
def advice(s):
    s.hems.write("opev", ma=[12000] * 3)
    s.hems.write("oscev", ma=[8000] * 3)
    status = offered(s, 8000)
    equal("ruling", status["ruling"], "oscev")
    equal("obligation", limit_rows(s), [(12, True)] * 3)
    equal("advice", limit_rows(s, "oscev_read"), [(8, True)] * 3)
    s.hems.write("oscev", ma=[16000] * 3, active=False)
    equal("ruling", offered(s, 12000)["ruling"], "opev")
    s.hems.write("opev", ma=[16000] * 3, active=False)
    offered(s, 16000)


@check("a car that talks (ISO 15118): EVCC 4 and EVSOC come up")
def talks(s):
    s.box.command("ev", iso15118=True, evccid=EVCCID, soc=SOC)
    equal("evsoc", scenarios(s.hems, "evsoc"), ([1, 1], [1]))
    names = ["soc_pct", "identifications", "communication_standard"]
    soc, identifications, _ = values(s.hems, "ev", *names)
    equal("soc", soc, SOC)
    found = [(one["ValueType"], one["Value"]) for one in identifications]
    equal("identifications", found, [("eui48", EVCCID)])
    equal("standard", values(s.hems, "ev", "communication_standard"), ["iso15118-2ed2"])
    equal("evcc", scenarios(s.hems, "evcc"), ([1, 1], [1, 2, 3, 4, 6, 7, 8]))
    s.box.command("ev", soc=SOC + 1)
    deadline = time.monotonic() + 5
    while values(s.hems, "ev", "soc_pct") != [SOC + 1]:
        if time.monotonic() > deadline:
            raise AssertionError("the new state of charge is not told")
        time.sleep(0.2)


@check("unplugged: the EV entity disappears, with all that was written")
def unplug(s):
    s.hems.write("opev", ma=[10000] * 3)
    mark = s.hems.mark()
    s.box.command("unplug")
    s.hems.event("usecase", 10, mark, name="cem-evcc-EvDisconnected")
    equal("EV entities", s.hems.scenarios("evcc"), [])
    limits = s.box.status()["limits"]
    equal("limits", [one for one in limits if one["origin"] == "opev" and one["active"]], [])


@check("plugged again: announced, bound and limited anew")
def again(s):
    mark = s.hems.mark()
    s.box.command("plug")
    s.hems.event("usecase", 10, mark, name="cem-evcc-EvConnected")
    scenarios(s.hems, "opev")
    equal("limits", limit_rows(s), [(16, False)] * 3)
    s.hems.write("opev", ma=[10000] * 3)
    offered(s, 10000)


@check("manager killed: safe current after its heartbeat is missed")
def killed(s):
    s.hems.popen.kill()
    begin = time.monotonic()
    s.box.until("let go", lambda t: not is_peer(t, s.hems.ski), 10)
    equal("at first", s.box.status()["offered_ma"], [10000] * 3)
    status = s.box.until("safe", lambda t: t["offered_ma"] == SAFE_MA, LOST_S + 5)
    equal("ruling", status["ruling"], "opev")
    return f"after {time.monotonic() - begin:.1f} s"


@check("manager back while plugged: the EV is there at once, its limit holds again")
def back(s):
    s.hems.stop()
    _, seconds = s.start("cem")
    s.hems.event("usecase", 10, name="cem-evcc-EvConnected")
    scenarios(s.hems, "opev")
    equal("limits", limit_rows(s), [(10, True)] * 3)
    offered(s, 10000)
    s.hems.write("opev", ma=[16000] * 3, active=False)
    offered(s, 16000)
    return f"connected in {seconds:.2f} s"


CHECKS = check.names
