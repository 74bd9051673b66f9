"""MGCP as monitoring appliance: the currents of a partner's grid connection point."""

from array import array

from spine_bench import RESULT, Wallbox

from usecases.mgcp import Mgcp

POINT = "7"  # entity of the partner
DIRECTORY = (("7", 2, "Measurement"), ("7", 4, "ElectricalConnection"), ("2", 2, "Measurement"))
DESCRIPTIONS = ((0, "acPowerTotal"), (4, "acCurrent"), (5, "acCurrent"), (6, "acCurrent"))
PHASES = ((0, "abc"), (4, "a"), (5, "b"), (6, "c"))
ITEM = '[{"measurementId":%d},{"valueType":"value"},{"value":[{"number":%d},{"scale":%d}]}%s]'


def gone(entity):
    """cmd of a notification that it has been removed."""
    return (
        '{"function":"nodeManagementDetailedDiscoveryData"},{"filter":[[{"cmdControl":[{"partial"'
        ':[]}]}]]},{"nodeManagementDetailedDiscoveryData":[{"entityInformation":[[{"description":'
        '[{"entityAddress":[{"entity":[%s]}]},{"lastStateChange":"removed"}]}]]}]}' % entity
    )


def discovery():
    entities = '[{"description":[{"entityAddress":[{"entity":[%s]}]},{"entityType":"CEM"}]}]'
    features = (
        '[{"description":[{"featureAddress":[{"entity":[%s]},{"feature":%d}]},'
        '{"featureType":"%s"},{"role":"server"}]}]'
    )
    return (
        '{"nodeManagementDetailedDiscoveryData":[{"entityInformation":[%s]},'
        '{"featureInformation":[%s]}]}'
    ) % (
        ",".join([entities % one for one in ("0", "2", POINT)]),
        ",".join([features % one for one in DIRECTORY]),
    )


def use_cases(entity=POINT):
    support = '{"useCaseSupport":[[{"useCaseName":"%s"},{"scenarioSupport":[2,3,4,5]}]]}'
    item = '[{"address":[{"device":"d:_n:HEMS_0001"},{"entity":[%s]}]},{"actor":"%s"},' + support
    item += "]"
    items = (
        item % ("2", "EnergyGuard", "limitationOfPowerConsumption"),
        item % (entity, "GridConnectionPoint", "monitoringOfGridConnectionPoint"),
        item % ("3", "MonitoringAppliance", "monitoringOfGridConnectionPoint"),
    )
    return '{"nodeManagementUseCaseData":[{"useCaseInformation":[%s]}]}' % ",".join(items)


def descriptions():
    item = '[{"measurementId":%d},{"scopeType":"%s"}]'
    return '{"measurementDescriptionListData":[{"measurementDescriptionData":[%s]}]}' % ",".join(
        [item % one for one in DESCRIPTIONS]
    )


def parameters():
    item = (
        '[{"electricalConnectionId":0},{"parameterId":%d},{"measurementId":%d},'
        '{"acMeasuredPhases":"%s"}]'
    )
    return (
        '{"electricalConnectionParameterDescriptionListData":['
        '{"electricalConnectionParameterDescriptionData":[%s]}]}'
    ) % ",".join([item % (one[0], one[0], one[1]) for one in PHASES])


def values(*items):
    """`items`: (id, number, scale[, state])."""
    text = []
    for item in items:
        state = ',{"valueState":"%s"}' % item[3] if len(item) > 3 else ""
        text.append(ITEM % (item[0], item[1], item[2], state))
    return '{"measurementListData":[{"measurementData":[%s]}]}' % ",".join(text)


ANSWERS = {
    "nodeManagementDetailedDiscoveryData": discovery,
    "nodeManagementUseCaseData": use_cases,
    "measurementDescriptionListData": descriptions,
    "electricalConnectionParameterDescriptionListData": parameters,
    "measurementListData": lambda: values((0, 15, 3), (4, 125, -1), (5, 6, 0), (6, -3, 0)),
}


class House:
    """A wallbox with a partner that has a grid connection point."""

    def __init__(self):
        self.box = Wallbox()
        self.mgcp = Mgcp(self.box.device, self.box.evse, lambda i: 0)
        self.box.timers.append(self.mgcp)
        self.meter = self.connect()

    def connect(self):
        hems = self.box.connect(quiet=False)
        self.asked = []
        self.answer(hems)
        return hems

    def answer(self, hems):
        for _ in range(30):
            self.box.tick()
            said = hems.taken() + hems.hear()
            if not said:
                return
            for one in said:
                if one.classifier == "read":
                    self.asked.append((one.function, one.source, one.to))
                    reply = ANSWERS[one.function]()
                    hems.say("reply", reply, one.source, one.to, reference=one.counter)
                elif one.ack:
                    self.asked.append((one.function, one.source, one.to))
                    self.called = one
                    hems.say("result", RESULT % 0, reference=one.counter)

    def notify(self, *items):
        self.meter.say("notify", values(*items), ("1", 8), (POINT, 2))
        self.box.tick()

    def ma(self):
        out = array("i", (-1, -1, -1))
        return self.mgcp.house_ma(out), list(out)


