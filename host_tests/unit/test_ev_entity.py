"""The car as an entity that comes and goes (5.5.2), byte for byte, and what it tells."""

from ev_bench import CONFIG, DIAGNOSIS, ELECTRIC, IDENTITY, LOAD, MEASUREMENT, EvBox
from spine_bench import NODE, vector
from test_usecases_cevc import Car as Planner

from spine import changes
from usecases.cevc import Cevc
from usecases.evcs import Evcs

OLD = "2026-01-31T12:00:05Z"
OLD_UNIX = 1769860805


def _reply(number, function, to, own, box=None):
    """Text of the reply to a read, the msgCounters of both sides being `number`."""
    box = (box or EvBox()).plug()
    hems = box.connect()
    hems.session.counter = number - 1
    hems.counter = number - 1
    return hems.read(function, to, own).text


def test_09_10_a_car_comes():
    box = EvBox()
    hems = box.follow()
    hems.session.counter = 9
    box.plug()
    added, uses = hems.taken()
    assert added.text == vector(9)
    # the datagram has the announcement of a car with an identification
    text = vector(10).replace("[1,2,3,4,6,7,8]", "[1,2,3,6,7,8]")
    assert uses.text == text


def test_11_a_car_goes():
    box = EvBox().plug()
    hems = box.follow()
    hems.session.counter = 11
    box.unplug()
    removed, uses = hems.taken()
    assert removed.text == vector(11)
    assert uses.function == "nodeManagementUseCaseData"
    assert '"EV"' not in uses.cmd


def test_who_connects_while_it_is_plugged_finds_it():
    hems = EvBox().plug().connect()
    said = hems.read("nodeManagementDetailedDiscoveryData")
    entities = [e[0]["description"][0] for e in said.data[2]["entityInformation"]]
    assert [e["entityAddress"][0]["entity"] for e in entities] == [[0], [1], [1, 1]]
    # all of it, features included, is what the notification had told
    features = vector(9)
    features = features[features.find('"featureInformation"') : -len("}]]}]}]}")]
    assert features[22:-3] in said.text


def test_nothing_of_it_outlives_it():
    box = EvBox().plug()
    hems = box.control()
    assert hems.subscribe(LOAD) == 0
    assert hems.subscribe(MEASUREMENT) == 0
    box.unplug()
    hems.taken()
    kept = hems.read("nodeManagementSubscriptionData").data[0]["subscriptionEntry"]
    assert len(kept) == 1  # that to NodeManagement
    assert hems.read("nodeManagementBindingData").data == []
    assert hems.session.binds == []


def test_its_addresses_are_unknown_when_it_has_gone():
    box = EvBox()
    hems = box.connect()
    assert hems.read("loadControlLimitListData", LOAD).error == 4
    box.plug()
    assert hems.read("loadControlLimitListData", LOAD).error is None
    box.unplug()
    assert hems.read("loadControlLimitListData", LOAD).error == 4
    assert hems.subscribe(MEASUREMENT) == 7
    assert hems.bind(LOAD) == 7


def test_a_partner_hears_of_each_change_once():
    box = EvBox()
    hems = box.follow()
    for _ in range(3):
        box.plug()
        added, uses = hems.taken()
        assert '"lastStateChange":"added"' in added.cmd
        assert uses.function == "nodeManagementUseCaseData"
        box.unplug()
        removed, uses = hems.taken()
        assert '"lastStateChange":"removed"' in removed.cmd


def test_what_happens_while_a_partner_is_slow_is_told_in_order():
    box = EvBox()
    hems = box.follow()
    changes.attach(box.node, box.entity)
    changes.detach(box.node, box.entity)
    # it has never heard of it
    assert [one.function for one in hems.hear()] == ["nodeManagementUseCaseData"]
    changes.attach(box.node, box.entity)
    hems.hear()
    for _ in range(9):
        changes.detach(box.node, box.entity)
        changes.attach(box.node, box.entity)
    assert len(hems.session.news) == 3  # gone, come, use cases
    told = [one.cmd for one in hems.hear() if "Detailed" in one.function]
    assert ["removed" in cmd for cmd in told] == [True, False]


def test_only_who_follows_node_management_is_told():
    box = EvBox()
    hems = box.connect()
    box.plug()
    assert hems.taken() == []


def test_44_connection():
    assert _reply(44, "electricalConnectionDescriptionListData", ELECTRIC, ("1", 5)) == vector(44)


def test_45_parameters():
    function = "electricalConnectionParameterDescriptionListData"
    assert _reply(45, function, ELECTRIC, ("1", 5)) == vector(45)


def test_46_permitted_values():
    function = "electricalConnectionPermittedValueSetListData"
    assert _reply(46, function, ELECTRIC, ("1", 5)) == vector(46)


def test_47_descriptions():
    assert _reply(47, "measurementDescriptionListData", MEASUREMENT, ("1", 6)) == vector(47)


def test_48_measurements():
    # 48 is the partial form; this wallbox tells the whole function, and currents in mA
    box = EvBox().plug()
    box.time = OLD_UNIX
    hems = box.connect()
    assert hems.subscribe(MEASUREMENT, ("1", 6)) == 0
    hems.session.counter = 47
    box.device.changed(box.evcem.measurement, 23)
    (said,) = hems.hear()
    text = vector(48)
    begin = text.find('{"function"')
    text = text[:begin] + text[text.find('{"measurementListData"') :]
    for ma in (1002, 998, 1000):
        old = '{"number":%d},{"scale":-2}' % ma
        assert old in text
        text = text.replace(old, '{"number":%d},{"scale":-3}' % (10 * ma))
    assert said.text == text


