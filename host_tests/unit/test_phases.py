"""One phase where three get too little: firmware.phases on the simulated plant."""

from test_charger import Board, draw, offer
from wallbox import Wallbox

from firmware import limits as lim
from firmware.phases import Switching

HOLD_S = 300


def wallbox(**changes):
    box = Wallbox(Board(**changes))
    box.charger.switching = Switching(box.charger, HOLD_S)
    return box


class Contactor:
    """Watches what the charger asks of it."""

    def __init__(self, box):
        self.asked = []
        self.plant = box.plant
        self.switch = box.plant.contactor
        box.plant.contactor = self

    def __call__(self, on, phases):
        self.asked.append((on, phases))
        self.switch(on, phases)


def test_one_phase_gets_what_is_too_little_for_three():
    box = wallbox()
    box.charge()
    watch = Contactor(box)
    box.limits.power(lim.LPC, 3000)
    box.run(0)
    assert offer(box) == [0, 0, 0]
    assert box.charger.contactor, "the car opens its load first"
    box.run(14000)
    assert not box.charger.contactor
    box.run(4000)
    assert watch.asked == [(False, 3), (True, 1)]
    assert offer(box) == [13000, 0, 0]
    assert draw(box) == [13000, 0, 0]
    assert box.charger.phases == 1
    assert box.charger.power_w == 2990
    assert box.plant.torn == 0


def test_it_pauses_where_one_phase_is_too_little_too():
    box = wallbox()
    box.charge()
    box.limits.power(lim.LPC, 1379)
    box.run(60000)
    assert offer(box) == [0, 0, 0] and box.charger.live == 3
    assert box.limits.paused and box.limits.ruling == lim.LPC
    box.limits.power(lim.LPC, 1380)
    box.run(20000)
    assert draw(box) == [6000, 0, 0]


def test_a_car_that_comes_under_a_limit_starts_on_one_phase():
    box = wallbox()
    box.limits.power(lim.LPC, 2000)
    watch = Contactor(box)
    box.plant.plug()
    box.plant.ev("C", (16000, 16000, 16000))
    box.run(4000)
    assert watch.asked == [(True, 1)]
    assert draw(box) == [8600, 0, 0]


def test_back_to_three_phases_after_the_hold_time_and_never_under_load():
    box = wallbox()
    box.charge()
    box.limits.power(lim.LPC, 3000)
    box.run(20000)
    watch = Contactor(box)
    box.limits.clear(lim.LPC)
    box.run(HOLD_S * 1000 - 2000)
    assert draw(box) == [16000, 0, 0], "one phase has all that it can"
    box.run(5000)
    assert not box.charger.contactor and box.charger.live == 3
    box.run(20000)
    assert watch.asked == [(False, 1), (True, 3)]
    assert draw(box) == [16000, 16000, 16000]
    assert box.plant.torn == 0


def test_the_hold_time_starts_again_when_the_limit_comes_back():
    box = wallbox()
    box.charge()
    box.limits.power(lim.LPC, 3000)
    box.run(20000)
    box.limits.clear(lim.LPC)
    box.run(HOLD_S * 1000 - 2000)
    box.limits.power(lim.LPC, 3000)
    box.run(2000)
    box.limits.clear(lim.LPC)
    box.run(HOLD_S * 1000 - 2000)
    assert draw(box) == [16000, 0, 0]
    box.run(25000)
    assert draw(box) == [16000, 16000, 16000]


def test_a_stop_in_between_is_used_for_the_change():
    box = wallbox()
    box.charge()
    box.limits.power(lim.LPC, 3000)
    box.run(20000)
    box.charger.user(0)
    box.run(3000)
    box.limits.clear(lim.LPC)
    box.charger.user(-1)
    box.run(20000)
    assert draw(box) == [16000, 16000, 16000]


def test_the_next_car_finds_three_phases():
    box = wallbox()
    box.charge()
    box.limits.power(lim.LPC, 3000)
    box.run(20000)
    box.plant.unplug()
    box.run(2000)
    assert box.charger.live == 3
    box.limits.clear(lim.LPC)
    box.charge()
    box.run(1000)
    assert draw(box) == [16000, 16000, 16000]


def test_a_car_of_one_phase_is_not_interrupted():
    box = wallbox()
    box.charge((16000, 0, 0))
    box.run(15000)
    watch = Contactor(box)
    box.limits.power(lim.LPC, 3000)
    box.run(60000)
    box.limits.clear(lim.LPC)
    box.run(2 * HOLD_S * 1000)
    assert watch.asked == []


def test_the_reason_is_still_told_when_no_phase_helps():
    box = wallbox()
    box.charge()
    box.limits.current(lim.OPEV, 0, 0, 0)
    box.run(30000)
    assert box.limits.ruling == lim.OPEV and box.limits.paused
    assert box.charger.live == 3


def test_steady_offers_of_one_phase_make_no_garbage():
    try:
        from gc import mem_alloc
    except ImportError:
        return  # CPython does not tell
    box = wallbox()
    box.charge()
    box.limits.power(lim.LPC, 3000)
    box.run(20000)
    switching = box.charger.switching
    switching.offer(box.now)
    before = mem_alloc()
    for _ in range(50):
        switching.offer(box.now)
    assert mem_alloc() - before < 64
