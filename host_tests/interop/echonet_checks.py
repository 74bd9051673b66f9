"""What every ECHONET Lite controller does with the wallbox: the same checks for all of them."""

import time

from board_configs import sim
from host_tests.interop.checklist import Checklist, equal, near

EOJ = "02a101"
PROFILE = "0ef001"
INF = ["80", "81", "88", "c7", "da"]
SET = ["81", "97", "98", "99", "cd", "da", "e7", "eb", "ed"]
GET = [
    *("80", "81", "82", "83", "88", "89", "8a", "8c", "8d", "97", "98", "99", "9d", "9e", "9f"),
    *("c5", "c7", "c8", "ca", "cc", "d2", "d3", "d8", "da", "e7", "eb", "ed"),
]
DRAW_MA = 16000
INF_S = 3  # announced properties are looked at twice a second
STANDBY, CHARGE = "44", "42"

LISTS = {name: Checklist() for name in ("pychonet", "echonet-lite", "node-echonet-lite")}


def check(name, *peers):
    """A check of the named peers, of all without names; the report tells them apart."""

    def add(function):
        for peer in peers or LISTS:
            LISTS[peer](f"{peer}: {name}")(function)
        return function

    return add


def number(value, size):
    return value.to_bytes(size, "big").hex()


def fixed():
    """{EPC: value} of the properties that do not change here."""
    nominal = number(sim.NOMINAL_W, 4)
    return {
        "80": "30",
        "82": "0000" + sim.ECHONET_RELEASE.encode().hex() + "00",
        "88": "42",
        "89": "0000",
        "8a": sim.ECHONET_MAKER.hex(),
        "8c": sim.DEVICE_CODE.encode().ljust(12, b"\0").hex(),
        "99": number(sim.NOMINAL_W, 2),
        "9d": number(len(INF), 1) + "".join(INF),
        "c5": nominal,
        "c8": number(3 * 230 * sim.MIN_MA // 1000, 4) + nominal,
        "ca": number(sim.MIN_MA // 100, 2) + number(sim.MAX_MA // 100, 2),
        "cc": "11",
        "d2": number(sim.U_MV // 1000, 2),
        "da": CHARGE,
        "e7": number(0, 4),
        "eb": nominal,
        "ed": number(sim.MAX_MA // 100, 2),
    }


def get(s, *epcs, eoj=EOJ):
    return s.peer.command("get", host=s.address, eoj=eoj, epcs=list(epcs))["values"]


def put(s, *values, eoj=EOJ):
    """Sets (EPC, hex) pairs in one request; the EPCs that were refused, as the peer tells it."""
    return s.peer.command("set", host=s.address, eoj=eoj, values=values)["refused"]


def accepted(s, *values):
    equal("refused", put(s, *values), [])


def notice(s, mark, epc, value, eoj=EOJ, timeout=INF_S):
    return s.peer.event("notice", timeout, mark, host=s.address, eoj=eoj, epc=epc, value=value)


def limit(status):
    """The limit of the origin echonet in a status, None without one."""
    found = [one for one in status["limits"] if one["origin"] == "echonet" and one["active"]]
    return found[0] if found else None


def offered(s, ma, ruling="echonet"):
    what = f"{ma} mA offered, {ruling} ruling"
    return s.box.until(
        what, lambda t: t["offered_ma"] == [ma] * 3 and (not ma or t["ruling"] == ruling)
    )


@check("found by its own multicast search")
def found(s):
    begin = time.monotonic()
    s.node = s.peer.command("discover", timeout=30, host=s.address)
    if EOJ not in s.node["objects"]:
        raise AssertionError(f"objects {s.node['objects']}")
    return f"{1000 * (time.monotonic() - begin):.0f} ms"


@check("reads every property by itself, in one Get", "echonet-lite")
def gathered(s):
    values = s.peer.command("gathered", timeout=30, host=s.address, eoj=EOJ)["values"]
    wanted = fixed()
    equal("values", {epc: values[epc] for epc in wanted}, wanted)
    return f"{len(values)} properties"


@check("property maps 9D 9E 9F")
def maps(s):
    told = s.peer.command("maps", host=s.address, eoj=EOJ)
    equal("announced", sorted(told["inf"]), INF)
    equal("settable", sorted(told["set"]), SET)
    equal("readable", sorted(told["get"]), GET)
    return f"{len(INF)} announced, {len(SET)} settable, {len(GET)} readable"


@check("every readable property, in one Get")
def every(s):
    values = get(s, *GET)
    wanted = {epc: value for epc, value in fixed().items() if epc in values}
    equal("values", {epc: values[epc] for epc in wanted}, wanted)
    missing = [epc for epc in GET if values.get(epc) == ""]
    equal("without a value", missing, [])
    return f"{len(values)} values, {len(wanted)} of them compared"


@check("24 requests at once, each answered", "echonet-lite")
def burst(s):
    wanted = {epc: value for epc, value in fixed().items() if epc != "9d"}
    epcs = [epc for epc in GET if epc not in ("9d", "9e", "9f")]
    values = s.peer.command("burst", host=s.address, eoj=EOJ, epcs=epcs)["values"]
    equal("values", {epc: values[epc] for epc in wanted}, wanted)


@check("car plugged in and charging: INF of C7")
def charging(s):
    s.box.advance(150)  # the energy guard that does not come is waited for this long
    mark = s.peer.mark()
    begin = time.monotonic()
    s.box.command("plug")
    s.box.command("ev", state="C", draw_ma=[DRAW_MA] * 3)
    event = notice(s, mark, "c7", "41")
    equal("C7", get(s, "c7"), {"c7": "41"})
    s.box.until("charging", lambda t: t["draw_ma"] == [DRAW_MA] * 3)
    return f"{1000 * (event['at'] - begin):.0f} ms"


@check("power and energy equal the meter")
def measured(s):
    s.box.advance(60)
    before = s.box.status()
    values = {epc: int(value, 16) for epc, value in get(s, "d3", "d8").items()}
    near("D3", values["d3"], before["power_w"], 1)
    near("D8", values["d8"], before["energy_wh"], 1)
    return f"{values['d3']} W, {values['d8']} Wh"


@check("EB 6000 W: accepted, offered, drawn")
def power(s):
    accepted(s, ("eb", number(6000, 4)))
    status = offered(s, 8600)  # 6000 W on three phases of 230 V, to 0.1 A
    one = limit(status)
    equal("limit", (one["w"], one["peer"]), (6000, s.peer_address))
    equal("read back", get(s, "eb"), {"eb": number(6000, 4)})
    s.box.until("drawn", lambda t: t["draw_ma"] == [8600] * 3)


@check("ED 10.0 A: accepted, offered; replaces EB")
def current(s):
    accepted(s, ("ed", number(100, 2)))
    equal("limit", limit(offered(s, 10000))["ma"], [10000] * 3)
    equal("read back", get(s, "ed"), {"ed": number(100, 2)})


@check("DA 44 standby: INF, charging pauses; DA 42: it goes on")
def standby(s):
    mark = s.peer.mark()
    accepted(s, ("da", STANDBY))
    notice(s, mark, "da", STANDBY)
    offered(s, 0)
    s.box.advance(10)
    s.box.until("contactor open", lambda t: not t["contactor"])
    accepted(s, ("da", CHARGE))
    notice(s, mark, "da", CHARGE)
    s.box.advance(20)  # the pause after a stop
    offered(s, 10000)
    s.box.until("contactor closed", lambda t: t["contactor"])


@check("bad value, wrong size, not settable: refused, nothing changes")
def refused(s):
    before = s.box.status()
    for epc, value in (("da", "99"), ("eb", "0bb8"), ("ed", "ffff"), ("98", "07e60d20")):
        equal(f"{epc} {value} refused", put(s, (epc, value)), [epc])
    after = s.box.status()
    for name in ("limits", "offered_ma", "ruling", "contactor"):
        equal(name, after[name], before[name])


@check("good and bad in one Set: the good one is carried out")
def mixed(s):
    told = put(s, ("ed", number(120, 2)), ("da", "99"))
    equal("limit", limit(offered(s, 12000))["ma"], [12000] * 3)
    equal("mode", get(s, "da"), {"da": CHARGE})
    return f"refused as told by the peer: {told}"


@check("a request without properties is answered", "pychonet")
def empty(s):
    # silence makes this library call the node unavailable
    reply = s.peer.command("unlisted", host=s.address, eoj=EOJ, epc="f0")
    equal("available", reply["available"], True)


@check("a lower limit of somebody else rules")
def lower(s):
    s.box.command("user", ma=7000)
    equal("echonet", limit(offered(s, 7000, "user"))["ma"], [12000] * 3)
    s.box.command("user", ma=None)
    offered(s, 12000)


@check("E7 1 kWh: standby after it")
def amount(s):
    mark = s.peer.mark()
    begin = s.box.status()["energy_wh"]
    accepted(s, ("e7", number(1000, 4)))
    s.box.advance(600)
    notice(s, mark, "da", STANDBY)
    charged = offered(s, 0)["energy_wh"] - begin
    near("charged", charged, 1010, 10)
    accepted(s, ("e7", number(0, 4)), ("da", CHARGE))
    return f"{charged} Wh"


@check("DA 40 other: all limits lifted")
def lifted(s):
    accepted(s, ("da", "40"))
    s.box.advance(20)
    equal("limit", limit(offered(s, DRAW_MA, "board")), None)


@check("fault: INF of 88, content in 89")
def fault(s):
    mark = s.peer.mark()
    s.box.command("fault", name="rcd", on=True)
    notice(s, mark, "88", "41")
    equal("fault", get(s, "88", "89"), {"88": "41", "89": "0001"})
    s.box.command("fault", name="rcd", on=False)
    s.box.command("unplug")
    s.box.advance(10)  # the fault is shown on the pilot for some seconds
    notice(s, mark, "88", "42")
    notice(s, mark, "c7", "30")


@check("81 location: INF, kept over a restart; limits are not")
def location(s):
    mark = s.peer.mark()
    accepted(s, ("eb", number(5000, 4)), ("81", "6d"), ("da", CHARGE))
    notice(s, mark, "81", "6d")
    s.box.command("restart", timeout=30)
    equal("after the restart", get(s, "81", "da"), {"81": "6d", "da": CHARGE})
    equal("limit", limit(s.box.status()), None)


@check("81 set again and again: flash is spared", "node-echonet-lite")
def spared(s):
    told = [put(s, ("81", number(place, 1))) for place in range(0x10, 0x20)]
    equal("refused", told, [[]] * 8 + [["81"]] * 8)
    s.box.advance(60)
    accepted(s, ("81", "6d"))


@check("network gone and back: it announces itself again")
def back(s):
    s.box.command("net", up=False)
    mark = s.peer.mark()
    s.box.command("net", up=True)
    notice(s, mark, "d5", "01" + EOJ, PROFILE)
    equal("location", get(s, "81"), {"81": "6d"})
