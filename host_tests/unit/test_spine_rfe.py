"""Restricted function exchange (5.3.3) on the two functions that partners write to."""

from spine_bench import (
    ACTIVE,
    CONFIG,
    DURATION,
    FAILSAFE,
    GUARD,
    INACTIVE,
    LOAD,
    PERIOD,
    VALUE,
    Wallbox,
    keys_cmd,
    limits_cmd,
)

from usecases.limitation import CONTROLLED, INIT, LIMITED

_PARTIAL = '[{"cmdControl":[{"partial":[]}]}'
_SELECT = ',{"loadControlLimitListDataSelectors":[%s]}'
_DELETE = (
    '[{"cmdControl":[{"delete":[]}]}%s,{"loadControlLimitDataElements":[{"timePeriod":[%s]}]}],'
)
_END = '{"endTime":[]}'
_EMPTY_PERIOD = '{"timePeriod":[]}'

# the 17 message combinations: value, active, duration; None: not said, DELETED: taken away
DELETED = 0
COMBINATIONS = (
    (3300, None, None),
    (None, True, None),
    (None, False, None),
    (None, None, DELETED),
    (None, None, 60),
    (3300, True, None),
    (3300, False, None),
    (3300, None, DELETED),
    (3300, None, 60),
    (None, True, DELETED),
    (None, True, 60),
    (None, False, DELETED),
    (None, False, 60),
    (3300, True, DELETED),
    (3300, True, 60),
    (3300, False, DELETED),
    (3300, False, 60),
)


def _guard(active=True, seconds=3600, value=4201, **options):
    """A guard that has written a limit."""
    hems = Wallbox(**options).connect().guard()
    hems.beat()
    state = ACTIVE if active else INACTIVE
    period = PERIOD % ("PT%dS" % seconds) + "," if seconds else ""
    assert hems.limit(state + "," + period + VALUE % value) == 0
    return hems


def _stored(hems):
    """(value, active, seconds or None) as the wallbox tells it."""
    said = hems.read("loadControlLimitListData", LOAD)
    fields = {}
    for one in said.data[0]["loadControlLimitData"][0]:
        fields.update(one)
    number, scale = [list(one.values())[0] for one in fields["value"]]
    period = fields.get("timePeriod")
    if period:
        assert hems.box.machine.left_s >= 0
        period = hems.box.machine.left_s
    return number * 10**scale, fields["isLimitActive"], period


def _elements(value, active, duration):
    parts = []
    if active is not None:
        parts.append(ACTIVE if active else INACTIVE)
    if duration:
        parts.append(PERIOD % ("PT%dS" % duration))
    if value is not None:
        parts.append(VALUE % value)
    return parts


def _combination(write, full=False):
    """Every combination on an active and an inactive limit, with and without a duration."""
    for number, (value, active, duration) in enumerate(COMBINATIONS):
        for before in (True, False):
            for seconds in (3600, 0):
                hems = _guard(before, seconds)
                where = "MSG_%02d %s %s" % (number + 1, before, seconds)
                assert write(hems, value, active, duration) == 0, where
                left = seconds or None if duration is None and not full else duration or None
                assert _stored(hems) == (
                    4201 if value is None else value,
                    before if active is None else active,
                    left,
                ), where
                assert hems.box.machine.state == (LIMITED if _stored(hems)[1] else CONTROLLED)


def test_MSG_01_to_17_by_identifier():
    def write(hems, value, active, duration):
        parts = _elements(value, active, duration)
        if duration == DELETED and duration is not None:
            parts.insert(active is not None, _EMPTY_PERIOD)
        return hems.limit(",".join(parts))

    _combination(write)


def test_MSG_01_to_17_by_selector():
    def write(hems, value, active, duration):
        parts = _elements(value, active, duration)
        if duration == DELETED and duration is not None:
            parts.insert(active is not None, _EMPTY_PERIOD)
        filters = _PARTIAL + _SELECT % '{"limitId":0}' + "]"
        return hems.limit(",".join(parts), filters, None)

    _combination(write)


