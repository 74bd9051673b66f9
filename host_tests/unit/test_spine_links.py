"""Subscriptions and bindings (5.5.4, 5.5.5), and what becomes of them."""

from spine_bench import (
    CONFIG,
    DIAGNOSIS,
    FOLLOWER,
    GUARD,
    LOAD,
    MEASUREMENT,
    NODE,
    VALUE,
    Wallbox,
    discovery,
)

_DELETE = '{"nodeManagement%sDeleteCall":[{"%sDelete":[%s]}]}'
_OTHER = "2", 4


def _entries(hems, kind):
    """(id, client, server) of what the wallbox lists."""
    said = hems.read("nodeManagement%sData" % kind)
    found = []
    for entry in said.data and said.data[0][kind.lower() + "Entry"]:
        ident = entry[0][kind.lower() + "Id"]
        places = []
        for one in entry[1:]:
            address = list(one.values())[0]
            places.append((address[1]["entity"], address[2]["feature"]))
        found.append((ident, places[0], places[1]))
    return found


def _delete(hems, kind, elements=""):
    cmd = _DELETE % (kind, kind[0].lower() + kind[1:], elements)
    return hems.ask("call", cmd, ack=True).error


def _client(at):
    return '{"clientAddress":[{"entity":[%s]},{"feature":%d}]}' % at


def _server(at):
    return '{"serverAddress":[{"entity":[%s]},{"feature":%d}]}' % at


def test_subscriptions_are_listed_TC_SPINE_SUBS_001():
    hems = Wallbox().connect()
    assert _entries(hems, "Subscription") == []
    assert hems.subscribe(NODE, NODE, "NodeManagement") == 0
    assert hems.subscribe(LOAD) == 0
    assert _entries(hems, "Subscription") == [
        (1, ([0], 0), ([0], 0)),
        (2, ([1], 9), ([1], 3)),
    ]


def test_subscribing_again_makes_no_second_one():
    hems = Wallbox().connect()
    for _ in range(3):
        assert hems.subscribe(LOAD) == 0
    assert len(_entries(hems, "Subscription")) == 1
    assert hems.subscribe(LOAD, _OTHER) == 0
    assert len(_entries(hems, "Subscription")) == 2


def test_node_management_cannot_be_bound_TC_SPINE_BIND_001():
    hems = Wallbox().connect()
    assert hems.bind(NODE, NODE) == 7
    assert _entries(hems, "Binding") == []


def test_nothing_is_bound_while_an_optional_pin_is_missing():
    hems = Wallbox().connect()
    hems.restricted = True
    assert hems.subscribe(LOAD) == 0
    assert hems.bind(LOAD) == 7 and _entries(hems, "Binding") == []
    assert hems.limit(VALUE % 3300) == 9
    hems.restricted = False  # it has been entered
    assert hems.bind(LOAD) == 0


def test_what_cannot_be_subscribed_or_bound():
    hems = Wallbox().connect()
    for to in (FOLLOWER, ("1", 99), ("9", 1)):
        assert hems.subscribe(to) == 7
        assert hems.bind(to) == 7
    calls = (
        '{"nodeManagementBindingRequestCall":[{"bindingRequest":[%s]}]}',
        '{"nodeManagementSubscriptionRequestCall":[{"subscriptionRequest":[%s]}]}',
    )
    for cmd in calls:
        for addresses in (
            "",
            _client(GUARD),
            _server(LOAD),
            '{"clientAddress":[{"entity":[]},{"feature":9}]},' + _server(LOAD),
            '{"clientAddress":[{"entity":[1]}]},' + _server(LOAD),
            '{"clientAddress":[{"entity":[1]},{"feature":[]}]},' + _server(LOAD),
        ):
            assert hems.ask("call", cmd % addresses).error == 7, addresses
    assert hems.ask("call", '{"nodeManagementBindingRequestCall":[]}').error == 7
    assert hems.session.subs == hems.session.binds == []


def test_any_client_feature_may_subscribe_TC_SPINE_RTS_001_002():
    # nobody asks what feature type the client has, or whether it names that of the server
    hems = Wallbox().connect()
    assert hems.bind(LOAD, ("1,2,3,4", 300), "SomethingNew") == 0
    assert hems.subscribe(LOAD, ("1,2,3,4", 300)) == 0
    hems.beat()
    assert _entries(hems, "Binding") == [(1, ([1, 2, 3, 4], 300), ([1], 3))]


def test_delete_TC_SPINE_SUBS_002():
    hems = Wallbox().connect()
    hems.subscribe(NODE, NODE)
    assert hems.unsubscribe(NODE, NODE) == 0
    assert hems.unsubscribe(NODE, NODE) == 7
    assert _entries(hems, "Subscription") == []


def test_delete_binding_TC_SPINE_BIND_002():
    hems = Wallbox().connect().guard()
    assert hems.beat() == 0
    assert hems.unbind(LOAD) == 0
    assert hems.beat() == 0
    assert hems.limit(VALUE % 3300) == 9
    assert [entry[2] for entry in _entries(hems, "Binding")] == [([1], 4)]


def test_delete_by_identifier():
    hems = Wallbox().connect()
    hems.subscribe(LOAD)
    hems.subscribe(CONFIG)
    assert _delete(hems, "Subscription", '{"subscriptionId":2}') == 0
    assert [entry[0] for entry in _entries(hems, "Subscription")] == [1]
    assert _delete(hems, "Subscription", '{"subscriptionId":2}') == 7
    hems.bind(LOAD)
    assert _delete(hems, "Binding", '{"bindingId":3},' + _server(CONFIG)) == 7
    assert _delete(hems, "Binding", '{"bindingId":3},' + _server(LOAD)) == 0


