"""Whatever a day brings: the charger on the simulated plant under random events.

Checked after each step: a contactor is closed only in C, with an offer or in the six seconds
of a stop, without a safety fault; it is torn open under load only by a fault, by a car that
leaves or does not listen; the offer obeys every active obligation.
"""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wallbox import Wallbox

from board_configs import sim, sim_feedin
from firmware import hal
from firmware import limits as lim
from ticks import add, diff

SAFETY = hal.DIODE | hal.PE | hal.RCD | hal.WELD | hal.LOCK | hal.CP_SHORT | hal.SUPERVISION
MA = st.integers(0, 36000)
THREE = st.tuples(MA, MA, MA)
STEPS = st.one_of(
    st.tuples(st.just("repair")),  # so that most of the steps meet a charging car
    st.tuples(st.just("plug")),
    st.tuples(st.just("unplug")),
    st.tuples(st.just("ev"), st.sampled_from("BC"), THREE),
    st.tuples(st.just("fault"), st.sampled_from(hal.FAULTS), st.booleans()),
    st.tuples(st.just("power"), st.sampled_from((lim.LPC, lim.LPP)), st.integers(0, 30000)),
    st.tuples(
        st.just("current"), st.sampled_from((lim.OPEV, lim.OSCEV, lim.CEVC, lim.USER)), THREE
    ),
    st.tuples(st.just("clear"), st.sampled_from(range(lim.CABLE))),
    st.tuples(st.just("volts"), st.integers(207000, 253000)),
    st.tuples(st.just("lost"), st.booleans()),
    st.tuples(st.just("grid"), THREE),
    st.tuples(st.just("celsius"), st.integers(-20, 90)),
    st.tuples(st.just("deaf"), st.booleans()),
)
WAITS = st.sampled_from((0, 1, 20, 250, 1000, 5000, 20000))


def apply(box, step):
    plant = box.plant
    verb, args = step[0], step[1:]
    if verb == "repair":
        repair(box)
    elif verb in ("plug", "unplug", "ev", "fault"):
        getattr(plant, verb)(*args)
    elif verb == "power":
        box.limits.power(*args)
    elif verb == "current":
        box.limits.current(args[0], *args[1])
    elif verb == "clear":
        box.limits.clear(*args)
    elif verb == "volts":
        plant.meter(u_mv=args[0])
    elif verb == "lost":
        plant.meter(lost=args[0])
    elif verb == "grid":
        plant.grid(args[0])
    elif verb == "celsius":
        plant.temperature(args[0])
    else:
        plant.deaf = args[0]


def repair(box):
    for name in hal.FAULTS:
        box.plant.fault(name, False)
    for origin in (lim.LPC, lim.LPP, lim.OPEV, lim.ECHONET, lim.USER, lim.OSCEV, lim.CEVC):
        box.limits.clear(origin)
    box.plant.meter(u_mv=230000, lost=False)
    box.plant.grid((0, 0, 0))
    box.plant.temperature(20)
    box.plant.deaf = False
    box.plant.unplug()
    run(box, 7000)  # state F hides the unplugged car for five seconds; one more to look again
    box.plant.plug()
    box.plant.ev("C", (16000, 16000, 16000))
    run(box, 3000)


def check(box):
    charger, limits, plant = box.charger, box.limits, box.plant
    assert charger.contactor == plant._closed
    offer = charger.offered_ma[0]
    assert offer == 0 or offer >= 6000
    if charger.faults & SAFETY:
        assert charger.refuses() in hal.FAULTS
        assert not charger.contactor and not offer
        assert charger.pilot in "EF"
    if charger.contactor:
        assert plant.pilot() == hal.C
        assert offer or charger._stop_at is not None
    if not charger.plugged:
        assert not offer
    if not offer:
        return
    using = sum(1 for ma in charger.offered_ma if ma)
    volts = sum(charger.u_mv[:using]) / 1000
    for origin in range(len(lim.ORIGINS)):
        if not limits.active[origin] or origin == lim.LPP:
            continue
        for i in range(using):
            ma = limits.ma[3 * origin + i]
            assert ma < 0 or charger.offered_ma[i] <= ma
        w = limits.w[origin]
        if w >= 0:
            kept = w >= 4140 and offer == 6000
            assert kept or offer * volts <= w * 1000
    assert limits.active[limits.ruling]


def run(box, ms):
    """Like box.run, looking after each single tick."""
    while True:
        torn = box.plant.torn
        stop_at = box.charger._stop_at
        wait = box.charger.tick(box.now)
        if box.plant.torn > torn:
            deaf = stop_at is not None and diff(box.now, stop_at) >= 6000
            assert deaf or box.charger.faults & SAFETY
        check(box)
        if ms <= 0:
            return
        wait = min(ms, wait) if wait > 0 else ms
        box.now = add(box.now, wait)
        ms -= wait


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from((sim, sim_feedin)), st.lists(st.tuples(STEPS, WAITS), max_size=25))
def test_random_days(board, steps):
    box = Wallbox(board)
    repair(box)
    for step, wait in steps:
        apply(box, step)
        run(box, wait)
    # and whatever happened: repaired, freed and plugged again, it charges
    repair(box)
    assert box.charger.faults == 0
    assert box.charger.power_w == 11040
