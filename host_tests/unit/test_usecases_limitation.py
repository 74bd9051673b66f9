"""The states of a controllable system (LPC, LPP 2.3): every transition, timers at their edges."""

from ticks import add
from usecases.limitation import (
    AUTONOMOUS,
    CONTROLLED,
    FAILSAFE,
    INIT,
    LIMITED,
    Limitation,
)

_FAILSAFE_W = 4200
_MINUTE = 60000


class Bench:
    """A machine that was just started. The clock wraps within the first hour."""

    def __init__(self, failsafe_s=7200):
        self.now = (1 << 30) - 90000
        self.w = None
        self.reason = None
        self.steps = []
        self.machine = Limitation(self, _FAILSAFE_W, failsafe_s, self._step)
        self.machine.tick(self.now)

    def limit(self, w):
        self.w = w

    def refuses(self):
        return self.reason

    def _step(self, old, new):
        self.steps.append((old, new))

    def wait(self, ms):
        """Every timer fires when it is due, and nothing else is needed."""
        while True:
            due = self.machine.tick(self.now)
            if due < 0 or due > ms:
                break
            assert due > 0 or self.machine.tick(self.now) != 0, "it never rests"
            ms -= due
            self.now = add(self.now, due)
        self.now = add(self.now, ms)
        self.machine.tick(self.now)

    def beat(self):
        self.machine.tick(self.now)
        self.machine.heartbeat()

    def allow(self, active, value=5000, left_s=-1):
        """A limit as Lpc hands it on: looked at or not, accepted."""
        self.machine.tick(self.now)
        if not self.machine.heard():
            return False
        self.machine.limit(active, value, left_s)
        return True

    def refuse(self):
        self.machine.tick(self.now)
        self.machine.refused()

    @property
    def state(self):
        return self.machine.state


def _in(state, **options):
    """A bench in that state; in the controlled ones a heartbeat has just come."""
    bench = Bench(**options)
    if state == INIT:
        return bench
    if state == AUTONOMOUS:
        bench.wait(2 * _MINUTE)
    else:
        bench.beat()
        assert bench.allow(state == LIMITED)
        if state == FAILSAFE:
            bench.wait(2 * _MINUTE)
    assert bench.state == state
    return bench


_UNPROVEN = (INIT, FAILSAFE, AUTONOMOUS)


def test_init_is_held_to_the_failsafe_limit_017():
    bench = Bench()
    assert bench.state == INIT and bench.w == _FAILSAFE_W and bench.steps == []


def test_a_limit_without_heartbeat_is_not_looked_at_036_004():
    for state in _UNPROVEN:
        bench = _in(state)
        for _ in range(2):
            assert not bench.allow(True)
            bench.refuse()
        assert bench.state == state


def test_a_limit_counts_for_60_s_after_a_heartbeat_036():
    for state in _UNPROVEN:
        for late, good in ((0, True), (_MINUTE, True), (_MINUTE + 1, False)):
            bench = _in(state)
            bench.beat()
            bench.wait(late)
            assert bench.allow(True) == good
            assert bench.state == (LIMITED if good else state), (state, late)


def test_a_heartbeat_alone_changes_nothing():
    for state in _UNPROVEN:
        bench = _in(state)
        w = bench.w
        for _ in range(3):
            bench.beat()
            bench.wait(30000)
        assert bench.state == state and bench.w == w
    bench = _in(CONTROLLED)
    bench.beat()
    assert bench.state == CONTROLLED


def test_1_8_11_a_refused_limit_ends_init_failsafe_and_autonomous_018_031():
    for state in _UNPROVEN:
        bench = _in(state)
        bench.beat()
        bench.refuse()
        assert bench.state == CONTROLLED and bench.w == -1
        assert bench.steps[-1] == (state, CONTROLLED)


def test_1_8_11_so_does_a_deactivated_one_021_033():
    for state in _UNPROVEN:
        bench = _in(state)
        bench.beat()
        assert bench.allow(False)
        assert bench.state == CONTROLLED and bench.w == -1


def test_2_9_12_an_activated_limit_applies_020_032():
    for state in _UNPROVEN:
        bench = _in(state)
        bench.beat()
        assert bench.allow(True, 0)
        assert bench.state == LIMITED and bench.w == 0


def test_3_init_ends_after_120_s_without_control_022_1():
    bench = _in(INIT)
    bench.wait(2 * _MINUTE - 1)
    assert bench.state == INIT
    bench.wait(1)
    assert bench.state == AUTONOMOUS and bench.w == -1
    # with heartbeats, but no limit
    bench = _in(INIT)
    for _ in range(3):
        bench.wait(39000)
        bench.beat()
    assert bench.state == INIT
    bench.wait(3000)
    assert bench.state == AUTONOMOUS


def test_controlled_takes_limits_without_a_fresh_heartbeat():
    for state in (CONTROLLED, LIMITED):
        bench = _in(state)
        bench.wait(90000)
        assert bench.allow(True, 3000)
        assert bench.state == LIMITED and bench.w == 3000


def test_4_controlled_to_limited_027():
    bench = _in(CONTROLLED)
    assert bench.allow(True, 3000)
    assert bench.state == LIMITED and bench.w == 3000
    assert bench.steps[-1] == (CONTROLLED, LIMITED)