def test_delete_with_wildcards():
    def fresh():
        hems = Wallbox().connect()
        for own in (("1", 9), ("1", 4), ("2", 4)):
            for to in (LOAD, CONFIG, NODE):
                assert hems.subscribe(to, own) == 0
        return hems

    for elements, left in (
        ("", 0),
        ('{"clientAddress":[{"entity":[1]}]}', 3),
        ('{"clientAddress":[{"feature":4}]}', 3),
        (_client(("1", 4)), 6),
        (_server(LOAD), 6),
        ('{"serverAddress":[{"entity":[1]}]}', 3),
        (_client(("2", 4)) + "," + _server(NODE), 8),
        ('{"clientAddress":[{"entity":[7]}]}', 9),
        ('{"clientAddress":[{"entity":[%s]}]}' % ",".join(["1"] * 40), 9),
    ):
        hems = fresh()
        assert _delete(hems, "Subscription", elements) == (7 if left == 9 else 0)
        assert len(hems.session.subs) == left, elements


def test_there_is_an_end_to_subscriptions():
    hems = Wallbox().connect()
    for n in range(40):
        assert hems.subscribe(LOAD, ("1", n)) == 0
    assert hems.subscribe(LOAD, ("1", 40)) == 3
    assert hems.subscribe(LOAD, ("1", 39)) == 0
    assert len(_entries(hems, "Subscription")) == 40


def test_there_is_an_end_to_bindings():
    box = Wallbox()
    hems = box.connect()
    for _ in range(3):
        box.evse.feature(8, 1)
        box.evse.features[-1].kind = 99  # one more server
    servers = [("1", f.number) for f in box.evse.features if f.role == 1]
    assert len(servers) == 9
    assert [hems.bind(to) for to in servers] == [0] * 8 + [3]


def test_one_writer_per_feature():
    box = Wallbox()
    first = box.connect()
    second = box.connect(device="d:_n:HEMS_0002")
    assert first.bind(LOAD) == 0
    assert first.bind(LOAD) == 0
    assert first.bind(LOAD, _OTHER) == 7
    assert second.bind(LOAD) == 7
    assert second.bind(CONFIG) == 0
    assert len(first.session.binds) == len(second.session.binds) == 1
    first.session.close()
    assert second.bind(LOAD) == 0


def test_each_partner_sees_its_own():
    box = Wallbox()
    first = box.connect()
    second = box.connect(device="d:_n:HEMS_0002")
    first.subscribe(LOAD)
    second.subscribe(CONFIG)
    assert [entry[2] for entry in _entries(first, "Subscription")] == [([1], 3)]
    assert _delete(first, "Subscription") == 0
    assert [entry[2] for entry in _entries(second, "Subscription")] == [([1], 4)]


def test_entities_that_go_take_their_links_with_them():
    hems = Wallbox().connect()
    for own in (("1", 9), ("2", 4), ("2,1", 4), ("2,1,1,1", 4), ("0", 0)):
        assert hems.subscribe(LOAD, own) == 0
    assert hems.bind(LOAD, ("2", 4)) == 0
    assert hems.bind(CONFIG, ("1", 9)) == 0
    hems.say("notify", discovery((("2", 1),), "modified", True))
    assert len(hems.session.subs) == 5
    hems.say("notify", discovery((("2", 1),), "removed", True))
    clients = [client for _, client, _ in _entries(hems, "Subscription")]
    assert ([1], 9) in clients and ([0], 0) in clients
    assert len(clients) == 2
    assert [client for _, client, _ in _entries(hems, "Binding")] == [([1], 9)]
    assert GUARD == ("1", 9)


# notifications


def test_subscribers_are_told_of_changes_once():
    box = Wallbox()
    hems = box.connect()
    other = box.connect(device="d:_n:HEMS_0002")
    for function in (14, 14, 13, 14):
        box.device.changed(box.lpc.load, function)
    assert hems.hear() == []
    hems.subscribe(LOAD)
    hems.subscribe(LOAD, _OTHER)
    for function in (14, 14, 13, 14):
        box.device.changed(box.lpc.load, function)
    told = hems.hear()
    assert [(said.to, said.function) for said in told] == [
        (GUARD, "loadControlLimitListData"),
        (_OTHER, "loadControlLimitListData"),
        (GUARD, "loadControlLimitDescriptionListData"),
        (_OTHER, "loadControlLimitDescriptionListData"),
    ]
    for said in told:
        assert said.classifier == "notify" and said.source == LOAD
        assert said.ack is None and said.reference is None
    assert hems.hear() == [] and other.hear() == []


def test_answers_come_before_notifications():
    box = Wallbox()
    hems = box.connect()
    hems.subscribe(MEASUREMENT)
    hems.subscribe(DIAGNOSIS)
    box.meter.power_w += 1000
    box.now += 1000
    for timer in box.timers:
        timer.tick(box.now)
    said = hems.say("read", '{"measurementListData":[]}', MEASUREMENT)
    assert [one.classifier for one in said] == ["reply", "notify"]


def test_changed_entities_bring_new_use_case_data():
    box = Wallbox()
    hems = box.connect()
    hems.subscribe(NODE, NODE)
    box.evse.use_cases.pop()
    box.node.entities_changed()
    (said,) = hems.hear()
    assert said.function == "nodeManagementUseCaseData" and said.classifier == "notify"
    assert "monitoringOfPowerConsumption" not in said.cmd


def test_who_has_unsubscribed_is_told_no_more():
    box = Wallbox()
    hems = box.connect()
    hems.subscribe(LOAD)
    hems.subscribe(LOAD, _OTHER)
    box.device.changed(box.lpc.load, 14)
    assert hems.unsubscribe(LOAD) == 0
    assert [said.to for said in hems.taken()] == [_OTHER]