def test_MSG_01_to_17_with_delete_filter():
    # the spelling of eebus-go: {delete, selector, elements} and {partial}
    for elements in ("", _END):

        def write(hems, value, active, duration, elements=elements):
            filters = _PARTIAL + "]"
            if duration == DELETED and duration is not None:
                filters = _DELETE % (_SELECT % '{"limitId":0}', elements) + filters
            return hems.limit(",".join(_elements(value, active, duration)), filters)

        _combination(write)


def test_MSG_01_to_17_as_full_write():
    # what a full write leaves out is gone, if it can go (5.3.3)
    def write(hems, value, active, duration):
        return hems.limit(",".join(_elements(value, active, duration)), None)

    _combination(write, full=True)


def test_delete_without_data():
    for select in ("", _SELECT % '{"limitId":0}', _SELECT % '{"limitId":1},{"limitId":0}'):
        hems = _guard()
        cmd = '{"function":"loadControlLimitListData"},{"filter":[%s]}' % (
            _DELETE % (select, "")
        ).rstrip(",")
        for data in ("", ',{"loadControlLimitListData":[]}'):
            error = hems.write(cmd + data, LOAD)
            # two identifiers in one selector are one too many, not two selectors
            assert error == 0, (select, data)
            assert _stored(hems) == (4201, True, None)
    hems = _guard()
    cmd = '{"function":"loadControlLimitListData"},{"filter":[%s]}' % (
        _DELETE % (_SELECT % '{"limitId":1}', "")
    ).rstrip(",")
    assert hems.write(cmd, LOAD) == 0
    assert _stored(hems) == (4201, True, 3600)


def test_selectors_that_repeat_are_alternatives():
    hems = _guard()
    for first, second, error in ((1, 0, 0), (0, 1, 0), (1, 2, 7)):
        filters = _PARTIAL
        for ident in (first, second):
            filters += _SELECT % ('{"limitId":%d}' % ident)
        assert hems.limit(VALUE % (5000 + first), filters + "]", None) == error
    assert _stored(hems)[0] == 5000
    many = "".join([_SELECT % ('{"limitId":%d}' % n) for n in range(9)])
    assert hems.limit(VALUE % 1, _PARTIAL + many + "]", None) == 3


def test_identifier_and_selector():
    hems = _guard()
    filters = _PARTIAL + _SELECT % '{"limitId":0}' + "]"
    assert hems.limit(VALUE % 5000, filters, 0) == 0
    assert hems.limit(VALUE % 5001, filters, 1) == 7
    filters = _PARTIAL + _SELECT % '{"limitId":1}' + "]"
    assert hems.limit(VALUE % 5002, filters, 0) == 7
    assert hems.limit(VALUE % 5003, _PARTIAL + _SELECT % "" + "]", None) == 0
    assert _stored(hems)[0] == 5003


def test_items_without_identifier():
    hems = _guard()
    assert hems.limit(VALUE % 5000, ident=None) == 0
    assert hems.limit(VALUE % 5001, None, None) == 7  # a full write names its items
    assert hems.limit('{"limitId":[]},' + VALUE % 5002, None, None) == 7
    assert hems.limit(VALUE % 5003, ident=-1) == 7
    assert _stored(hems)[0] == 5000


def test_unknown_identifier():
    hems = _guard()
    for filters in (None, _PARTIAL + "]"):
        assert hems.limit(VALUE % 5000, filters, 7) == 7
        assert hems.limit(VALUE % 5000, filters, 4294967295) == 7
    assert _stored(hems)[0] == 4201


def test_scale_is_kept_TC_SPINE_RTS_005():
    hems = _guard()
    assert hems.limit('{"value":[{"number":42},{"scale":2}]}') == 0
    assert '"value":[{"number":42},{"scale":2}]' in hems.read("loadControlLimitListData", LOAD).cmd
    assert hems.limit('{"value":[{"number":33}]}') == 0
    assert _stored(hems)[0] == 3300 and hems.box.port.w == 3300
    assert hems.limit('{"value":[{"scale":1}]}') == 0
    assert hems.box.port.w == 330
    # a full write replaces the scale, too: by its default
    assert hems.limit(ACTIVE + ',{"value":[{"number":500}]}', None) == 0
    assert _stored(hems)[0] == 500 and hems.box.port.w == 500
    assert hems.key(0, '{"scaledNumber":[{"number":42},{"scale":2}]}') == 0
    assert hems.key(0, '{"scaledNumber":[{"number":40}]}') == 0
    assert hems.box.port.kept == (4000, 7200)
    assert hems.key(0, '{"scaledNumber":[{"number":41}]}', None) == 0
    assert hems.box.port.kept == (41, 7200)


