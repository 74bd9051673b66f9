"""When a datagram is answered and how: Table 2 (5.3.2), results, header."""

from spine_bench import CONFIG, FOLLOWER, GUARD, LOAD, NODE, RESULT, VALUE, Wallbox, limits_cmd

_NAME = "nodeManagementDetailedDiscoveryData"
_READ = '{"%s":[]}' % _NAME
_LIMIT = limits_cmd("[%s]" % ('{"limitId":0},' + VALUE % 4200), "")
_PARTIAL = '{"function":"%s"},{"filter":[[{"cmdControl":[{"partial":[]}]}]]},'


def _hems():
    return Wallbox().connect()


def _errors(said):
    return [one.error for one in said]


# Table 2


def test_read_is_answered_once_TC_SPINE_DATA_007():
    hems = _hems()
    for ack in (False, True):
        (said,) = hems.say("read", _READ, ack=ack)
        assert said.classifier == "reply" and said.function == _NAME


def test_failed_read_gets_a_result_whatever_it_asked_for():
    hems = _hems()
    for ack in (False, True):
        assert _errors(hems.say("read", _READ, LOAD, ack=ack)) == [6]


def test_write_with_and_without_ack():
    hems = _hems().guard()
    hems.beat()
    assert _errors(hems.say("write", _LIMIT, LOAD, GUARD, ack=True)) == [0]
    assert hems.say("write", _LIMIT, LOAD, GUARD) == []
    bad = _LIMIT.replace("4200", "-4200")
    assert _errors(hems.say("write", bad, LOAD, GUARD)) == [7]
    assert _errors(hems.say("write", bad, LOAD, GUARD, ack=True)) == [7]


def test_call_with_and_without_ack():
    hems = _hems()
    good = (
        '{"nodeManagementSubscriptionRequestCall":[{"subscriptionRequest":[{"clientAddress":'
        '[{"entity":[1]},{"feature":9}]},{"serverAddress":[{"entity":[1]},{"feature":3}]}]}]}'
    )
    assert hems.say("call", good) == []
    assert _errors(hems.say("call", good, ack=True)) == [0]
    bad = good.replace('"feature":3', '"feature":99')
    assert _errors(hems.say("call", bad)) == [7]
    assert len(hems.session.subs) == 1


def test_notify_TC_SPINE_DATA_005():
    hems = _hems()
    hems.subscribe(NODE, NODE)
    cmd = (_PARTIAL % _NAME) + (
        '{"%s":[{"entityInformation":[[{"description":[{"entityAddress":[{"device":"d:_n:HEMS_0001"},'
        '{"entity":[0]}]},{"lastStateChange":"modified"}]}]]}]}' % _NAME
    )
    assert hems.say("notify", cmd) == []
    assert _errors(hems.say("notify", cmd, ack=True)) == [0]


def test_failed_notify_is_complained_about_only_when_asked():
    hems = _hems()
    odd = '{"somethingElse":[]}'
    assert hems.say("notify", odd) == []
    assert _errors(hems.say("notify", odd, ack=True)) == [6]
    assert hems.say("notify", _READ, ("7", 7)) == []
    assert _errors(hems.say("notify", _READ, ("7", 7), ack=True)) == [4]
    mixed = (_PARTIAL % "measurementListData") + _READ
    assert hems.say("notify", mixed) == []
    assert _errors(hems.say("notify", mixed, ack=True)) == [7]


def test_reply_is_only_acknowledged_TC_SPINE_COMP_004():
    hems = _hems()
    cmd = (
        '{"%s":[{"entityInformation":[[{"description":[{"entityAddress":'
        '[{"entity":["InvalidStringValue"]}]}]}]]}]}' % _NAME
    )
    assert hems.say("reply", cmd, reference=1) == []
    assert _errors(hems.say("reply", cmd, reference=1, ack=True)) == [0]
    assert _errors(hems.say("reply", '{"odd":[]}', ("7", 7), reference=1, ack=True)) == [0]


