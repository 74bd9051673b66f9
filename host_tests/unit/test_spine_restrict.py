"""Restricted reads: what is selected of a function, and how that is answered (5.3.3, Tables 8, 9
and 12)."""

from spine_bench import DIAGNOSIS, ELECTRIC, LOAD, MEASUREMENT, NODE, Wallbox

_PARTIAL = '{"cmdControl":[{"partial":[]}]}'
_LIMITS = "loadControlLimitListData"
_DISCOVERY = "nodeManagementDetailedDiscoveryData"
_VERSIONS = '{"specificationVersionList":[{"specificationVersion":["1.3.0"]}]}'
_DEVICE = (
    '{"deviceInformation":[{"description":[{"deviceAddress":[{"device":"d:_i:12345_WB-0001"}]},'
    '{"deviceType":"ChargingStation"},{"networkFeatureSet":"simple"}]}]}'
)
_EVSE = '[{"description":[{"entityAddress":[{"entity":[1]}]},{"entityType":"EVSE"}]}]'
_LOAD_CONTROL = (
    '[{"description":[{"featureAddress":[{"entity":[1]},{"feature":3}]},'
    '{"featureType":"LoadControl"},{"role":"server"},{"supportedFunction":['
    '[{"function":"loadControlLimitDescriptionListData"},{"possibleOperations":[{"read":[]}]}],'
    '[{"function":"loadControlLimitListData"},'
    '{"possibleOperations":[{"read":[]},{"write":[{"partial":[]}]}]}]]}]}]'
)


def cmd(function, *filters):
    """The cmd of a read with those filters, each the texts of its elements."""
    texts = ",".join(["[%s]" % ",".join(one) for one in filters])
    return '{"function":"%s"},{"filter":[%s]},{"%s":[]}' % (function, texts, function)


def answer(function, data):
    """The cmd of a restricted reply."""
    return '{"function":"%s"},{"filter":[[%s]]},{"%s":[%s]}' % (function, _PARTIAL, function, data)


def _hems(**options):
    return Wallbox(lpp=True).connect(**options)


def _ask(hems, function, to, *filters):
    said = hems.ask("read", cmd(function, *filters), to)
    assert said.classifier == "reply", said.text
    return said.cmd


def _limits(*items):
    return answer(_LIMITS, '{"loadControlLimitData":[%s]}' % ",".join(items))


def _by_id(ident):
    return '{"loadControlLimitListDataSelectors":[{"limitId":%d}]}' % ident


_LPC = (
    '[{"limitId":0},{"isLimitChangeable":true},{"isLimitActive":false},'
    '{"value":[{"number":11000},{"scale":0}]}]'
)
_LPP = (
    '[{"limitId":1},{"isLimitChangeable":true},{"isLimitActive":false},'
    '{"value":[{"number":-5000},{"scale":0}]}]'
)


def test_table_8_selectors():
    hems = _hems()
    assert _ask(hems, _LIMITS, LOAD, (_PARTIAL, _by_id(1))) == _limits(_LPP)
    assert _ask(hems, _LIMITS, LOAD, (_PARTIAL, _by_id(9))) == answer(_LIMITS, "")
    # several in one filter, or of several filters: any of them
    both = _limits(_LPC, _LPP)
    assert _ask(hems, _LIMITS, LOAD, (_PARTIAL, _by_id(1), _by_id(0))) == both
    assert _ask(hems, _LIMITS, LOAD, (_PARTIAL, _by_id(1)), (_PARTIAL, _by_id(0))) == both
    assert _ask(hems, _LIMITS, LOAD, (_PARTIAL, _by_id(1), _by_id(9))) == _limits(_LPP)
    # an empty one, or none: all of them
    empty = '{"loadControlLimitListDataSelectors":[]}'
    assert _ask(hems, _LIMITS, LOAD, (_PARTIAL, empty)) == both
    assert _ask(hems, _LIMITS, LOAD, (_PARTIAL,)) == both


def test_the_elements_of_a_selector_are_all_meant():
    hems = _hems()
    function = "electricalConnectionParameterDescriptionListData"
    selectors = '{"electricalConnectionParameterDescriptionListDataSelectors":[%s]}'
    whole = hems.read(function, ELECTRIC)
    items = whole.data[0]["electricalConnectionParameterDescriptionData"]
    measured = [one for one in items if {"measurementId": 1} in one]
    assert len(measured) == 1 and len(items) > 2
    number = measured[0][1]["parameterId"]
    for measurement, left in ((1, 1), (2, 0)):
        chosen = '{"parameterId":%d},{"measurementId":%d}' % (number, measurement)
        said = hems.ask("read", cmd(function, (_PARTIAL, selectors % chosen)), ELECTRIC)
        found = said.data and said.data[0]["electricalConnectionParameterDescriptionData"]
        # one without measurement cannot disagree about it
        assert [one for one in found if one in measured] == measured[:left]