def test_unknown_elements_TC_SPINE_RTS_004():
    hems = _guard()
    assert hems.limit('{"qwertzuiopasdfg":"testData"},' + VALUE % 3300) == 0
    assert hems.limit(VALUE % 3301 + ',{"new":[{"limitId":5},[{"value":[]}]]}', None) == 0
    assert hems.limit('{"value":[{"number":3302},{"scale":0},{"unit":"kW"}]}') == 0
    assert _stored(hems)[0] == 3302


def test_what_only_the_wallbox_says_is_ignored():
    hems = _guard()
    assert hems.limit('{"isLimitChangeable":false},' + VALUE % 3300) == 0
    assert '"isLimitChangeable":true' in hems.read("loadControlLimitListData", LOAD).cmd
    items = '[{"keyId":0},{"value":[%s]},{"isValueChangeable":false}]' % (FAILSAFE % 4000)
    assert hems.write(keys_cmd(items, None), CONFIG) == 0
    assert (
        '"isValueChangeable":false'
        not in hems.read("deviceConfigurationKeyValueListData", CONFIG).cmd
    )


def test_combinations_of_filters_that_do_not_exist():
    hems = _guard()
    for filters in (
        "[]",
        '[{"cmdControl":[]}]',
        '[{"cmdControl":[{"delete":[]},{"partial":[]}]}]',
        '[{"cmdControl":[{"partial":[]}]},{"loadControlLimitDataElements":[{"value":[]}]}]',
        '[{"cmdControl":[{"partial":[]}]},{"measurementListDataSelectors":[{"measurementId":0}]}]',
        _PARTIAL + _SELECT % '{"limitId":0},{"limitType":"maxValueLimit"}' + "]",
        _DELETE.rstrip(",") % (_SELECT % '{"limitId":0}', ""),
        _DELETE % ("", '{"middleTime":[]}') + _PARTIAL + "]",
    ):
        assert hems.limit(VALUE % 5000, filters) == 8, filters
    assert _stored(hems) == (4201, True, 3600)
    assert hems.limit(VALUE % 5000, '[{"filterId":3},{"cmdControl":[{"partial":[]}]}]') == 0


def test_what_belongs_to_the_wallbox_cannot_be_deleted():
    hems = _guard()
    delete = '[{"cmdControl":[{"delete":[]}]}%s],' + _PARTIAL + "]"
    for rest in (
        "",
        _SELECT % '{"limitId":0}',
        ',{"loadControlLimitDataElements":[{"value":[]}]}',
        ',{"loadControlLimitDataElements":[{"isLimitActive":[]}]}',
        ',{"loadControlLimitDataElements":[{"limitId":[]},{"timePeriod":[]}]}',
    ):
        assert hems.limit(VALUE % 5000, delete % rest) == 7, rest
    assert hems.limit('{"value":[]}') == 7
    assert hems.limit('{"value":[{"unit":"W"}]}') == 7
    assert hems.key(0, "") == 7
    elements = ',{"deviceConfigurationKeyValueDataElements":[{"value":[{"scaledNumber":[]}]}]}'
    assert hems.key(0, FAILSAFE % 5000, delete % elements) == 7
    assert hems.write(limits_cmd("", None), LOAD) == 0  # names nothing, so nothing changes
    assert _stored(hems) == (4201, True, 3600)


def test_values_of_another_type():
    hems = _guard()
    assert hems.key(0, DURATION % "PT3H") == 7
    assert hems.key(1, FAILSAFE % 7200) == 7
    assert hems.key(0, '{"string":"4200"}') == 7
    assert hems.key(0, FAILSAFE % 1 + "," + DURATION % "PT3H") == 7
    assert hems.box.port.kept is None