def test_finds_the_currents_wherever_they_are():
    house = House()
    wanted = (
        ("measurementDescriptionListData", ("1", 8), (POINT, 2)),
        ("electricalConnectionParameterDescriptionListData", ("1", 9), (POINT, 4)),
        ("nodeManagementSubscriptionRequestCall", ("0", 0), ("0", 0)),
        ("measurementListData", ("1", 8), (POINT, 2)),
    )
    for one in wanted:
        assert one in house.asked, (one, house.asked)
    assert '"serverFeatureType":"Measurement"' in house.called.cmd
    assert house.ma() == (True, [12500, 6000, -3000])


def test_announces_the_scenario_that_works():
    house = House()
    said = house.meter.read("nodeManagementUseCaseData").cmd
    assert (
        '{"actor":"MonitoringAppliance"},{"useCaseSupport":[[{"useCaseName":'
        '"monitoringOfGridConnectionPoint"},{"useCaseVersion":"1.0.0"}' in said
    )
    assert '{"scenarioSupport":[5]}' in said


def test_a_notification_of_one_phase_leaves_the_others():
    house = House()
    house.notify((5, 20125, -3))
    assert house.ma() == (True, [12500, 20125, -3000])
    house.notify((0, 9000, 0))
    assert house.ma() == (True, [12500, 20125, -3000])


def test_a_value_in_error_ends_the_trust_until_it_is_good_again():
    house = House()
    house.notify((4, 0, 0, "error"))
    house.box.advance(29000)
    house.notify((5, 7, 0))
    house.box.advance(2000)
    assert not house.mgcp.fresh
    house.notify((4, 8, 0, "normal"))
    assert house.ma() == (True, [8000, 7000, -3000])


def test_silence_is_asked_and_then_not_believed():
    house = House()
    house.box.advance(11000)
    reads = [said for said in house.meter.taken() if said.function == "measurementListData"]
    assert len(reads) == 1
    assert house.mgcp.fresh
    house.box.advance(20000)
    assert not house.mgcp.fresh
    house.notify((4, 1, 0), (5, 1, 0), (6, 1, 0))
    assert house.ma() == (True, [1000, 1000, 1000])


def test_the_partner_goes_and_comes_back():
    house = House()
    house.meter.close()
    house.box.partners.remove(house.meter)
    house.box.tick()
    assert not house.mgcp.fresh
    house.meter = house.connect()
    house.box.advance(1000)
    house.answer(house.meter)
    assert house.ma() == (True, [12500, 6000, -3000])


def test_the_point_goes_and_comes_back():
    house = House()
    house.meter.say("notify", gone("2"))
    house.box.tick()
    assert house.ma() == (True, [12500, 6000, -3000])
    house.box.advance(120000)  # it is asked for its values, but does not answer
    house.meter.taken()
    house.meter.say("notify", gone(POINT))
    house.box.tick()
    assert not house.mgcp.fresh and house.mgcp.point is None
    house.notify((4, 1, 0), (5, 1, 0), (6, 1, 0))
    house.box.advance(600000)
    assert not house.mgcp.fresh and house.meter.taken() == []
    house.meter.say("notify", discovery())
    house.answer(house.meter)
    house.box.advance(1000)
    house.answer(house.meter)
    assert house.ma() == (True, [12500, 6000, -3000])


def test_the_next_partner_takes_over():
    house = House()
    first = house.meter
    second = house.connect()
    assert house.mgcp.point.session is first.session
    first.close()
    house.box.partners.remove(first)
    house.box.advance(1000)
    house.answer(second)
    assert house.mgcp.point.session is second.session
    assert house.mgcp.fresh


def test_values_of_another_entity_are_none():
    house = House()
    house.meter.say("notify", values((4, 99, 0)), ("1", 8), ("2", 2))
    house.box.tick()
    assert house.ma() == (True, [12500, 6000, -3000])


def test_a_broken_message_changes_nothing():
    house = House()
    good = values((4, 31, 0), (5, 32, 0))
    house.meter.say("notify", good[:-9], ("1", 8), (POINT, 2))
    house.notify((6, 5, 0))
    assert house.ma() == (True, [12500, 6000, 5000])


def test_a_partner_without_one_is_left_alone():
    box = Wallbox()
    mgcp = Mgcp(box.device, box.evse, lambda i: 0)
    box.timers.append(mgcp)
    box.connect().guard()
    box.advance(5000)
    assert mgcp.point is None and not mgcp.fresh
