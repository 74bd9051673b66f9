"""Peers: the same three controllers with a charger/discharger 0x027E and its meter 0x0280."""

from functools import partial

from board_configs import sim_feedin
from host_tests.interop import echonet_checks
from host_tests.interop.checklist import Checklist, equal, near
from host_tests.interop.echonet import rows
from host_tests.interop.echonet_checks import CHARGE, GET, INF, SET, STANDBY, number, offered

PEER = "ECHONET Lite"
EOJ, METER = "027e01", "028001"
BOTH, FEEDS_BACK = "46", "43"
# beyond those of a charger
MORE_INF = ["dc", "dd", "e1", "e5"]
VEHICLE = ["c0", "c2", "c4", "ce", "cf", "d0", "e2", "e4", "e6"]
MORE_GET = ["c6", "c9", "cb", "d4", "d5", "d6", "db", *MORE_INF]
DRAW_MA = 10000
POWER_W = 3 * 230 * DRAW_MA // 1000

LISTS = {name: Checklist() for name in echonet_checks.LISTS}


def check(name):
    def add(function):
        for peer in LISTS:
            LISTS[peer](f"{peer}: 027E: {name}")(function)
        return function

    return add


get = partial(echonet_checks.get, eoj=EOJ)
put = partial(echonet_checks.put, eoj=EOJ)
notice = partial(echonet_checks.notice, eoj=EOJ)


def signed(text):
    return int.from_bytes(bytes.fromhex(text), "big", signed=True)


@check("both objects found")
def found(s):
    told = s.peer.command("discover", timeout=30, host=s.address)["objects"]
    equal("objects", sorted(set(told) & {EOJ, METER, echonet_checks.EOJ}), [EOJ, METER])


@check("property maps of both")
def maps(s):
    told = s.peer.command("maps", host=s.address, eoj=EOJ)
    equal("announced", sorted(told["inf"]), sorted(INF + MORE_INF))
    equal("settable", sorted(told["set"]), SET)
    equal("readable", sorted(told["get"]), sorted(GET + MORE_GET + VEHICLE))
    meter = s.peer.command("maps", host=s.address, eoj=METER)
    equal("readable of the meter", {"e0", "e2"} - set(meter["get"]), set())


@check("what the hardware can, in one Get")
def rated(s):
    power = number(sim_feedin.FEED_IN_W, 4)
    told = get(s, *MORE_GET)
    wanted = {"c6": power, "db": "00", "e1": STANDBY, "dd": "00", "e5": "42"}
    wanted["c9"] = number(3 * 230 * sim_feedin.MIN_MA // 1000, 4) + power
    equal("values", {epc: told[epc] for epc in wanted}, wanted)
    equal("without a value", [epc for epc in MORE_GET if not told.get(epc)], [])
    equal("type", get(s, "cc"), {"cc": "13"})
    return f"{len(told)} values"


@check("of the battery only what the car tells")
def vehicle(s):
    s.box.command("plug")
    s.box.command("ev", state="B", soc=77, iso15118=True)
    s.box.advance(10)
    told = get(s, "e4", "c4", "e2")
    equal("E4 C4", (told["e4"], told["c4"]), (number(77, 1),) * 2)
    equal("E2", told.get("e2", ""), "")
    s.box.command("unplug")
    s.box.advance(10)


@check("the car feeds back: INF of E1, signed power and current, energy discharged")
def feeds_back(s):
    s.box.advance(150)  # the energy guard that does not come is waited for this long
    mark = s.peer.mark()
    s.box.command("plug")
    s.box.command("ev", state="C", draw_ma=[DRAW_MA] * 3)
    notice(s, mark, "e1", CHARGE)
    s.box.command("ev", draw_ma=[-DRAW_MA] * 3)
    notice(s, mark, "e1", FEEDS_BACK)
    s.box.until("fed back", lambda t: t["power_w"] == -POWER_W)
    told = get(s, "d3", "d4", "d5", "e1")
    near("D3", signed(told["d3"]), -POWER_W, 1)
    near("D4", signed(told["d4"]), -DRAW_MA // 100, 1)
    near("D5", signed(told["d5"]), 230, 1)
    equal("E1", told["e1"], FEEDS_BACK)
    before = int(get(s, "d6")["d6"], 16)
    s.box.advance(360)
    near("D6", int(get(s, "d6")["d6"], 16) - before, POWER_W // 10, 12)


@check("DC follows what is set: power, current")
def method(s):
    mark = s.peer.mark()
    s.box.command("ev", draw_ma=[16000] * 3)
    equal("refused", put(s, ("eb", number(6000, 4))), [])
    notice(s, mark, "dc", "03")
    offered(s, 8600)
    equal("refused", put(s, ("ed", number(100, 2))), [])
    notice(s, mark, "dc", "04")
    offered(s, 10000)


@check("DA: standby, charge and discharge; discharging by command is refused")
def mode(s):
    mark = s.peer.mark()
    equal("refused", put(s, ("da", STANDBY)), [])
    offered(s, 0)
    notice(s, mark, "e1", STANDBY)
    equal("refused", put(s, ("da", BOTH)), [])
    s.box.advance(20)  # the pause after a stop
    offered(s, 10000)
    equal("refused", put(s, ("da", FEEDS_BACK)), ["da"])
    equal("DA", get(s, "da"), {"da": BOTH})


@check("0280: its energy is that of the wallbox")
def meter(s):
    s.box.advance(60)
    told = get(s, "e0", "e2", eoj=METER)
    equal("unit", told["e2"], "02")  # 0.01 kWh
    near("E0", int(told["e0"], 16), s.box.status()["energy_wh"] // 10, 1)
    return f"{int(told['e0'], 16) / 100} kWh"


def checks(build):
    yield from rows(LISTS, build, "sim_feedin")


CHECKS = tuple(row for checklist in LISTS.values() for row in checklist.names)