def test_result_is_never_answered_TC_SPINE_DATA_006_008():
    hems = Wallbox().connect(quiet=False)
    (asked,) = hems.taken()
    for ack in (False, True):
        assert hems.say("result", RESULT % 0, ack=ack, reference=asked.counter) == []
    assert hems.say("result", RESULT % 7, ("9", 9), ack=True, reference=12345) == []


# errors


def test_unknown_function_TC_SPINE_COMP_001():
    hems = _hems()
    said = hems.say("read", '{"jfkdlsvnmeuworpqzxcb":{}}', version="1.999.999")
    assert _errors(said) == [6]
    assert said[0].data[1] == {"description": "function or operation not supported"}


def test_later_version_TC_SPINE_COMP_002():
    assert _hems().say("read", _READ, version="1.999.999")[0].classifier == "reply"


def test_strange_versions_are_put_up_with_TC_SPINE_COMP_006():
    for version in ("TS1.3.0", "V0.3.0", "v0.3.0", "0.3.0", "2.0.0", "V1.3.0", "v1.3.0", ""):
        assert _hems().say("read", _READ, version=version)[0].classifier == "reply"


def test_own_versions_TC_SPINE_COMP_005():
    hems = _hems()
    versions = '"specificationVersionList":[{"specificationVersion":["1.3.0"]}]'
    assert versions in hems.read(_NAME).cmd
    said = hems.read("nodeManagementUseCaseData")
    for use in said.data[0]["useCaseInformation"]:
        for support in use[2]["useCaseSupport"]:
            assert support[1]["useCaseVersion"] in ("1.0.0", "1.0.1")
            assert support[4]["useCaseDocumentSubRevision"]


def test_unknown_destination():
    hems = _hems()
    for to in (("9", 0), ("1", 99), ("1,1", 1), ("0", 7), ("1,2,3,4,5", 2), ("300", 1)):
        (said,) = hems.say("read", _READ, to, GUARD)
        assert said.error == 4 and said.source == to and said.to == GUARD
        assert _errors(hems.say("write", _LIMIT, to)) == [4]
        assert _errors(hems.say("call", _READ, to)) == [4]


def test_node_management_at_a_wrong_address_TC_SPINE_FC_001():
    hems = _hems()
    cmd = (
        '{"nodeManagementSubscriptionRequestCall":[{"subscriptionRequest":['
        '{"clientAddress":[{"entity":[0]},{"feature":0}]},'
        '{"serverAddress":[{"entity":[0]},{"feature":0}]}]}]}'
    )
    for to, error in ((("1", 0), 4), (("1", 1), 6), (("0", 1), 6), (FOLLOWER, 7)):
        assert _errors(hems.say("call", cmd, to)) == [error]
    assert hems.session.subs == []


def test_client_feature_has_nothing_to_read():
    assert _errors(_hems().say("read", '{"deviceDiagnosisHeartbeatData":[]}', FOLLOWER)) == [7]


def test_operations():
    hems = _hems().guard()
    # no write of what can only be read, no read of a call, no call of data
    assert hems.write('{"loadControlLimitDescriptionListData":[]}', LOAD) == 6
    assert hems.write('{"nodeManagementSubscriptionData":[]}', NODE) == 6
    assert hems.read("nodeManagementBindingRequestCall").error == 6
    assert hems.ask("call", _READ).error == 6


def test_function_filters_and_data_must_agree():
    hems = _hems().guard()
    hems.beat()
    other = "deviceConfigurationKeyValueListData"
    for cmd in (
        (_PARTIAL % other) + _LIMIT,
        (_PARTIAL % "unheardOf") + _LIMIT,
        '{"function":"loadControlLimitListData"},{"filter":[[{"cmdControl":[{"partial":[]}]},'
        '{"deviceConfigurationKeyValueListDataSelectors":[{"keyId":0}]}]]},' + _LIMIT,
        '{"filter":[[{"cmdControl":[{"delete":[]}]},{"deviceConfigurationKeyValueDataElements":'
        '[{"value":[]}]}],[{"cmdControl":[{"partial":[]}]},{"loadControlLimitListDataSelectors":'
        '[{"limitId":0}]}]]},' + _LIMIT,
        # items of another function before those that count
        '{"deviceConfigurationKeyValueListData":[{"deviceConfigurationKeyValueData":'
        '[[{"keyId":0}]]}]},' + _LIMIT,
    ):
        assert hems.write(cmd, LOAD) == 7, cmd
    assert hems.box.machine.state == 0 and hems.box.lpc.limit.rec[6] == 11000
    read = '{"function":"%s"},{"%s":[]}' % (other, _NAME)
    assert _errors(hems.say("read", read)) == [7]
    read = '{"function":"%s"},{"%s":[]}' % (_NAME, _NAME)
    assert hems.say("read", read)[0].classifier == "reply"