def test_49_50_configuration():
    function = "deviceConfigurationKeyValue%sListData"
    assert _reply(49, function % "Description", CONFIG, ("1", 4)) == vector(49)
    assert _reply(50, function % "", CONFIG, ("1", 4)) == vector(50)


def test_51_identification():
    box = EvBox()
    box.car.evccid = "0011223344FF"
    assert _reply(51, "identificationListData", IDENTITY, ("1", 8), box) == vector(51)
    box = EvBox()
    box.car.evccid = "0011223344FF5566"
    text = vector(51).replace("eui48", "eui64").replace("44FF", "44FF5566")
    assert _reply(51, "identificationListData", IDENTITY, ("1", 8), box) == text


def test_40_41_limits():
    function = "loadControlLimit%sListData"
    assert _reply(40, function % "Description", LOAD, ("1", 7)) == vector(40)
    assert _reply(41, function % "", LOAD, ("1", 7)) == vector(41)


def test_constraints_of_measurements_can_be_read():
    hems = EvBox().plug().connect()
    said = hems.read("measurementConstraintsListData", MEASUREMENT)
    assert said.data == []


def test_operating_state():
    box = EvBox().plug()
    hems = box.connect()
    assert hems.subscribe(DIAGNOSIS) == 0
    box.advance(2000)
    hems.taken()
    box.car.operating = b"normalOperation"
    box.tick()
    (said,) = hems.taken()
    assert said.cmd == '{"deviceDiagnosisStateData":[{"operatingState":"normalOperation"}]}'
    box.car.operating = b"failure"
    box.car.fault = "rcd"
    box.tick()
    (said,) = hems.taken()
    assert said.data == [{"operatingState": "failure"}, {"lastErrorCode": "rcd"}]
    box.advance(30000)
    assert hems.taken() == []


def test_what_the_car_tells_later_is_told():
    box = EvBox().plug()
    hems = box.connect()
    assert hems.subscribe(CONFIG) == 0
    assert hems.subscribe(IDENTITY) == 0
    box.advance(2000)
    hems.taken()
    assert hems.read("identificationListData", IDENTITY).data == []
    box.car.standard = b"iso15118-2ed2"
    box.car.evccid = "0011223344FF"
    box.tick()
    values, names = hems.taken()
    assert '"string":"iso15118-2ed2"' in values.cmd
    assert '"identificationValue":"0011223344FF"' in names.cmd
    assert box.uses[0].use_case()[3] == b"\1\2\3\4\6\7\x08"


def test_currents_are_told_at_least_every_15_s():
    box = EvBox().plug()
    hems = box.connect()
    assert hems.subscribe(MEASUREMENT) == 0
    for _ in range(20):
        box.advance(15000)
        assert hems.taken()


def test_phases_in_use():
    box = EvBox().plug()
    hems = box.connect()
    assert hems.subscribe(ELECTRIC) == 0
    box.car.using = 1
    box.advance(1000)
    (said,) = hems.taken()
    assert '"acConnectedPhases":1' in said.cmd
    # the values of all phases stay where they are
    values = hems.read("measurementListData", MEASUREMENT).data[0]["measurementData"]
    assert len(values) == 7


def test_a_wallbox_with_one_phase():
    box = EvBox(phases=1)
    box.car.using = 1
    hems = box.plug().connect()
    assert box.limits(hems) == [(0, False, 16, 0)]
    values = hems.read("measurementListData", MEASUREMENT).data[0]["measurementData"]
    assert len(values) == 3


def test_state_of_charge_EVSOC():
    box = EvBox(all_uses=True).plug()
    hems = box.connect()
    assert hems.subscribe(MEASUREMENT) == 0
    box.advance(2000)
    hems.taken()
    assert len(box.entity.use_cases) == 4  # not announced
    assert "stateOfCharge" not in hems.read("measurementDescriptionListData", MEASUREMENT).cmd
    box.car.soc = 42
    box.tick()
    descriptions, values = hems.taken()
    assert '{"measurementType":"percentage"}' in descriptions.cmd
    assert '{"unit":"pct"},{"scopeType":"stateOfCharge"}' in descriptions.cmd
    assert '{"measurementId":7},{"valueType":"value"},{"value":[{"number":42}' in values.cmd
    assert box.evsoc.use_case() == (b"EV", b"evStateOfCharge", b"1.0.0", b"\1", b"RC1")
    box.car.soc = 43
    box.tick()
    (said,) = hems.taken()
    assert said.function == "measurementListData"


def test_discovery_fits_into_the_send_buffer():
    box = EvBox(all_uses=True).plug()
    hems = box.connect(send=6656)  # SEND of boards with cars
    assert hems.read("nodeManagementDetailedDiscoveryData", NODE).error is None
    Evcs(box.device, box.evse, box.car)
    hems = box.connect(send=7168)  # and with EVCS
    assert hems.read("nodeManagementDetailedDiscoveryData", NODE).error is None
    Cevc(box.device, box.entity, Planner())
    hems = box.connect(send=8192)  # and with CEVC
    assert hems.read("nodeManagementDetailedDiscoveryData", NODE).error is None