def test_table_8_elements():
    hems = _hems()
    elements = '{"loadControlLimitDataElements":[%s]}'
    value = '{"value":[{"number":11000},{"scale":0}]}'
    for wanted, item in (
        ('{"limitId":[]},{"value":[]}', '[{"limitId":0},%s]' % value),
        ('{"value":[]}', '[{"limitId":0},%s]' % value),
        ('{"value":[{"number":[]}]}', '[{"limitId":0},{"value":[{"number":11000}]}]'),
        ('{"timePeriod":[]}', '[{"limitId":0}]'),
        ('{"future":[{"more":[]}]}', '[{"limitId":0}]'),
        ("", _LPC),
    ):
        said = _ask(hems, _LIMITS, LOAD, (_PARTIAL, _by_id(0), elements % wanted))
        assert said == _limits(item), wanted
    # each filter has its own
    first = _PARTIAL, _by_id(0), elements % '{"limitId":[]}'
    second = _PARTIAL, elements % '{"isLimitActive":[]}'
    left = '[{"limitId":0},{"isLimitActive":false}]', '[{"limitId":1},{"isLimitActive":false}]'
    assert _ask(hems, _LIMITS, LOAD, first, second) == _limits(*left)
    third = _PARTIAL, _by_id(0)
    assert _ask(hems, _LIMITS, LOAD, first, second, third) == _limits(_LPC, left[1])


def test_elements_of_a_function_without_a_list():
    hems = _hems()
    function = "deviceDiagnosisHeartbeatData"
    elements = '{"deviceDiagnosisHeartbeatDataElements":[{"heartbeatTimeout":[]}]}'
    said = _ask(hems, function, DIAGNOSIS, (_PARTIAL, elements))
    assert said == answer(function, '{"heartbeatTimeout":"PT60S"}')


def test_a_measured_value_of_several():
    hems = _hems()
    function = "measurementListData"
    filters = (
        _PARTIAL,
        '{"measurementListDataSelectors":[{"measurementId":0},{"timestampInterval":'
        '[{"startTime":"2026-01-31T12:00:00Z"}]}]}',
        '{"measurementListDataSelectors":[{"measurementId":4},{"valueType":"averageValue"}]}',
        '{"measurementDataElements":[{"value":[]}]}',
    )
    data = '[{"measurementId":0},{"value":[{"number":6900},{"scale":0}]}]'
    assert _ask(hems, function, MEASUREMENT, filters) == answer(
        function, '{"measurementData":[%s]}' % data
    )


def _selected(selector):
    return _PARTIAL, '{"nodeManagementDetailedDiscoveryDataSelectors":[%s]}' % selector


def _discovered(*parts):
    return answer(_DISCOVERY, ",".join(parts))


def test_table_12_selectors_of_a_discovery():
    hems = _hems()
    whole = hems.read(_DISCOVERY).cmd
    entities = '{"entityInformation":[%s]}'
    features = '{"featureInformation":[%s]}'
    device = '{"deviceInformation":[{"deviceAddress":[{"device":"%s"}]}]}'
    load = (
        '{"featureInformation":[{"featureAddress":[{"entity":[1]},{"feature":3}]}]}',
        '{"featureInformation":[{"featureType":"LoadControl"},{"role":"server"}]}',
        '{"featureInformation":[{"featureAddress":[{"device":"d:_i:12345_WB-0001"},'
        '{"entity":[1]}]},{"featureType":"LoadControl"}]}',
    )
    for selector in load:
        expected = _discovered(_VERSIONS, _DEVICE, features % _LOAD_CONTROL)
        assert _ask(hems, _DISCOVERY, NODE, _selected(selector)) == expected
    for selector, found in (
        ('{"entityInformation":[{"entityType":"EVSE"}]}', _EVSE),
        ('{"entityInformation":[{"entityAddress":[{"entity":[1]}]},{"entityType":"EV"}]}', ""),
        ('{"entityInformation":[{"entityAddress":[{"entity":[1,1]}]}]}', ""),
        ('{"entityInformation":[{"entityAddress":[{"device":"d:_i:1_x"},{"entity":[1]}]}]}', ""),
    ):
        expected = _discovered(_VERSIONS, _DEVICE, *[entities % found] * bool(found))
        assert _ask(hems, _DISCOVERY, NODE, _selected(selector)) == expected, selector
    # both lists in one selector, each with its own condition
    said = _ask(
        hems, _DISCOVERY, NODE, _selected(entities % '{"entityType":"EVSE"}' + "," + load[0])
    )
    assert said == _discovered(_VERSIONS, _DEVICE, entities % _EVSE, features % _LOAD_CONTROL)
    assert _ask(hems, _DISCOVERY, NODE, _selected(device % "d:_i:12345_WB-0001")) == _discovered(
        _VERSIONS, _DEVICE
    )
    assert _ask(hems, _DISCOVERY, NODE, _selected(device % "d:_i:1_x")) == _discovered(_VERSIONS)
    said = _ask(hems, _DISCOVERY, NODE, _selected('{"entityInformation":[]}'))
    assert said.count('"entityType"') == 2 and "featureInformation" not in said
    said = _ask(hems, _DISCOVERY, NODE, _selected(""))
    assert said.endswith("," + whole)