def test_no_cmd_and_empty_cmd():
    hems = _hems()
    for payload in ('{"cmd":[[]]}', '{"cmd":[]}', '{"cmd":[{}]}'):
        text = (
            '{"datagram":[{"header":[{"addressSource":[{"entity":[0]},{"feature":0}]},'
            '{"addressDestination":[{"entity":[0]},{"feature":0}]},{"msgCounter":7},'
            '{"cmdClassifier":"read"}]},{"payload":[%s]}]}' % payload
        )
        assert _errors(hems.put(text)) == [6]


def test_only_the_first_cmd_counts():
    hems = _hems()
    two = '{"loadControlLimitListData":[]}],[{"loadControlLimitDescriptionListData":[]}'
    (said,) = hems.say("read", two, LOAD)
    assert said.function == "loadControlLimitListData"


# header


def test_counters_of_64_bits_and_going_back_TC_SPINE_DATA_002_003_004():
    hems = _hems()
    for counter in ("21012", "123321", "1000", "2000", "18446744073709551615", "0"):
        (said,) = hems.say("read", _READ, counter=counter)
        assert '{"msgCounterReference":%s}' % counter in said.text
    for counter in ("-1", "1.5", "123456789012345678901", '"7"', "null"):
        assert hems.say("read", _READ, counter=counter) == []


def test_own_counter_ascends_TC_SPINE_DATA_001():
    hems = _hems()
    last = 0
    for _ in range(20):
        (said,) = hems.say("read", _READ)
        assert said.counter > last
        last = said.counter


def test_without_device():
    hems = Wallbox().connect(quiet=False)
    (said,) = hems.say("read", _READ, device=False)
    assert said.device is None
    (said,) = hems.say("read", _READ)
    assert said.device == "d:_n:HEMS_0001"
    (said,) = hems.say("read", _READ, device=False)
    assert said.device == "d:_n:HEMS_0001"


def test_device_names():
    # of 256 bytes at most, in any letters; what is longer is not kept
    for name in ("d:_n:" + 251 * "x", 'a\\"b\\\\c', "\\u00e4\\u20ac", "x]y{z"):
        hems = _hems()
        hems.device = name
        (said,) = hems.say("read", _READ)
        assert said.classifier == "reply"
        import json

        assert said.device == json.loads('"' + name + '"')
    hems = _hems()
    hems.device = 257 * "x"
    (said,) = hems.say("read", _READ)
    assert said.device == "d:_n:HEMS_0001"


def test_device_names_that_are_not_utf_8():
    hems = _hems()
    hems.device = "d:_n:bad"
    text = []
    put = hems.put
    hems.put = lambda one: text.append(one.encode()) or []
    hems.say("read", _READ)
    for bad in (b"b\xca", b"\xff", b"\xe2\x82", b"\x80"):
        (said,) = put(text[0].replace(b"bad", bad))
        assert said.device == "d:_n:HEMS_0001"


def test_long_entity_paths():
    hems = _hems()
    for path in ("1,1", "1,2,3", "1,2,3,4", "255", "254", "0", "1,70000", "1,1,1,1,1,1,1,1,1,1,1"):
        (said,) = hems.say("read", _READ, NODE, (path, 5))
        assert said.to == (path, 5)


