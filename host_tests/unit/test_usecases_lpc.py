"""LPC and LPP as data points: what partners read, write and are told."""

from spine_bench import (
    ACTIVE,
    CONFIG,
    DURATION,
    ELECTRIC,
    FAILSAFE,
    GUARD,
    INACTIVE,
    LOAD,
    PERIOD,
    VALUE,
    Wallbox,
)

from usecases.limitation import AUTONOMOUS, CONTROLLED, INIT, LIMITED
from usecases.limitation import FAILSAFE as HELD

_LIMITS = "loadControlLimitListData"
_KEYS = "deviceConfigurationKeyValueListData"


def _guard(**options):
    hems = Wallbox(**options).connect().guard()
    assert hems.beat() == 0
    return hems


def _controlled(**options):
    hems = _guard(**options)
    assert hems.limit(INACTIVE) == 0
    return hems


def _limits(hems):
    """[(limitId, active, W, whether it has a duration)]"""
    found = []
    for item in hems.read(_LIMITS, LOAD).data[0]["loadControlLimitData"]:
        fields = {}
        for one in item:
            fields.update(one)
        number, scale = [list(one.values())[0] for one in fields["value"]]
        found.append(
            (
                fields["limitId"],
                fields["isLimitActive"],
                number * 10**scale,
                "timePeriod" in fields,
            )
        )
    return found


def test_characteristic_030():
    cmd = Wallbox().connect().read("electricalConnectionCharacteristicListData", ELECTRIC).cmd
    assert '"characteristicType":"powerConsumptionNominalMax"' in cmd
    assert '{"value":[{"number":11000},{"scale":0}]},{"unit":"W"}' in cmd


def test_lpp_shares_features_and_failsafe_duration_041():
    hems = Wallbox(lpp=True).connect()
    said = hems.read("loadControlLimitDescriptionListData", LOAD)
    first, second = said.data[0]["loadControlLimitDescriptionData"]
    assert {"limitDirection": "consume"} in first and {"limitId": 0} in first
    assert {"limitDirection": "produce"} in second and {"limitId": 1} in second
    said = hems.read("deviceConfigurationKeyValueDescriptionListData", CONFIG)
    items = said.data[0]["deviceConfigurationKeyValueDescriptionData"]
    assert [(item[0]["keyId"], item[1]["keyName"]) for item in items] == [
        (0, "failsafeConsumptionActivePowerLimit"),
        (1, "failsafeDurationMinimum"),
        (2, "failsafeProductionActivePowerLimit"),
    ]
    cmd = hems.read("electricalConnectionCharacteristicListData", ELECTRIC).cmd
    assert '"characteristicId":1' in cmd and '"powerProductionNominalMax"' in cmd
    cmd = hems.read("nodeManagementUseCaseData").cmd
    assert '"limitationOfPowerProduction"' in cmd and '"limitationOfPowerConsumption"' in cmd
    # a limit of production is negative on the wire, the other values are not
    assert _limits(hems) == [(0, False, 11000, False), (1, False, -5000, False)]


def test_sign_of_limits_035_1():
    for ident, sign in ((0, 1), (1, -1)):
        hems = _guard(lpp=True)
        box = hems.box
        use, port = ((box.lpc, box.port), (box.lpp, box.lpp_port))[ident]
        assert hems.limit(ACTIVE + "," + VALUE % (-sign * 1000), ident=ident) == 7
        assert use.machine.state == CONTROLLED  # refused, and still the guard is there
        assert hems.limit(ACTIVE + "," + VALUE % (sign * 1000), ident=ident) == 0
        assert use.machine.state == LIMITED and port.w == 1000
        assert hems.limit('{"value":[{"number":%d},{"scale":3}]}' % (sign * 2), ident=ident) == 0
        assert port.w == 2000
        assert hems.limit(VALUE % 0, ident=ident) == 0
        assert port.w == 0
        other = box.lpp if use is box.lpc else box.lpc
        assert other.machine.state == INIT
        for key, error in ((FAILSAFE % -1, 7), (FAILSAFE % 0, 0), (FAILSAFE % 3000, 0)):
            assert hems.key(2 * ident, key) == error
        assert port.kept == (3000, 7200)


def test_one_duration_for_both():
    hems = _guard(lpp=True)
    box = hems.box
    assert hems.key(1, DURATION % "PT3H") == 7  # nobody is in control yet
    assert hems.limit(INACTIVE, ident=1) == 0
    assert hems.key(1, DURATION % "PT3H") == 0
    assert box.port.kept == (4200, 10800) and box.lpp_port.kept == (4200, 10800)
    assert box.lpc.machine.failsafe_s == box.lpp.machine.failsafe_s == 10800
    # but each its own power
    assert hems.key(0, FAILSAFE % 1000) == 7 and hems.key(2, FAILSAFE % 1000) == 0
    assert box.lpp_port.kept == (1000, 10800) and box.port.kept == (4200, 10800)


def test_both_hear_the_heartbeat():
    hems = _guard(lpp=True)
    assert hems.limit(ACTIVE, ident=0) == 0 and hems.limit(ACTIVE, ident=1) == 0
    hems.box.advance(119000)
    hems.beat()
    hems.box.advance(119000)
    assert hems.box.lpc.machine.state == hems.box.lpp.machine.state == LIMITED
    hems.box.advance(1000)
    assert hems.box.lpc.machine.state == hems.box.lpp.machine.state == HELD
    assert hems.box.port.w == hems.box.lpp_port.w == 4200


