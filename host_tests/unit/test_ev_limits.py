"""Limits per phase of an energy manager: OPEV obligations and OSCEV recommendations."""

from ev_bench import ELECTRIC, LOAD, PARTIAL, EvBox
from spine_bench import RESULT, discovery, limits_cmd, vector

FREE = [-1, -1, -1]


def _box(**options):
    box = EvBox(**options).plug()
    return box, box.control()


def test_42_43_writes_of_an_energy_manager():
    box, hems = _box()
    hems.session.close()
    hems = box.control()
    hems.put(vector(7).replace('{"entity":[1]},{"feature":3}', '{"entity":[1,1]},{"feature":1}'))
    for number, ma in ((42, 10000), (43, 0)):
        hems.unbind(LOAD)
        assert hems.bind(LOAD, ("1", 7)) == 0
        (said,) = [one for one in hems.put(vector(number)) if one.classifier == "result"]
        assert said.error == 0
        assert box.amperes.ma == [ma] * 3


def test_limits_are_complete_from_the_start_to_the_end():
    box, hems = _box(all_uses=True)
    at_first = [(i, False, 16, 0) for i in range(6)]
    assert box.limits(hems) == at_first
    assert box.write(hems, (10, 11, 12)) == 0
    rows = [(0, True, 10, 0), (1, True, 11, 0), (2, True, 12, 0)]
    assert box.limits(hems) == rows + at_first[3:]
    assert box.write(hems, (10,), False) == 0
    rows[0] = 0, False, 10, 0
    assert box.limits(hems) == rows + at_first[3:]


def test_limits_apply_by_phase_and_scale():
    box, hems = _box()
    assert box.write(hems, (10, 11, 12)) == 0
    assert box.amperes.ma == [10000, 11000, 12000]
    assert box.amperes.session is hems.session
    assert box.write(hems, (1357,), scale=-2) == 0
    assert box.amperes.ma == [13570, 11000, 12000]
    assert box.write(hems, (9,), first=2) == 0
    assert box.amperes.ma == [13570, 11000, 9000]
    assert box.write(hems, (16, 16, 16), False) == 0
    assert box.amperes.ma == FREE


def test_zero_pauses_although_it_is_below_the_range():
    box, hems = _box()
    assert box.write(hems, (0, 0, 0), filters=None) == 0
    assert box.amperes.ma == [0, 0, 0]


def test_subscribers_see_the_limits():
    box, hems = _box()
    assert hems.subscribe(LOAD) == 0
    hems.taken()
    assert box.write(hems, (10, 10, 10)) == 0
    (said,) = hems.taken()
    assert said.classifier == "notify" and said.function == "loadControlLimitListData"
    assert said.cmd.count('{"isLimitActive":true},{"value":[{"number":10},{"scale":0}]}') == 3


def test_a_write_is_all_or_nothing():
    box, hems = _box(all_uses=True)
    assert box.write(hems, (10, 10, 10)) == 0
    before = box.limits(hems)
    assert box.write(hems, (12, 12, -1)) == 7
    unknown = '[{"limitId":9},{"isLimitActive":true}]'
    good = '[{"limitId":0},{"isLimitActive":false}]'
    assert hems.write(limits_cmd(good + "," + unknown, PARTIAL), LOAD) == 7
    timed = '[{"limitId":0},{"isLimitActive":false},{"timePeriod":[{"endTime":"PT1H"}]}]'
    assert hems.write(limits_cmd(timed, PARTIAL), LOAD) == 7
    delete = '[{"cmdControl":[{"delete":[]}]},{"loadControlLimitDataElements":[{"value":[]}]}]'
    assert hems.write(limits_cmd("", delete), LOAD) == 7
    assert box.limits(hems) == before
    assert box.amperes.ma == [10000] * 3


def test_only_who_has_bound_may_limit():
    box, hems = _box()
    other = box.follow()
    assert box.write(other, (6, 6, 6)) == 9
    assert other.bind(LOAD) == 7  # one writer for a feature
    assert box.amperes.ma == FREE
    hems.session.close()
    assert other.bind(LOAD) == 0
    assert box.write(other, (6, 6, 6)) == 0


def test_manager_lost_safe_current_until_it_is_back_OPEV_005():
    box, hems = _box()
    assert box.write(hems, (10, 16, 4)) == 0
    for _ in range(10):
        box.advance(7000)
        assert box.amperes.ma == [10000, 16000, 4000]
        box.beat(hems)
    box.advance(8100)  # 4 s as announced, and 4 s more
    assert box.amperes.ma == [6000, 6000, 4000]
    # what it has written stays, and holds again
    assert box.limits(hems)[1] == (1, True, 16, 0)
    box.beat(hems)
    assert box.amperes.ma == [10000, 16000, 4000]


def test_a_manager_that_does_not_limit_is_missed_all_the_same():
    box, _ = _box()
    assert box.amperes.ma == FREE
    box.advance(8100)
    assert box.amperes.ma == [6000] * 3


def test_the_time_that_it_announces_counts():
    box = EvBox().plug()
    hems = box.control("PT60S")
    assert box.write(hems, (10, 10, 10)) == 0
    box.advance(63000)
    assert box.amperes.ma == [10000] * 3
    box.advance(1100)
    assert box.amperes.ma == [6000] * 3