def test_who_cannot_be_answered_is_not():
    hems = _hems()
    good = (
        '{"datagram":[{"header":[{"addressSource":[{"entity":[0]},{"feature":0}]},'
        '{"addressDestination":[{"entity":[0]},{"feature":0}]},{"msgCounter":7},'
        '{"cmdClassifier":"read"}]},{"payload":[{"cmd":[[%s]]}]}]}' % _READ
    )
    assert len(hems.put(good)) == 1
    for old, new in (
        ('"addressSource":[{"entity":[0]},', '"addressSource":['),
        ('"addressSource":[{"entity":[0]}', '"addressSource":[{"entity":[]}'),
        ('"addressSource":[{"entity":[0]},{"feature":0}]', '"addressSource":[{"entity":[0]}]'),
        ('{"addressSource":[{"entity":[0]},{"feature":0}]},', ""),
        ('{"addressDestination":[{"entity":[0]},{"feature":0}]},', ""),
        ('"addressDestination":[{"entity":[0]}', '"addressDestination":[{"entity":[]}'),
        ('"feature":0}]},{"msgCounter"', '"feature":-1}]},{"msgCounter"'),
        ('"feature":0}]},{"msgCounter"', '"feature":[]}]},{"msgCounter"'),
        ('{"msgCounter":7},', ""),
        ('{"cmdClassifier":"read"}', '{"cmdClassifier":"readd"}'),
        (',{"cmdClassifier":"read"}', ""),
        ('"entity":[0]', '"entity":[%s]' % ",".join(["1"] * 40)),
    ):
        assert old in good
        assert hems.put(good.replace(old, new)) == [], new


def test_plain_json_and_payload_before_header():
    hems = _hems()
    text = (
        '{ "datagram" : { "payload": {"cmd": [{"%s": {}}]}, "header": {"addressSource": '
        '{"feature": 0, "entity": [0]}, "addressDestination": {"entity": [0], "feature": 0},\r\n'
        '"msgCounter": 5, "cmdClassifier": "read", "future": [{"a": [1, {}]}]} } }' % _NAME
    )
    (said,) = hems.put(text)
    assert said.classifier == "reply" and said.reference == 5


# a message that breaks off


def test_broken_messages_change_nothing():
    hems = _hems().guard()
    box = hems.box
    hems.beat()
    assert hems.limit(VALUE % 5000) == 0
    source = hems.session.partner.sources
    whole = []
    put = hems.put
    hems.put = lambda text: whole.append(text) or []
    hems.say("write", _LIMIT, LOAD, GUARD, ack=True)
    hems.device = "d:_n:OTHER"
    removed = (_PARTIAL % _NAME) + (
        '{"%s":[{"entityInformation":[[{"description":[{"entityAddress":[{"entity":[1]}]},'
        '{"lastStateChange":"removed"}]}]]}]}' % _NAME
    )
    hems.say("notify", removed)
    hems.say("reply", _READ)
    hems.put = put
    for text in whole:
        for cut in range(0, len(text), 7):
            assert put(text[:cut]) == []
        assert put(text[:-1] + "]") == []
    assert box.lpc.limit.rec[6] == 5000
    assert len(hems.session.binds) == 2
    assert hems.session.partner.sources == source
    assert hems.session.peer == b"d:_n:HEMS_0001"


def test_overlong_answer_becomes_an_error():
    # 40 subscriptions of a partner with a long name do not fit into the send buffer
    hems = Wallbox().connect(device="d:_n:" + 240 * "x")
    for n in range(40):
        assert hems.subscribe(LOAD, ("1,1", n)) == 0
    assert hems.read("nodeManagementSubscriptionData").error == 3
    assert hems.read(_NAME).classifier == "reply"


def test_both_answers_and_notifications_stop_at_the_end():
    box = Wallbox()
    hems = box.connect(quiet=False)
    other = box.connect()
    assert hems.subscribe(LOAD) == 0
    assert hems.bind(CONFIG) == 0
    box.device.changed(box.lpc.load, 14)
    hems.session.close()
    hems.session.close()
    assert hems.hear() == [] and hems.session.tick(box.now) == -1
    assert box.device.sessions == [other.session]
    assert other.bind(CONFIG) == 0
    assert hems.hear() == []
