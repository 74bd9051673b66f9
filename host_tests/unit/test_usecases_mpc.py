"""MPC: which values there are, what they say, and when subscribers are told (ATC_MPC)."""

from spine_bench import ELECTRIC, MEASUREMENT, Wallbox

_VALUES = "measurementListData"
_DESCRIPTIONS = "measurementDescriptionListData"
_PARAMETERS = "electricalConnectionParameterDescriptionListData"

_A = ("acCurrent",) * 3
_V = ("acVoltage",) * 3
_W = ("acPower",) * 3


def _fields(item):
    fields = {}
    for one in item:
        fields.update(one)
    return fields


def _values(hems):
    """{measurementId: (number, scale, state)}"""
    found = {}
    for item in hems.read(_VALUES, MEASUREMENT).data[0]["measurementData"]:
        fields = _fields(item)
        number, scale = [list(one.values())[0] for one in fields["value"]]
        found[fields["measurementId"]] = number, scale, fields["valueState"]
    return found


def _scopes(hems):
    items = hems.read(_DESCRIPTIONS, MEASUREMENT).data[0]["measurementDescriptionData"]
    assert [_fields(item)["measurementId"] for item in items] == list(range(len(items)))
    return [_fields(item)["scopeType"] for item in items]


def test_scenarios():
    for phases, scenarios, produces, scopes in (
        (3, b"\1", False, ("acPowerTotal",) + _W),
        (1, b"\1", False, ("acPowerTotal", "acPower")),
        (3, b"\1\2", False, ("acPowerTotal", "acEnergyConsumed") + _W),
        (3, b"\1\2", True, ("acPowerTotal", "acEnergyConsumed", "acEnergyProduced") + _W),
        (3, b"\1\3", False, ("acPowerTotal",) + _W + _A),
        (1, b"\1\4\5", False, ("acPowerTotal", "acPower", "acVoltage", "acFrequency")),
        (3, b"\1\2\3\4\5", False,
         ("acPowerTotal", "acEnergyConsumed") + _W + _A + _V + ("acFrequency",)),
    ):  # fmt: skip
        hems = Wallbox(phases=phases, scenarios=scenarios, lpp=produces).connect()
        assert tuple(_scopes(hems)) == scopes
        assert len(_values(hems)) == len(scopes)
        cmd = hems.read("nodeManagementUseCaseData").cmd
        support = '"scenarioSupport":[%s]' % ",".join([str(n) for n in scenarios])
        assert cmd.count(support) >= 1
        connected = '"acConnectedPhases":%d' % phases
        cmd = hems.read("electricalConnectionDescriptionListData", ELECTRIC).cmd
        assert connected in cmd and '"positiveEnergyDirection":"consume"' in cmd


def test_values_are_those_of_the_meter():
    hems = Wallbox(scenarios=b"\1\2\3\4\5", lpp=True).connect()
    meter = hems.box.meter
    values = [(meter.power_w, 0), (meter.energy_wh, 0), (-meter.produced_wh, 0)]  # [009]
    values += [(w, 0) for w in meter.p_w]
    values += [(thousandth, -3) for thousandth in meter.draw_ma + meter.u_mv + [meter.freq_mhz]]
    assert _values(hems) == {i: v + ("normal",) for i, v in enumerate(values)}
    meter.power_w = -2300
    assert _values(hems)[0] == (-2300, 0, "normal")


def test_each_value_has_one_parameter():
    hems = Wallbox(scenarios=b"\1\2\3\4\5").connect()
    items = hems.read(_PARAMETERS, ELECTRIC).data[0]
    items = [_fields(item) for item in items["electricalConnectionParameterDescriptionData"]]
    scopes = _scopes(hems)
    assert [item["measurementId"] for item in items] == list(range(len(scopes)))
    assert [item["parameterId"] for item in items] == list(range(len(scopes)))
    for scope, item in zip(scopes, items):
        phases = item.get("acMeasuredPhases")
        assert item["voltageType"] == "ac"
        if scope == "acPowerTotal":
            assert phases == "abc" and item["acMeasurementType"] == "real"
        elif scope == "acFrequency":
            assert phases is None and "acMeasurementType" not in item
        elif scope == "acEnergyConsumed":
            assert phases is None and item["acMeasurementType"] == "real"
        else:
            assert len(phases) == 1 and item["acMeasurementVariant"] == "rms"
            kind = "apparent" if scope == "acVoltage" else "real"
            assert item["acMeasurementType"] == kind
            assert ("acMeasuredInReferenceTo" in item) == (scope != "acCurrent")


def test_a_meter_that_does_not_answer_008():
    hems = Wallbox().connect()
    hems.subscribe(MEASUREMENT)
    hems.box.advance(1000)
    hems.taken()
    hems.box.meter.meter_ok = False
    hems.box.advance(1000)
    (told,) = hems.taken()
    assert '"valueState":"error"' in told.cmd and '"normal"' not in told.cmd
    assert {state for _, _, state in _values(hems).values()} == {"error"}


def test_time_when_it_is_known():
    hems = Wallbox().connect()
    assert '"timestamp"' not in hems.read(_VALUES, MEASUREMENT).cmd
    hems.box.time = 1788000000
    cmd = hems.read(_VALUES, MEASUREMENT).cmd
    assert '{"valueType":"value"},{"timestamp":"2026-08-29T10:40:00Z"},' in cmd


def _told(hems):
    return len([said for said in hems.taken() if said.function == _VALUES])


def test_subscribers_are_told_014():
    for change in (
        ("power_w", 6910), ("energy_wh", 4530), ("produced_wh", 40), ("freq_mhz", 50030),
        ("p_w", [2300, 2310, 2280]), ("draw_ma", [10000, 10020, 9880]),
        ("u_mv", [230000, 231500, 229000]),
    ):  # fmt: skip
        hems = Wallbox(scenarios=b"\1\2\3\4\5", lpp=True).connect()
        hems.subscribe(MEASUREMENT)
        hems.box.advance(2000)
        hems.taken()
        hems.box.advance(30000)
        assert _told(hems) == 0
        setattr(hems.box.meter, *change)
        hems.box.advance(1000)
        assert _told(hems) == 1, change[0]
        hems.box.advance(30000)
        assert _told(hems) == 0


def test_small_changes_add_up():
    hems = Wallbox().connect()
    hems.subscribe(MEASUREMENT)
    hems.box.advance(1000)
    hems.taken()
    for _ in range(20):
        hems.box.meter.power_w += 1
        hems.box.advance(1000)
    assert _told(hems) == 2


def test_once_a_second_at_most_once_a_minute_at_least():
    hems = Wallbox().connect()
    hems.subscribe(MEASUREMENT)
    hems.box.advance(1000)
    hems.taken()
    for _ in range(100):
        hems.box.meter.power_w += 100
        hems.box.advance(100)
    assert _told(hems) in (10, 11)
    hems.box.advance(181000)
    assert _told(hems) == 3
