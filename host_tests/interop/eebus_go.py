"""Peer: an energy manager on eebus-go (the stack inside evcc), as CEM: EVSECC, LPC, MPC."""

import statistics
import time

from host_tests.interop.checklist import Checklist, equal, near
from host_tests.interop.hems import VERSION
from host_tests.interop.session import await_heartbeats, is_peer, rows, scenarios, values

PEER = "eebus-go"
LIMIT_W = 4200
FAILSAFE_W = 4600
FAILSAFE_S = 3 * 3600
CAR_MA = [16000] * 3
VOLTAGE_MV = 231000
FREQUENCY_MHZ = 50020
HEARTBEAT_LOSS_S = 120
REJECTED = 7  # errorNumber "command rejected"

check = Checklist()


def checks(build):
    for row in rows(check, build, ["cem"]):
        yield PEER, VERSION, *row


def offer_ma(watts, millivolts=VOLTAGE_MV):
    """What a limit leaves to each of three phases: rounded down to 0.1 A."""
    return [watts * 10_000 // (3 * millivolts) * 100] * 3


def limited(status):
    """What LIMIT_W comes to."""
    return status["lpc"]["state"] == "limited" and status["offered_ma"] == [6000] * 3


@check("found by mDNS, connected within 10 s")
def connected(s):
    _, seconds = s.start("cem")
    return f"{seconds:.2f} s after start"


@check("EVSECC scenarios 1, 2 on the EVSE entity")
def evsecc_scenarios(s):
    equal("scenarios", scenarios(s.hems, "evsecc"), ([1], [1, 2]))


@check("LPC scenarios 1, 2, 3, 4 on the EVSE entity")
def lpc_scenarios(s):
    equal("scenarios", scenarios(s.hems, "lpc"), ([1], [1, 2, 3, 4]))


@check("MPC scenarios 1, 2, 3, 4, 5 on the EVSE entity")
def mpc_scenarios(s):
    equal("scenarios", scenarios(s.hems, "mpc"), ([1], [1, 2, 3, 4, 5]))


@check("connected to all three use cases: time")
def time_to_scenarios(s):
    connected_ms = s.hems.event("connected", 1)["t_ms"]
    names = ["cem-evsecc-UseCaseSupportUpdate", "eg-lpc-UseCaseSupportUpdate"]
    names.append("ma-mpc-UseCaseSupportUpdate")
    last = max(s.hems.event("usecase", 5, name=name)["t_ms"] for name in names)
    return f"{last - connected_ms:.0f} ms"


@check("EVSE manufacturer data and operating state")
def manufacturer(s):
    data, state = values(s.hems, "evse", "manufacturer", "operating_state")
    for name in ("deviceName", "serialNumber", "brandName"):
        if not data.get(name):
            raise AssertionError(f"no {name} in {data}")
    equal("operating state", state["state"], "normalOperation")
    return f"{data['brandName']} {data['deviceName']}, serial {data['serialNumber']}"


@check("heartbeats in both directions")
def heartbeats(s):
    subscriber = await_heartbeats(s.hems)
    time.sleep(2.5)  # one period: now the wallbox has had a heartbeat and may be limited
    return f"subscriber {subscriber}"


@check("LPC limit 4200 W for 10 min: limited, offered current 6 A")
def limit_on(s):
    s.box.command("meter", u_mv=VOLTAGE_MV, hz_m=FREQUENCY_MHZ)
    s.box.command("plug")
    s.box.command("ev", state="C", draw_ma=CAR_MA)
    ms = s.hems.write("limit", w=LIMIT_W, active=True, duration_s=600)
    status = s.box.until("limited to 6 A", limited)
    equal("ruling", status["ruling"], "lpc")
    return f"accepted in {ms:.0f} ms"


@check("LPC limit read back")
def limit_read(s):
    found = s.hems.command("limit_read")
    equal("w, active", (found["w"], found["active"]), (LIMIT_W, True))
    near("duration_s", found["duration_s"], 590, 10)
    return f"{found['duration_s']:.0f} s left"


@check("LPC negative limit refused, the old one stays")
def limit_negative(s):
    reply = s.hems.command("limit", w=-1000, active=True)
    equal("errorNumber", reply["error_number"], REJECTED)
    equal("offered_ma", s.box.status()["offered_ma"], [6000] * 3)
    return reply["description"]


@check("LPC limit off: the car gets its 16 A")
def limit_off(s):
    s.hems.write("limit", w=LIMIT_W, active=False)
    s.box.until("unlimited", lambda t: t["lpc"]["state"] == "uc" and t["offered_ma"] >= CAR_MA)
    equal("active", s.hems.command("limit_read")["active"], False)


@check("LPC failsafe power and duration: written, read back")
def failsafe_values(s):
    s.hems.write("failsafe", w=FAILSAFE_W)
    s.hems.write("failsafe_duration", s=FAILSAFE_S)
    found = s.hems.command("failsafe_read")
    equal("read back", (found["w"], found["s"]), (FAILSAFE_W, FAILSAFE_S))
    lpc = s.box.status()["lpc"]
    equal("wallbox", (lpc["failsafe_w"], lpc["failsafe_s"]), (FAILSAFE_W, FAILSAFE_S))


@check("LPC nominal maximum power")
def nominal(s):
    found = s.hems.command("nominal")["w"]
    equal("w", found, s.box.status()["lpc"]["nominal_w"])
    return f"{found:.0f} W"


@check("MPC power, current, voltage, energy, frequency equal the meter")
def mpc(s):
    s.box.until("charging", lambda t: t["draw_ma"] == CAR_MA)
    s.box.advance(60)
    before = s.box.status()
    names = ["power_w", "power_per_phase_w", "current_per_phase_a", "voltage_per_phase_v"]
    names += ["energy_consumed_wh", "frequency_hz"]
    power, per_phase, current, voltage, energy, frequency = values(s.hems, "mpc", *names)
    after = s.box.status()
    near("power", power, before["power_w"], 1)
    near("sum of phases", sum(per_phase), power, 2)
    near("current", current, [ma / 1000 for ma in CAR_MA], 0.05)
    near("voltage", voltage, [VOLTAGE_MV / 1000] * 3, 0.5)
    near("frequency", frequency, FREQUENCY_MHZ / 1000, 0.005)
    if not before["energy_wh"] - 1 <= energy <= after["energy_wh"] + 1:
        raise AssertionError(f"energy: {energy}, wallbox {before['energy_wh']}")
    return f"{power:.0f} W, {energy:.0f} Wh"


@check("LPC limit write to result: median of 20")
def limit_times(s):
    times = [s.hems.write("limit", w=LIMIT_W + i, active=True) for i in range(20)]
    s.hems.write("limit", w=LIMIT_W, active=False)
    return f"median {statistics.median(times):.1f} ms, worst {max(times):.1f} ms"


@check("heartbeat lost for 120 s: failsafe, offered current follows")
def heartbeat_lost(s):
    time.sleep(2.5)  # one period: the clock has been moved on since the last heartbeat
    equal("running", s.hems.command("heartbeat", on=False)["running"], False)
    s.box.advance(HEARTBEAT_LOSS_S - 20)
    equal("state before 120 s", s.box.status()["lpc"]["state"], "uc")
    s.box.advance(30)
    status = s.box.until("failsafe", lambda t: t["lpc"]["state"] == "failsafe")
    equal("offered_ma", status["offered_ma"], offer_ma(FAILSAFE_W))
    return f"{status['offered_ma'][0] / 1000:.1f} A at {FAILSAFE_W} W"


@check("heartbeat back and a limit: limited again")
def heartbeat_back(s):
    equal("running", s.hems.command("heartbeat", on=True)["running"], True)
    time.sleep(3)  # the library sends the first one after a period of 2 s
    s.hems.write("limit", w=LIMIT_W, active=True)
    s.box.until("limited to 6 A", limited)
    s.hems.write("limit", w=LIMIT_W, active=False)


@check("wallbox restarted: connected again within 30 s")
def restarted(s):
    mark = s.hems.mark()
    begin = time.monotonic()
    s.box.command("restart", timeout=30)
    event = s.hems.event("connected", 30, mark, ski=s.box.ski)
    return f"{event['at'] - begin:.1f} s after the restart"


@check("trust withdrawn by the energy manager: disconnected")
def unpaired(s):
    mark = s.hems.mark()
    s.hems.command("unpair", ski=s.box.ski)
    s.hems.event("disconnected", 10, mark, ski=s.box.ski)
    s.box.until("disconnected", lambda t: not is_peer(t, s.hems.ski), 10)


CHECKS = check.names
