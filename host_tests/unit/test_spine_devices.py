"""Enhanced communication mode (5.4.3): several devices behind one connection, and the destination
list (5.5.3)."""

from spine_bench import GUARD, LOAD, MEASUREMENT, NODE, RESULT, VALUE, Wallbox, discovery

from spine.destinations import Destinations

_FRONT = "d:_n:HEMS_0001"
_BEHIND = "d:_n:Panel_0007"
_DISCOVERY = "nodeManagementDetailedDiscoveryData"
_SUBSCRIBE = "nodeManagementSubscriptionRequestCall"


def _entries(hems, kind="subscription"):
    """(id, device, own feature) of what the wallbox lists."""
    said = hems.read("nodeManagement%s%sData" % (kind[0].upper(), kind[1:]))
    found = []
    for entry in said.data[0][kind + "Entry"]:
        client = entry[1]["clientAddress"]
        server = entry[2]["serverAddress"]
        found.append((entry[0][kind + "Id"], client[0]["device"], server[2]["feature"]))
    return found


def _both():
    """A connection with two devices, of which each has subscribed to the limits."""
    hems = Wallbox().connect()
    for device in (_FRONT, _BEHIND):
        hems.device = device
        assert hems.subscribe(LOAD) == 0
    return hems


def test_each_device_is_answered_and_told():
    hems = _both()
    for device in (_FRONT, _BEHIND, _FRONT):
        hems.device = device
        assert hems.read(_DISCOVERY).device == device
    assert _entries(hems) == [(1, _FRONT, LOAD[1]), (2, _BEHIND, LOAD[1])]
    assert hems.subscribe(LOAD) == 0
    assert len(hems.session.subs) == 2
    hems.box.device.changed(hems.box.lpc.load, 14)
    assert [(said.device, said.to) for said in hems.hear()] == [(_FRONT, GUARD), (_BEHIND, GUARD)]
    assert hems.read(_DISCOVERY).device == _FRONT


def test_each_device_ends_its_own():
    hems = _both()
    hems.device = _BEHIND
    hems.subscribe(MEASUREMENT)
    cmd = '{"nodeManagementSubscriptionDeleteCall":[{"subscriptionDelete":[]}]}'
    assert hems.ask("call", cmd, ack=True).error == 0
    assert _entries(hems) == [(1, _FRONT, LOAD[1])]
    assert hems.ask("call", cmd, ack=True).error == 7
    hems.device = _FRONT
    assert hems.unsubscribe(LOAD) == 0 and hems.session.subs == []


def test_an_entity_goes_from_its_device_alone():
    hems = _both()
    hems.device = _BEHIND
    hems.say("notify", discovery((("1", 1),), "removed", True))
    assert _entries(hems) == [(1, _FRONT, LOAD[1])]
    hems.device = _FRONT
    hems.say("notify", discovery((("1", 1),), "removed", True))
    assert hems.session.subs == []


def test_who_has_bound_writes():
    hems = Wallbox().connect().guard()
    assert hems.beat() == 0
    hems.device = _BEHIND
    assert hems.limit(VALUE % 3300) == 9
    assert hems.bind(LOAD) == 7
    hems.device = _FRONT
    assert hems.limit(VALUE % 3300) == 0


def test_the_heartbeat_of_a_guard_behind_another_device():
    hems = Wallbox().connect()
    partner = hems.session.partner
    assert partner.known and partner.device == _FRONT.encode()
    hems.device = _BEHIND
    assert hems.bind(LOAD) == 0
    (asked,) = hems.taken()
    assert (asked.device, asked.function) == (_BEHIND, _DISCOVERY)
    # in between the one in front says something: that is not of interest
    hems.device = _FRONT
    hems.say("notify", discovery((("1", 1), ("2", 4)), "added", True))
    assert partner.sources == ()
    hems.device = _BEHIND
    hems.say("reply", discovery((("1", 5),)), reference=asked.counter)
    assert partner.sources == ((2, 5),)
    (asked,) = hems.taken()
    assert (asked.device, asked.function) == (_BEHIND, _SUBSCRIBE)
    server = asked.data[0]["subscriptionRequest"][1]["serverAddress"]
    assert server == [{"device": _BEHIND}, {"entity": [1]}, {"feature": 5}]
    hems.device = _FRONT
    assert hems.read(_DISCOVERY).device == _FRONT
    hems.say("result", RESULT % 0, reference=asked.counter)
    (asked,) = hems.taken()
    assert (asked.device, asked.to) == (_BEHIND, ("1", 5))
    assert asked.function == "deviceDiagnosisHeartbeatData"


def test_table_13_destination_list():
    box = Wallbox()
    Destinations(box.node)
    hems = box.connect()
    function = "nodeManagementDestinationListData"
    assert hems.read(function).cmd == (
        '{"nodeManagementDestinationListData":[{"nodeManagementDestinationData":['
        '[{"deviceDescription":[{"deviceAddress":[{"device":"d:_i:12345_WB-0001"}]},'
        '{"networkFeatureSet":"smart"}]}]]}]}'
    )
    said = hems.read(_DISCOVERY)
    assert '{"networkFeatureSet":"smart"}' in said.cmd
    assert (
        '[{"function":"nodeManagementDestinationListData"},{"possibleOperations":[{"read":[]}]}]]}]}]'
    ) in said.cmd
    for other in ("UseCaseData", "SubscriptionData", "BindingData"):
        plain = Wallbox().connect().read("nodeManagement" + other).cmd
        assert hems.read("nodeManagement" + other).cmd == plain
    assert hems.ask("write", '{"%s":[]}' % function, NODE).error == 6
