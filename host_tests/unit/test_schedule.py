"""The charge plan of a car as an origin of limits, and how the simulated car chooses it."""

from array import array

from board_configs import sim
from firmware import limits as lim
from firmware.hal.sim import planning
from firmware.hal.sim.plant import Plant
from firmware.schedule import PlanPort

HOUR = 3600


def plan(demand, limits, prices=None):
    plant = Plant(sim)
    plant.demand = demand
    made = planning.profile(plant, array("i", limits), prices and array("i", prices))
    return list(made)


def test_an_origin_of_limits_below_the_obligations():
    limits = lim.Limits(sim)
    out = array("i", (0, 0, 0))
    port = PlanPort(limits, Plant(sim))
    port.apply(6900, None)
    limits.offer(3, (230000,) * 3, out)
    assert list(out) == [10000] * 3 and lim.ORIGINS[limits.ruling] == "cevc"
    limits.power(lim.LPC, 6900)
    limits.offer(3, (230000,) * 3, out)
    assert limits.ruling == lim.LPC  # of equals the obligation
    port.apply(0, None)
    limits.offer(3, (230000,) * 3, out)
    assert list(out) == [0] * 3 and limits.paused and limits.ruling == lim.CEVC
    port.apply(-1, None)
    assert not limits.active[lim.CEVC]


def test_only_a_car_that_talks_gives_schedules():
    plant = Plant(sim)
    plant.ev(demand=(0, 20000, 40000, 8 * HOUR))
    port = PlanPort(lim.Limits(sim), plant)
    assert port.demand is None
    plant.ev(iso15118=True)
    assert port.demand == (0, 20000, 40000, 8 * HOUR)
    port.schedule(array("i", (HOUR, 11000)), None)
    assert list(port.profile) == [HOUR, 11000]
    port.schedule(None, None)
    assert port.profile is None
    plant.ev(demand=(0, 0, 0, 0))
    assert port.demand is None


def test_full_power_as_long_as_it_takes():
    # 20 kWh at 10 kW are two hours
    assert plan((0, 20000, 50000, 0), (4 * HOUR, 10000)) == [2 * HOUR, 10000, 2 * HOUR, 0]
    # without a target: until the battery is full
    assert plan((0, 0, 50000, 0), (4 * HOUR, 10000)) == [4 * HOUR, 10000]


def test_where_it_is_cheapest_before_the_departure():
    prices = (HOUR, 3000, HOUR, 1000, HOUR, 2000, HOUR, 500)
    made = plan((0, 15000, 50000, 3 * HOUR), (4 * HOUR, 10000), prices)
    assert made == [HOUR, 0, HOUR + HOUR // 2, 10000, HOUR // 2, 0]


def test_what_it_must_have_comes_first():
    prices = (HOUR, 3000, HOUR, 1000)
    made = plan((5000, 15000, 50000, 0), (2 * HOUR, 10000), prices)
    assert made == [HOUR // 2, 10000, HOUR // 2, 0, HOUR, 10000]


def test_never_more_than_there_is():
    limits = (HOUR, 6000, HOUR, 0, HOUR, 22000)
    assert plan((0, 50000, 50000, 0), limits) == [HOUR, 6000, HOUR, 0, HOUR, 11040]


def test_a_long_table_is_cut():
    prices = [v for i in range(48) for v in (600, i % 2)]
    made = plan((0, 500, 50000, 0), (48 * 600, 10000), prices)
    assert 2 <= len(made) <= 48
