"""The simulated plant: car, meter, contactor, faults, and the clocks."""

from array import array

from board_configs import pico2w_sim, sim, sim_feedin
from firmware import clock as real_clock
from firmware import hal
from firmware.clock import Clock
from firmware.hal import sim as hal_sim
from firmware.hal.sim.clock import SimClock
from firmware.hal.sim.plant import Plant, offered_ma
from support import raises


class Rig:
    """A plant whose pilot and contactor the test moves itself."""

    def __init__(self, board=sim, now=1000):
        self.plant = Plant(board)
        self.now = now
        self.sample = hal.Sample()
        self.plant.tick(now)

    def run(self, ms):
        self.now += ms
        return self.plant.tick(self.now)

    def ma(self):
        self.plant.tick(self.now)
        self.plant.measure(self.sample)
        return list(self.sample.ma)

    def charge(self):
        self.plant.plug()
        self.plant.ev("C", (16000, 16000, 16000))
        self.plant.duty(266)
        self.run(0)
        self.run(500)
        self.plant.contactor(True, 3)
        self.run(0)
        self.run(500)


def test_the_car_reads_the_pilot_as_iec_61851_says():
    for duty, ma in (
        (0, 0),
        (50, 0),
        (80, 6000),
        (100, 6000),
        (101, 6100),
        (111, 6700),
        (266, 16000),
        (533, 32000),
        (850, 51000),
        (960, 80000),
        (1000, 0),
    ):
        assert offered_ma(duty) == ma, duty


def test_states_of_the_car():
    rig = Rig()
    plant = rig.plant
    assert plant.pilot() == hal.A
    plant.plug()
    assert plant.pilot() == hal.B
    plant.ev("C")
    rig.run(0)
    rig.run(1000)
    assert plant.pilot() == hal.B  # no offer yet
    plant.duty(266)
    assert rig.run(0) == 500
    rig.run(500)
    assert plant.pilot() == hal.C
    assert rig.ma() == [0, 0, 0]  # no contactor yet
    plant.ev("B")
    assert plant.pilot() == hal.B
    plant.duty(0)
    assert plant.pilot() == hal.F
    plant.unplug()
    plant.duty(1000)
    assert plant.pilot() == hal.A


def test_the_car_draws_what_is_offered_within_a_second():
    rig = Rig()
    rig.charge()
    assert rig.ma() == [16000, 16000, 16000]
    rig.plant.duty(100)
    rig.run(0)
    assert rig.ma() == [16000, 16000, 16000]
    rig.run(500)
    assert rig.ma() == [6000, 6000, 6000]
    rig.plant.ev(draw_ma=[10000, 2000, 0])
    rig.plant.duty(266)
    rig.run(0)
    rig.run(500)
    assert rig.ma() == [10000, 2000, 0]


def test_no_offer_opens_the_load_of_the_car():
    rig = Rig()
    rig.charge()
    rig.plant.duty(1000)
    rig.run(0)
    rig.run(500)
    assert rig.plant.pilot() == hal.B
    assert rig.ma() == [0, 0, 0]


def test_opening_under_load_is_counted():
    rig = Rig()
    rig.charge()
    rig.plant.contactor(False, 3)
    assert rig.plant.torn == 1
    assert rig.ma() == [0, 0, 0]
    assert not rig.plant.feedback()


def test_one_phase_of_the_contactor():
    rig = Rig()
    rig.charge()
    rig.plant.contactor(False, 3)
    rig.plant.contactor(True, 1)
    rig.run(0)
    rig.run(500)
    assert rig.ma() == [16000, 0, 0]


def test_meter():
    rig = Rig()
    rig.charge()
    plant = rig.plant
    plant.meter(u_mv=[229000, 230000, 231000], hz_m=49980, import_wh=1000)
    rig.run(1000)
    assert plant.measure(rig.sample)
    s = rig.sample
    assert list(s.mv) == [229000, 230000, 231000]
    assert list(s.w) == [3664, 3680, 3696]
    assert (s.mhz, s.wh, s.export_wh) == (49980, 1003, -1)
    assert not plant.measure(s)  # nothing new since
    rig.run(999)
    assert not plant.measure(s)
    rig.run(1)
    assert plant.measure(s)
    plant.meter(lost=True)
    rig.run(1000)
    assert not plant.measure(s)
    plant.meter(u_mv=240000, lost=False)
    assert plant.measure(s)
    assert list(s.mv) == [240000, 240000, 240000]


def test_energy_is_counted_by_protocol_time():
    rig = Rig()
    rig.charge()
    rig.plant.meter(import_wh=0)
    for _ in range(36):
        rig.run(100000)
    rig.plant.measure(rig.sample)
    assert rig.sample.wh == 11040


