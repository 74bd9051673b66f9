"""Pilot levels and the supervision that opens the contactor by itself."""

import micropython

from firmware import hal
from firmware.hal.levels import diode_missing, state
from firmware.hal.supervision import PERIOD_MS, Supervision


class Rig:
    """A supervision with its inputs in memory; outputs are kept in `l1` and `l23`."""

    def __init__(self, outputs=2):
        self.high = 12000
        self.low = -12000
        self.fresh = True
        self.fault = 0
        self.l1 = self.l23 = -1
        self.fed = 0
        one = self._one
        self.sup = Supervision(
            self, self._fault, (one, self._two) if outputs == 2 else (one,), self._feed
        )

    def sample(self):
        return self.fresh

    def _fault(self):
        return self.fault

    def _one(self, on):
        self.l1 = on

    def _two(self, on):
        self.l23 = on

    def _feed(self):
        self.fed += 1

    def run(self, ms):
        for _ in range(ms // PERIOD_MS):
            self.sup.step()

    def charge(self, phases=3):
        self.high = 6000
        self.sup.pwm = True
        self.run(50)
        self.sup.want(phases)
        self.run(PERIOD_MS)
        assert self.sup.closed
        return self


def test_levels():
    expected = (
        (12000, hal.A), (9000, hal.B), (6000, hal.C), (3000, hal.D), (0, hal.E), (-12000, hal.F),
    )  # fmt: skip
    for mv, code in expected:
        for off in (-900, 0, 900):
            assert state(mv + off, -12000, hal.B) == code


def test_hysteresis_keeps_what_is_there():
    assert state(10400, -12000, hal.A) == hal.A and state(10400, -12000, hal.B) == hal.B
    assert state(7600, -12000, hal.C) == hal.C and state(7600, -12000, hal.B) == hal.B


def test_diode():
    assert diode_missing(9000, -9000, True)
    assert not diode_missing(9000, -11500, True)
    assert not diode_missing(9000, 9000, False)  # without a PWM there is no negative wave
    assert not diode_missing(12000, -9000, True)  # no car


def test_closes_only_when_asked_in_c():
    rig = Rig()
    rig.run(100)
    assert (rig.l1, rig.l23) == (0, 0)
    rig.charge()
    assert (rig.l1, rig.l23) == (1, 1)
    rig.sup.want(0)
    rig.run(PERIOD_MS)
    assert (rig.l1, rig.l23) == (0, 0) and not rig.sup.tripped
    rig.sup.want(1)
    rig.run(PERIOD_MS)
    assert (rig.l1, rig.l23) == (1, 0)


def test_one_output_for_all_phases():
    assert Rig(1).charge(3).l1 == 1


def test_asking_in_b_trips():
    rig = Rig()
    rig.high = 9000
    rig.run(100)
    rig.sup.want(3)
    rig.run(PERIOD_MS)
    assert rig.l1 == 0 and rig.sup.tripped


def opens(change):
    rig = Rig().charge()
    change(rig)
    rig.run(PERIOD_MS)
    assert rig.l1 == 1, "one sample may be disturbed"
    rig.run(PERIOD_MS)
    assert (rig.l1, rig.l23) == (0, 0) and rig.sup.tripped
    return rig


def test_opens_within_two_periods():
    for mv in (12000, 9000, 0, -12000):
        opens(lambda rig, mv=mv: setattr(rig, "high", mv))
    opens(lambda rig: setattr(rig, "low", -5000))
    opens(lambda rig: setattr(rig, "fault", hal.RCD))


def test_a_trip_stays_until_the_charger_has_opened():
    rig = opens(lambda rig: setattr(rig, "high", 9000))
    rig.high = 6000
    rig.run(500)
    rig.sup.want(3)
    rig.run(500)
    assert rig.l1 == 0
    rig.sup.want(0)
    rig.sup.want(3)
    rig.run(PERIOD_MS)
    assert rig.l1 == 1


def test_one_disturbed_sample_does_nothing():
    rig = Rig().charge()
    rig.high = 12000
    rig.run(PERIOD_MS)
    rig.high = 6000
    rig.run(1000)
    assert rig.l1 == 1 and rig.sup.state == hal.C


def test_a_converter_that_stands_still():
    rig = Rig().charge()
    rig.fresh = False
    rig.run(80)
    assert rig.l1 == 0 and rig.sup.faults & hal.SUPERVISION


def test_a_main_loop_that_stands_still():
    rig = Rig().charge()
    rig.sup.alive()
    rig.run(7000)
    assert rig.l1 == 1  # a TLS handshake and more
    rig.run(1500)
    assert rig.l1 == 0


def test_a_main_loop_that_never_comes_back_is_reset():
    rig = Rig()
    rig.sup.alive()
    rig.run(59000)
    fed = rig.fed
    assert fed == 59000 // PERIOD_MS
    rig.sup.alive()
    rig.run(59000)
    assert rig.fed == 2 * fed
    rig.run(60000)
    assert rig.fed < 2 * fed + 1000 // PERIOD_MS


def test_a_supervision_that_stands_still():
    rig = Rig().charge()
    assert rig.sup.alive()
    fed = rig.fed
    assert not rig.sup.alive()
    rig.sup.open()
    assert (rig.l1, rig.l23) == (0, 0) and rig.fed == fed  # and the watchdog starves


def test_step_allocates_nothing():
    rig = Rig().charge()
    step = rig.sup.step
    micropython.heap_lock()
    try:
        for i in range(50):
            rig.high = 9000 if i & 4 else 6000
            step()
    finally:
        micropython.heap_unlock()
    assert not rig.sup.closed