def test_all_or_nothing():
    hems = _guard()
    items = "[%s],[%s]" % ('{"limitId":0},' + VALUE % 5000, '{"limitId":1},' + VALUE % 5000)
    for filters in (None, _PARTIAL + "]"):
        assert hems.write(limits_cmd(items, filters), LOAD) == 7
    good = '[{"keyId":0},{"value":[%s]}]' % (FAILSAFE % 4000)
    for bad in (
        '[{"keyId":1},{"value":[%s]}]' % (DURATION % "PT1H"),
        '[{"keyId":2},{"value":[%s]}]' % (DURATION % "PT3H"),
        '[{"keyId":1},{"value":[]}]',
    ):
        assert hems.write(keys_cmd(good + "," + bad, None), CONFIG) == 7
        assert hems.write(keys_cmd(bad + "," + good, _PARTIAL + "]"), CONFIG) == 7
    assert _stored(hems) == (4201, True, 3600)
    assert hems.box.port.kept is None
    other = '[{"keyId":1},{"value":[%s]}]' % (DURATION % "PT3H")
    assert hems.write(keys_cmd(good + "," + other, None), CONFIG) == 0
    assert hems.box.port.kept == (4000, 10800)


def test_the_same_item_twice():
    hems = _guard()
    items = "[%s],[%s]" % ('{"limitId":0},' + VALUE % 5000, '{"limitId":0},' + INACTIVE)
    assert hems.write(limits_cmd(items, _PARTIAL + "]"), LOAD) == 0
    assert _stored(hems) == (5000, False, 3600)


def test_too_much():
    hems = _guard()
    item = "[%s]" % ('{"limitId":0},' + VALUE % 5000)
    assert hems.write(limits_cmd(",".join([item] * 16), None), LOAD) == 0
    item = item.replace("5000", "5001")
    assert hems.write(limits_cmd(",".join([item] * 17), None), LOAD) == 3
    filters = ",".join([_PARTIAL + "]"] * 4)
    assert hems.limit(VALUE % 5002, filters) == 0
    assert hems.limit(VALUE % 5003, filters + "," + _PARTIAL + "]") == 3
    assert _stored(hems)[0] == 5002


def test_times_that_cannot_be():
    for period in (
        '{"endTime":"2026-01-31T12:00:05Z"}',
        '{"endTime":"soon"}',
        '{"startTime":"PT1H"},{"endTime":"PT2H"}',
        '{"startTime":"2026-01-31T12:00:05Z"}',
    ):
        hems = _guard()
        assert hems.limit('{"timePeriod":[%s]}' % period) == 7
        assert _stored(hems) == (4201, True, 3600)
    assert hems.limit('{"timePeriod":[{"startTime":"PT0S"},{"endTime":"PT90S"}]}') == 0
    assert _stored(hems) == (4201, True, 90)
    assert hems.limit('{"timePeriod":[{"endTime":"P1M"}]}') == 0
    assert _stored(hems)[2] == 2592000
    assert hems.limit(PERIOD % "PT0S") == 0  # of eebus-go: no duration
    assert _stored(hems) == (4201, True, None)


def test_forms_of_json():
    # objects instead of lists of elements, one item without its list
    hems = _guard()
    for data in (
        '{"loadControlLimitListData":{"loadControlLimitData":[{"limitId":0,"isLimitActive":true,'
        '"value":{"number":3000,"scale":0}}]}}',
        '{"loadControlLimitListData":{"loadControlLimitData":{"limitId":0,'
        '"value":{"scale":0,"number":3000}}}}',
    ):
        hems.limit(VALUE % 4444)
        assert hems.write(data, LOAD) == 0
        assert _stored(hems) == (3000, True, None)


def test_only_the_binding_counts():
    hems = _guard()
    cmd = limits_cmd('[{"limitId":0},%s]' % (VALUE % 5000), None)
    for own in (("1", 8), ("2", 9), ("0", 0), ("1,1", 9)):
        assert hems.write(cmd, LOAD, own) == 9
    assert hems.write(cmd, LOAD, GUARD) == 0


def test_a_write_before_the_guard_has_proven_itself():
    hems = Wallbox().connect().guard()
    for filters in (None, _PARTIAL + "]"):
        assert hems.limit(ACTIVE + "," + VALUE % 5000, filters) == 7
        assert hems.key(0, FAILSAFE % 5000, filters) == 7
    assert hems.box.machine.state == INIT and hems.box.lpc.limit.rec[6] == 11000