def test_elements_of_a_discovery():
    hems = _hems()
    elements = (
        '{"nodeManagementDetailedDiscoveryDataElements":[{"entityInformation":[]},'
        '{"featureInformation":[{"description":[{"featureType":[]}]}]}]}'
    )
    said = _ask(hems, _DISCOVERY, NODE, (_PARTIAL, elements))
    assert _VERSIONS not in said and _DEVICE not in said and _EVSE in said
    assert (
        '[{"description":[{"featureAddress":[{"entity":[1]},{"feature":3}]},'
        '{"featureType":"LoadControl"}]}]'
    ) in said
    assert "role" not in said and "supportedFunction" not in said


def test_selectors_of_use_cases_and_subscriptions():
    hems = _hems()
    function = "nodeManagementUseCaseData"
    selector = (
        '{"nodeManagementUseCaseDataSelectors":[{"useCaseInformation":[{"useCaseSupport":'
        '[{"useCaseName":"monitoringOfPowerConsumption"}]}]}]}'
    )
    said = _ask(hems, function, NODE, (_PARTIAL, selector))
    assert said.count('"actor"') == 1 and '"actor":"MonitoredUnit"' in said
    # any of the use cases of an actor
    said = _ask(
        hems,
        function,
        NODE,
        (
            _PARTIAL,
            selector.replace("monitoringOfPowerConsumption", "limitationOfPowerProduction"),
        ),
    )
    assert said.count('"actor"') == 1 and '"actor":"ControllableSystem"' in said
    function = "nodeManagementSubscriptionData"
    hems.subscribe(LOAD)
    hems.subscribe(MEASUREMENT)
    selector = (
        '{"nodeManagementSubscriptionDataSelectors":[{"subscriptionEntry":[{"serverAddress":'
        '[{"device":"d:_i:12345_WB-0001"},{"entity":[1]},{"feature":6}]}]}]}'
    )
    assert _ask(hems, function, NODE, (_PARTIAL, selector)).count("subscriptionId") == 1


def test_filters_that_cannot_be():
    hems = _hems()
    for error, filters in (
        (8, ('{"cmdControl":[{"delete":[]}]}', _by_id(0))),
        (7, (_PARTIAL, '{"measurementListDataSelectors":[{"measurementId":0}]}')),
        (7, (_PARTIAL, '{"measurementDataElements":[{"measurementId":[]}]}')),
        (7, (_PARTIAL, '{"deviceConfigurationKeyValueListDataSelectors":[{"keyId":0}]}')),
    ):
        assert hems.ask("read", cmd(_LIMITS, filters), LOAD).error == error


def test_forms_of_json():
    hems = _hems()
    for filters in (
        '{"cmdControl":{"partial":{}},"loadControlLimitListDataSelectors":{"limitId":1}}',
        '[{"cmdControl":{"partial":{}},"loadControlLimitListDataSelectors":{"limitId":1}}]',
        '[{"cmdControl":[{"partial":[]}]},{"loadControlLimitListDataSelectors":[{"limitId":1}]}]',
        ' [ [ { "cmdControl" : [ { "partial" : [ ] } ] } ,\r\n\t'
        '{ "loadControlLimitListDataSelectors" : [ { "limitId" : 1 } ] } ] ] ',
    ):
        text = '{"function":"%s"},{"filter":%s},{"%s":[]}' % (_LIMITS, filters, _LIMITS)
        assert hems.ask("read", text, LOAD).cmd == _limits(_LPP), filters


def test_what_is_too_long_is_answered_as_a_whole():
    # 5.3.3: a server may answer more than what was asked for
    hems = _hems(window=600, chunk=100)
    whole = hems.read(_LIMITS, LOAD).cmd
    assert _ask(hems, _LIMITS, LOAD, (_PARTIAL, _by_id(1))) == _limits(_LPP)
    space = _PARTIAL + " " * 300
    assert hems.ask("read", cmd(_LIMITS, (space, _by_id(1))), LOAD).cmd == whole
    hems = _hems()
    many = [_PARTIAL] + [_by_id(1)] * 8
    assert _ask(hems, _LIMITS, LOAD, many) == _limits(_LPP)
    many[0] += " " * 500
    assert hems.ask("read", cmd(_LIMITS, many), LOAD).cmd == whole


def test_the_next_read_is_not_restricted():
    hems = _hems()
    whole = hems.read(_LIMITS, LOAD).cmd
    assert _ask(hems, _LIMITS, LOAD, (_PARTIAL, _by_id(1))) == _limits(_LPP)
    assert hems.read(_LIMITS, LOAD).cmd == whole


def test_a_read_that_does_not_fit_is_too_much():
    hems = _hems(send=1500)
    assert hems.ask("read", cmd(_DISCOVERY, _selected('{"entityInformation":[]}'))).error == 3