def test_writes_before_the_guard_is_in_control_036_037():
    for prepare in (0, 120000):
        hems = Wallbox().connect().guard()
        hems.box.advance(prepare)
        state = hems.box.machine.state
        assert state == (AUTONOMOUS if prepare else INIT)
        assert hems.limit(ACTIVE) == 7
        hems.beat()
        assert hems.key(0, FAILSAFE % 1000) == 7 and hems.key(1, DURATION % "PT3H") == 7
        assert hems.box.machine.state == state and hems.box.port.kept is None


def test_ATC_LPC_COM_NT_CSConnection_001():
    hems = Wallbox().connect().guard()
    assert hems.limit(VALUE % -1000) == 7
    assert hems.box.machine.state == INIT


def test_failsafe_duration_015_016():
    for text, error, kept in (
        ("PT1H54M", 7, None),
        ("PT1H59M59S", 7, None),
        ("PT2H", 0, 7200),
        ("PT24H", 0, 86400),
        ("P1D", 0, 86400),
        ("PT24H0.5S", 7, 86400),  # refused, and set to the longest that there is
        ("P2D", 7, 86400),
        ("-PT3H", 7, None),
        ("3", 7, None),
    ):
        hems = _controlled()
        assert hems.key(1, DURATION % text) == error, text
        assert hems.box.port.kept == (None if kept is None else (4200, kept)), text
        if kept:
            hours = "PT%dH" % (kept // 3600)
            assert '{"duration":"%s"}' % hours in hems.read(_KEYS, CONFIG).cmd


def test_failsafe_values_are_kept_as_written_011_044():
    hems = _controlled()
    # above the range, too
    assert hems.key(0, '{"scaledNumber":[{"number":1155},{"scale":1}]}') == 0
    assert hems.box.port.kept == (11550, 7200)
    cmd = hems.read(_KEYS, CONFIG).cmd
    assert '{"scaledNumber":[{"number":1155},{"scale":1}]}' in cmd
    assert hems.key(0, '{"scaledNumber":[{"number":123456},{"scale":-2}]}') == 0
    assert hems.box.port.kept == (1234, 7200)


def test_stored_values_are_there_after_a_start():
    box = Wallbox(stored=(3000, 9000))
    assert box.port.w == 3000
    cmd = box.connect().read(_KEYS, CONFIG).cmd
    assert '{"number":3000}' in cmd and '{"duration":"PT2H30M"}' in cmd


def test_permitted_reasons_035_3():
    hems = _guard()
    hems.box.port.reason = "rcd"
    assert hems.limit(ACTIVE) == 7
    assert hems.box.machine.state == CONTROLLED  # [018]
    assert hems.limit(VALUE % 3000) == 0  # what does not limit needs no refusal
    hems.box.port.reason = None
    assert hems.limit(ACTIVE) == 0 and hems.box.port.w == 3000
    hems.box.port.reason = "rcd"
    hems.box.advance(0)
    assert hems.box.machine.state == CONTROLLED and hems.box.port.w == -1
    assert _limits(hems) == [(0, False, 3000, False)]


def test_read_back_of_the_state_009():
    hems = _guard()
    assert _limits(hems)[0][1] is False
    hems.limit(ACTIVE + "," + PERIOD % "PT1H" + "," + VALUE % 3000)
    assert _limits(hems) == [(0, True, 3000, True)]
    hems.box.advance(120000)
    assert hems.box.machine.state == HELD
    assert _limits(hems) == [(0, False, 3000, False)]


def test_duration_that_is_left():
    hems = _guard()
    hems.limit(ACTIVE + "," + PERIOD % "PT2H")
    hems.box.advance(30000)
    assert '{"timePeriod":[{"endTime":"PT1H59M30S"}]}' in hems.read(_LIMITS, LOAD).cmd
    hems.box.advance(30000)
    # a write of the value alone does not touch it
    assert hems.limit(VALUE % 3000) == 0
    assert '{"endTime":"PT1H59M"}' in hems.read(_LIMITS, LOAD).cmd


def test_subscribers_are_told_of_limits_and_states_009():
    box = Wallbox()
    other = box.connect(device="d:_n:OTHER")
    other.subscribe(LOAD)
    other.subscribe(CONFIG)
    hems = box.connect().guard()
    hems.beat()
    assert hems.limit(ACTIVE + "," + VALUE % 3000) == 0
    (told,) = other.hear()
    assert told.to == GUARD and '"isLimitActive":true' in told.cmd
    assert hems.key(0, FAILSAFE % 3000) == 0
    (told,) = other.hear()
    assert told.function == _KEYS and '"number":3000' in told.cmd
    other.taken()
    box.advance(120000)
    told = [said for said in other.taken() if said.function == _LIMITS]
    assert len(told) == 1 and '"isLimitActive":false' in told[0].cmd
    assert box.port.states[-1] == (LIMITED, HELD)


def test_only_the_guard_is_listened_to():
    box = Wallbox()
    hems = box.connect().guard()
    other = box.connect(device="d:_n:OTHER")
    other.beat()
    assert hems.limit(ACTIVE) == 7
    hems.beat()
    assert hems.limit(ACTIVE) == 0
    for _ in range(3):
        box.advance(39000)
        other.beat()
    assert box.machine.state == LIMITED
    box.advance(3000)
    assert box.machine.state == HELD


def test_a_guard_that_reconnects():
    hems = _controlled()
    box = hems.box
    box.partners.clear()
    hems.session.close()
    assert box.lpc.guard is None
    box.advance(60000)
    again = box.connect().guard()
    assert box.machine.state == CONTROLLED
    assert again.limit(ACTIVE + "," + VALUE % 2000) == 0
    box.advance(60000)
    assert box.machine.state == HELD


def test_a_duration_that_is_too_long_before_the_guard_is_in_control():
    hems = _guard()
    assert hems.key(1, DURATION % "P2D") == 7
    assert hems.box.port.kept is None
