"""Arbitration of all limits: firmware.limits."""

from array import array

from board_configs import sim
from firmware import limits as lim
from firmware.reasons import ruling


class Strict:
    U_MV = 230000
    MIN_MA = 6000
    MAX_MA = 16000
    FLOOR = "strict"


def ask(limits, phases=3, volts=230):
    out = array("i", (-1, -1, -1))
    limits.offer(phases, array("i", (volts * 1000,) * 3), out)
    return out


def first(limits, phases=3, volts=230):
    return ask(limits, phases, volts)[0]


def test_board_rules_when_nothing_else_does():
    limits = lim.Limits(sim)
    assert list(ask(limits)) == [16000, 16000, 16000]
    assert limits.ruling == lim.BOARD
    assert ruling(limits) == "maximum of the board"
    assert not limits.dirty


def test_4200_w_is_six_amperes_on_three_phases():
    for volts, nominal, strict in (
        (207, 6700, 6700),
        (230, 6000, 6000),
        (240, 6000, 0),
        (253, 6000, 0),
    ):
        limits = lim.Limits(sim)
        limits.power(lim.LPC, 4200)
        assert first(limits, 3, volts) == nominal
        assert limits.ruling == lim.LPC
        limits = lim.Limits(Strict)
        limits.power(lim.LPC, 4200)
        assert first(limits, 3, volts) == strict
        assert limits.ruling == lim.LPC


def test_least_current_is_kept_from_three_times_six_amperes_on():
    limits = lim.Limits(sim)
    limits.power(lim.LPC, 4140)
    assert first(limits, 3, 253) == 6000
    assert "least current kept" in ruling(limits)
    limits.power(lim.LPC, 4139)
    assert first(limits, 3, 253) == 0
    assert "paused" in ruling(limits)
    assert first(limits, 3, 207) == 6600  # 4139 / 621
    assert ruling(limits) == "power limit of the energy guard"


def test_kept_current_does_not_override_another_limit():
    limits = lim.Limits(sim)
    limits.power(lim.LPC, 4200)
    limits.current(lim.OPEV, 0, 0, 0)
    assert first(limits, 3, 240) == 0
    assert limits.ruling == lim.OPEV


def test_one_phase_gets_more_of_the_same_power():
    limits = lim.Limits(sim)
    limits.power(lim.LPC, 3000)
    assert list(ask(limits, 1)) == [13000, 0, 0]
    assert list(ask(limits, 2)) == [6500, 6500, 0]
    assert list(ask(limits, 3)) == [0, 0, 0]
    limits.power(lim.LPC, 4200)
    assert list(ask(limits, 1)) == [16000, 0, 0]
    assert limits.ruling == lim.BOARD


def test_current_is_rounded_down_to_100_ma():
    limits = lim.Limits(sim)
    limits.power(lim.LPC, 5000)
    assert first(limits) == 7200  # 7.246
    limits.current(lim.OPEV, 7199, 9000, 9000)
    assert list(ask(limits)) == [7100, 7100, 7100]
    assert limits.ruling == lim.OPEV


def test_voltages_of_all_phases_in_use_count():
    limits = lim.Limits(sim)
    limits.power(lim.LPC, 5520)
    out = array("i", (0, 0, 0))
    limits.offer(3, array("i", (210000, 230000, 250000)), out)
    assert out[0] == 8000
    limits.offer(3, array("i", (210000, 230000, 207000)), out)
    assert out[0] == 8500


def test_implausible_voltage_is_taken_as_nominal():
    limits = lim.Limits(sim)
    limits.power(lim.LPC, 6900)
    assert first(limits, 3, 0) == 10000


def test_smallest_obligation_wins_and_the_first_of_equals_rules():
    limits = lim.Limits(sim)
    limits.current(lim.USER, 10000, 10000, 10000)
    limits.power(lim.LPC, 6900)
    assert first(limits) == 10000
    assert limits.ruling == lim.LPC
    limits.current(lim.FUSE, 16000, 8000, 16000)
    assert list(ask(limits)) == [8000, 8000, 8000]
    assert limits.ruling == lim.FUSE
    assert first(limits, 1) == 10000  # phase 2 is not in use
    limits.clear(lim.FUSE)
    limits.clear(lim.LPC)
    assert first(limits) == 10000
    assert limits.ruling == lim.USER


def test_recommendation_counts_only_below_the_obligations():
    limits = lim.Limits(sim)
    limits.current(lim.OSCEV, 10000, 10000, 10000)
    assert first(limits) == 10000
    assert limits.ruling == lim.OSCEV
    limits.current(lim.USER, 10000, 10000, 10000)
    assert first(limits) == 10000
    assert limits.ruling == lim.USER
    limits.current(lim.OSCEV, 32000, 32000, 32000)
    assert first(limits) == 10000


def test_below_six_amperes_is_a_pause_and_zero_is_legal():
    limits = lim.Limits(sim)
    limits.current(lim.OPEV, 5900, 16000, 16000)
    assert first(limits) == 0
    assert limits.ruling == lim.OPEV
    limits.clear(lim.OPEV)
    limits.power(lim.LPC, 0)
    assert first(limits) == 0
    assert limits.ruling == lim.LPC
    assert "paused" in ruling(limits)


def test_feed_in_limit_never_restricts_consumption():
    limits = lim.Limits(sim)
    limits.power(lim.LPP, 0)
    assert first(limits) == 16000
    assert limits.ruling == lim.BOARD


def test_huge_values_are_bounded():
    limits = lim.Limits(sim)
    limits.power(lim.LPC, 10**12)
    limits.current(lim.OPEV, 10**12, 10**12, 10**12)
    assert first(limits) == 16000
    assert limits.w[lim.LPC] == limits.ma[3 * lim.OPEV] == 2**29


def test_slots_stay_readable_and_dirty_says_when_to_ask_again():
    limits = lim.Limits(sim)
    ask(limits)
    limits.power(lim.LPC, 4200, "ski", 60)
    assert limits.dirty
    ask(limits)
    limits.power(lim.LPC, 4200, "ski", 50)
    assert not limits.dirty
    assert limits.left_s[lim.LPC] == 50
    assert limits.peer[lim.LPC] == "ski"
    limits.clear(lim.LPC)
    assert limits.dirty
    assert not limits.active[lim.LPC]
    assert limits.w[lim.LPC] == 4200
    assert limits.left_s[lim.LPC] == -1
    ask(limits)
    limits.clear(lim.LPC)
    assert not limits.dirty


def test_there_is_a_name_and_a_reason_for_each_origin():
    assert len(lim.ORIGINS) == 12
    for origin in range(len(lim.ORIGINS)):
        if origin in (lim.LPP, lim.BOARD):
            continue
        limits = lim.Limits(sim)
        limits.current(origin, 6000, 6000, 6000)
        assert first(limits) == 6000
        assert lim.ORIGINS[limits.ruling] == lim.ORIGINS[origin]
        assert ruling(limits) and "board" not in ruling(limits)


def test_steady_offers_make_no_garbage():
    try:
        from gc import mem_alloc
    except ImportError:
        return  # CPython does not tell
    limits = lim.Limits(sim)
    limits.power(lim.LPC, 4200)
    u_mv = array("i", (230000,) * 3)
    out = array("i", (0, 0, 0))
    limits.offer(3, u_mv, out)
    before = mem_alloc()
    for _ in range(50):
        limits.power(lim.LPC, 4200)
        limits.offer(3, u_mv, out)
    assert mem_alloc() - before < 64