def test_feed_in():
    rig = Rig(sim_feedin)
    with raises(ValueError, "draw_ma"):
        Plant(sim).ev("C", (-1000, 0, 0))
    rig.charge()
    rig.plant.ev(draw_ma=(-16000, -16000, -16000))
    rig.plant.feed_in(6900)
    rig.run(0)
    rig.run(500)
    assert rig.ma() == [-10000, -10000, -10000]
    rig.plant.meter(import_wh=5)
    rig.run(3600000)
    rig.plant.measure(rig.sample)
    assert (rig.sample.wh, rig.sample.export_wh) == (5, 6900)
    assert list(rig.sample.w) == [-2300, -2300, -2300]


def test_house_connection_includes_the_wallbox():
    rig = Rig()
    rig.charge()
    rig.plant.grid((1000, -2000, 3000))
    out = array("i", (0, 0, 0))
    assert rig.plant.house_ma(out)
    assert list(out) == [17000, 14000, 19000]


def test_faults():
    plant = Plant(sim)
    for name in hal.FAULTS:
        plant.fault(name, True)
        if name == "weld":
            assert plant.feedback() and not plant.faults()
        elif name == "cp_short":
            assert plant.pilot() == hal.E and not plant.faults()
        else:
            assert plant.faults() == 1 << hal.FAULTS.index(name)
        if name == "meter_lost":
            assert not plant.measure(hal.Sample())
        plant.fault(name, False)
        assert not plant.faults() and not plant.feedback()
        assert plant.pilot() == hal.A


def test_a_welded_contactor_keeps_the_car_supplied():
    rig = Rig()
    rig.charge()
    rig.plant.fault("weld", True)
    rig.plant.contactor(False, 3)
    assert rig.ma() == [16000, 16000, 16000]
    rig.plant.duty(1000)
    rig.run(0)
    rig.run(500)
    assert rig.ma() == [0, 0, 0]


def test_bad_values_say_what_to_do():
    plant = Plant(sim)
    with raises(ValueError, "diode pe rcd"):
        plant.fault("fire", True)
    with raises(ValueError, "unplug"):
        plant.ev("A")
    with raises(ValueError, "three values"):
        plant.ev("C", (1, 2))
    with raises(ValueError, "from 0 to 80000"):
        plant.ev("C", (1, 2, 90000))
    with raises(ValueError, "u_mv"):
        plant.meter(u_mv="230")
    with raises(ValueError, "soc"):
        plant.ev(soc=101)
    with raises(ValueError, "three values"):
        plant.grid((0,))


def test_identity_of_the_car():
    plant = Plant(sim)
    plant.ev(soc=55, evccid="0123456789ab", iso15118=True)
    plant.ev("C")
    assert (plant.soc, plant.evccid, plant.iso15118) == (55, "0123456789ab", True)


def test_create_makes_the_plant():
    assert isinstance(hal_sim.create(sim), Plant)


# -- clocks -----------------------------------------------------------------------------------


class Real:
    """Takes the place of the machine's clock while `with` lasts."""

    def __init__(self, ms):
        self.ms = ms

    def __enter__(self):
        self._kept = real_clock.real_ms
        real_clock.real_ms = lambda: self.ms
        return self

    def __exit__(self, kind, value, traceback):
        real_clock.real_ms = self._kept
        return False


def test_the_board_clock_wraps():
    with Real(2**30 + 5):
        clock = Clock()
        assert clock.now() == 5
        assert clock.sleep_ms(10) == 10
    now = Clock().now()
    assert 0 <= now < 2**30


def test_simulated_clock_runs_at_its_speed():
    with Real(2**30 - 10) as real:
        clock = SimClock(start=2**30 - 100)
        assert (clock.t_ms(), clock.now()) == (0, 2**30 - 100)
        real.ms += 50
        assert clock.t_ms() == 50
        clock.speed(60)
        assert clock.t_ms() == 50
        real.ms += 50
        assert (clock.t_ms(), clock.now()) == (3050, 2950)
        assert clock.sleep_ms(60) == 1
        assert clock.sleep_ms(61) == 2
        assert clock.sleep_ms(0) == 0
        clock.speed(1)
        assert clock.t_ms() == 3050
        clock.advance(7200000)
        assert clock.t_ms() == 7203050
        clock.speed(1.5)
        for _ in range(4):
            real.ms += 1
            clock.t_ms()
        assert clock.t_ms() == 7203056


def test_simulated_clock_refuses_nonsense():
    clock = SimClock()
    for x in (0, 61, -1):
        with raises(ValueError, "1 to 60"):
            clock.speed(x)
    with raises(ValueError):
        SimClock(speed=100)
    with raises(ValueError):
        clock.advance(-1)


def test_every_board_has_every_constant():
    def constants(board):
        return {name for name in dir(board) if name.isupper()}

    assert constants(sim) == constants(sim_feedin) == constants(pico2w_sim)