def test_controlled_stays_with_a_deactivated_or_refused_limit_023_002():
    bench = _in(CONTROLLED)
    bench.refuse()
    assert bench.allow(False)
    assert bench.state == CONTROLLED and bench.steps == [(INIT, CONTROLLED)]


def test_5_7_120_s_without_heartbeat_is_failsafe_028_029():
    for state in (CONTROLLED, LIMITED):
        bench = _in(state)
        bench.wait(2 * _MINUTE - 1)
        assert bench.state == state
        bench.beat()
        bench.wait(2 * _MINUTE - 1)
        assert bench.state == state
        bench.wait(1)
        assert bench.state == FAILSAFE and bench.w == _FAILSAFE_W
        assert bench.machine.left_s == -1


def test_limits_are_no_heartbeat():
    bench = _in(CONTROLLED)
    bench.wait(100000)
    bench.allow(True)
    bench.wait(20000)
    assert bench.state == FAILSAFE


def test_limited_stays_with_a_refused_limit_024():
    bench = _in(LIMITED)
    bench.refuse()
    assert bench.state == LIMITED and bench.w == 5000


def test_6_deactivated_026():
    bench = _in(LIMITED)
    bench.allow(False)
    assert bench.state == CONTROLLED and bench.w == -1


def test_6_a_permitted_reason_arises_045():
    for state in (LIMITED, CONTROLLED, INIT, FAILSAFE, AUTONOMOUS):
        bench = _in(state)
        bench.reason = "overtemp"
        bench.wait(0)
        assert bench.state == (CONTROLLED if state == LIMITED else state)


def test_6_duration_is_over_025_008():
    bench = _in(CONTROLLED)
    bench.allow(True, 5000, 60)
    bench.wait(59999)
    assert bench.state == LIMITED and bench.machine.left_s == 1
    bench.wait(1)
    assert bench.state == CONTROLLED and bench.machine.left_s == -1


def test_durations_start_anew_with_each_limit_002():
    bench = _in(CONTROLLED)
    bench.allow(True, 5000, 100)
    bench.wait(50500)
    assert bench.machine.left_s == 50
    bench.allow(True, 5000, 60)
    bench.beat()
    bench.wait(59999)
    assert bench.state == LIMITED
    bench.wait(1)
    assert bench.state == CONTROLLED
    bench.allow(True, 5000, 60)
    bench.allow(True, 5000, -1)
    bench.beat()
    bench.wait(110000)
    assert bench.state == LIMITED


def test_the_duration_of_an_inactive_limit_runs_down():
    bench = _in(CONTROLLED)
    bench.allow(False, 5000, 60)
    bench.wait(30000)
    assert bench.machine.left_s == 30
    bench.wait(30000)
    assert bench.machine.left_s == -1 and bench.state == CONTROLLED


def test_a_duration_of_nothing_is_none():
    bench = _in(CONTROLLED)
    bench.allow(True, 5000, 0)
    assert bench.state == LIMITED and bench.machine.left_s == -1


def test_long_durations():
    # longer than the clock takes to wrap (298 h), and the longest there is
    bench = _in(CONTROLLED)
    bench.allow(True, 5000, 0x3FFFFFFE)
    for _ in range(24 * 60 * 20):
        bench.wait(_MINUTE)
        bench.beat()
    assert bench.machine.left_s == 0x3FFFFFFE - 20 * 86400 and bench.state == LIMITED


def test_10_failsafe_ends_after_its_minimum_022_3_012():
    bench = _in(FAILSAFE)
    bench.wait(7200000 - 1)
    assert bench.state == FAILSAFE
    bench.wait(1)
    assert bench.state == AUTONOMOUS and bench.w == -1
    bench = _in(FAILSAFE, failsafe_s=86400)
    bench.wait(86400000 - 1)
    assert bench.state == FAILSAFE
    bench.wait(1)
    assert bench.state == AUTONOMOUS


def test_10_failsafe_ends_120_s_after_a_heartbeat_without_limit_022_2():
    bench = _in(FAILSAFE)
    bench.wait(1000000)
    bench.beat()
    bench.wait(60000)
    bench.beat()
    bench.wait(59999)
    assert bench.state == FAILSAFE
    bench.wait(1)
    assert bench.state == AUTONOMOUS


def test_autonomous_lasts():
    bench = _in(AUTONOMOUS)
    bench.wait(100 * 3600000)
    assert bench.state == AUTONOMOUS and bench.machine.tick(bench.now) == -1


def test_failsafe_values_that_change():
    for state in (INIT, FAILSAFE):
        bench = _in(state)
        bench.machine.configure(3000, 7200)
        assert bench.w == 3000
    bench = _in(LIMITED)
    bench.machine.configure(3000, 10800)
    assert bench.w == 5000
    bench.wait(2 * _MINUTE)
    assert bench.w == 3000
    bench.wait(10800000 - 1)
    assert bench.state == FAILSAFE
    bench.wait(1)
    assert bench.state == AUTONOMOUS


def test_all_the_way_round():
    bench = _in(FAILSAFE)
    bench.beat()
    bench.allow(True, 1000)
    bench.wait(2 * _MINUTE)
    bench.wait(7200000)
    bench.beat()
    bench.refuse()
    assert bench.steps == [
        (INIT, CONTROLLED),
        (CONTROLLED, FAILSAFE),
        (FAILSAFE, LIMITED),
        (LIMITED, FAILSAFE),
        (FAILSAFE, AUTONOMOUS),
        (AUTONOMOUS, CONTROLLED),
    ]