def test_without_a_manager_the_car_charges_freely():
    box = EvBox().plug()
    box.advance(600000)
    assert box.amperes.ma == FREE
    hems = box.follow()
    assert hems.bind(LOAD) == 0  # and never heard of
    box.advance(600000)
    assert box.amperes.ma == FREE


def test_who_limits_without_a_heartbeat_is_lost():
    box = EvBox().plug()
    hems = box.control(None)
    assert box.write(hems, (10, 10, 10)) == 0
    assert box.amperes.ma == [10000] * 3
    box.advance(8100)
    assert box.amperes.ma == [6000] * 3
    assert box.write(hems, (16, 16, 16)) == 0
    box.advance(1000)
    assert box.amperes.ma == [6000] * 3


def test_connection_lost_and_back():
    box, hems = _box()
    assert box.write(hems, (10, 10, 10)) == 0
    hems.session.close()
    box.partners.remove(hems)
    box.advance(4000)
    assert box.amperes.ma == [10000] * 3  # it may come back
    box.advance(5000)
    assert box.amperes.ma == [6000] * 3
    hems = box.control()
    assert box.amperes.ma == [10000] * 3
    assert box.write(hems, (16, 16, 16), False) == 0
    assert box.amperes.ma == FREE


def test_heartbeats_of_others_do_not_count():
    box = EvBox().plug()
    hems = box.follow()
    assert hems.bind(LOAD, ("1", 9)) == 0
    hems.introduce((("1", 1), ("2", 1)))
    box.beat(hems)
    other = box.follow()
    for _ in range(3):
        box.advance(3000)
        box.beat(hems, source=("2", 1))
        box.beat(other)
    assert box.amperes.ma == [6000] * 3


def test_manager_in_failure_OPEV_007():
    box, hems = _box()
    assert box.write(hems, (10, 10, 10)) == 0
    box.state(hems, "failure")
    assert box.amperes.ma == [6000] * 3
    box.beat(hems)  # it lives, but it is not well
    assert box.amperes.ma == [6000] * 3
    box.state(hems, "normalOperation")
    assert box.amperes.ma == [10000] * 3


def test_state_of_the_manager_is_asked_for_OPEV_007():
    box = EvBox().plug()
    hems = box.follow()
    assert hems.bind(LOAD) == 0
    asked = []
    for _ in range(9):
        for said in hems.taken():
            if said.classifier == "read":
                asked.append((said.function, said.to))
                cmd = '{"%s":[]}' % said.function
                if said.function.endswith("DiscoveryData"):
                    cmd = discovery((("1", 1),))
                elif said.function.endswith("StateData"):
                    cmd = '{"deviceDiagnosisStateData":[{"operatingState":"failure"}]}'
                hems.say("reply", cmd, ("1", 7), said.to, reference=said.counter)
            elif said.ack:
                hems.say("result", RESULT % 0, reference=said.counter)
    assert asked[-1] == ("deviceDiagnosisStateData", ("1", 1))
    box.tick()
    assert box.amperes.ma == [6000] * 3


def test_the_next_car_starts_anew():
    box, hems = _box()
    assert box.write(hems, (10, 10, 10)) == 0
    box.advance(8100)
    box.unplug()
    assert box.amperes.ma == FREE
    box.plug()
    assert box.limits(hems) == [(i, False, 16, 0) for i in range(3)]
    box.advance(60000)
    assert box.amperes.ma == FREE


def test_recommendations_OSCEV():
    box, hems = _box(all_uses=True)
    said = hems.read("loadControlLimitDescriptionListData", LOAD)
    assert said.cmd.count('"obligation"') == 3
    assert (
        '[{"limitId":3},{"limitType":"maxValueLimit"},{"limitCategory":"recommendation"},'
        '{"measurementId":0},{"unit":"A"},{"scopeType":"selfConsumption"}]'
    ) in said.cmd
    assert box.write(hems, (8, 8, 8), first=3) == 0
    assert box.advice.ma == [8000] * 3
    assert box.amperes.ma == FREE
    box.advance(8100)
    assert box.advice.ma == FREE  # nobody advises any more
    assert box.amperes.ma == [6000] * 3
    # the range of currents is there once
    said = hems.read("electricalConnectionPermittedValueSetListData", ELECTRIC)
    assert len(said.data[0]["electricalConnectionPermittedValueSetData"]) == 4


def test_both_in_one_write():
    box, hems = _box(all_uses=True)
    assert box.write(hems, (16, 16, 16, 9, 9, 9)) == 0
    assert box.amperes.ma == [16000] * 3 and box.advice.ma == [9000] * 3


def test_odd_currents_of_a_board():
    box = EvBox()
    box.amperes.least_ma = 6500
    box.amperes.most_ma = 12500
    box.opev.reset()
    hems = box.plug().connect()
    assert box.limits(hems)[0] == (0, False, 125, -1)
    said = hems.read("electricalConnectionPermittedValueSetListData", ELECTRIC)
    assert '{"min":[{"number":6500},{"scale":-3}]},{"max":[{"number":12500}' in said.cmd
