"""The charge point on the simulated plant: sequences, offers, faults, energy."""

from wallbox import Wallbox

from board_configs import sim, sim_feedin
from firmware import charger as cp
from firmware import hal
from firmware import limits as lim
from firmware.reasons import reason


class Board:
    """sim with some constants changed."""

    def __init__(self, **changes):
        for name in dir(sim):
            if name.isupper():
                setattr(self, name, getattr(sim, name))
        for name in changes:
            setattr(self, name, changes[name])


def offer(box):
    return list(box.charger.offered_ma)


def draw(box):
    return list(box.charger.draw_ma)


# -- pilot, offer, contactor -----------------------------------------------------------------


def test_permille_of_the_pilot():
    for ma, duty in ((6000, 100), (10000, 166), (16000, 266), (32000, 533), (51000, 850)):
        assert cp.permille(ma) == duty
    assert cp.permille(52000) == 848
    assert cp.permille(80000) == 960


def test_plug_charge_and_unplug():
    box = Wallbox()
    c = box.charger
    assert (c.pilot, c.plugged, c.contactor, offer(box)) == ("A", False, False, [0, 0, 0])
    assert reason(c) == "no car"
    box.plant.plug()
    box.run(249)
    assert c.pilot == "A"
    box.run(1)
    assert (c.pilot, c.plugged, c.contactor) == ("B", True, False)
    assert offer(box) == [16000, 16000, 16000]
    assert c.phases == 0
    box.plant.ev("C", (16000, 16000, 16000))
    assert box.until(lambda: c.contactor) <= 3000
    assert c.pilot == "C"
    assert box.until(lambda: c.power_w == 11040) <= 1000
    assert draw(box) == [16000, 16000, 16000]
    assert c.phases == 3
    box.plant.unplug()
    box.run(0)
    assert not c.contactor
    box.run(25)
    assert (c.pilot, c.plugged, offer(box), c.power_w) == ("A", False, [0, 0, 0], 0)


def test_leaving_c_opens_the_contactor_in_the_same_tick():
    box = Wallbox()
    box.charge()
    box.plant.ev("B")
    box.charger.tick(box.now)
    assert not box.charger.contactor
    assert not box.plant.feedback()
    assert box.charger.pilot == "B"
    assert box.plant.torn == 0


def test_a_glitch_to_a_opens_but_does_not_unplug():
    box = Wallbox()
    box.charge()
    box.mask = 0
    box.plant.plugged = False
    box.run(0)
    box.plant.plugged = True
    box.run(10)
    assert not box.charger.contactor
    assert box.charger.plugged and not box.mask & cp.PLUG
    assert box.until(lambda: box.charger.contactor) >= 240  # settles before it closes again


def test_lpc_4200_w_gives_six_amperes():
    box = Wallbox()
    box.charge()
    box.limits.power(lim.LPC, 4200)
    box.run(0)
    assert offer(box) == [6000, 6000, 6000]
    box.run(1000)
    assert draw(box) == [6000, 6000, 6000]
    assert box.charger.power_w == 4140
    assert box.charger.contactor
    box.limits.clear(lim.LPC)
    box.run(1000)
    assert box.charger.power_w == 11040


def test_mains_voltage_is_followed():
    box = Wallbox()
    box.charge()
    box.limits.power(lim.LPC, 6900)
    box.run(1000)
    assert offer(box)[0] == 10000
    box.plant.meter(u_mv=240000)
    box.run(1000)
    assert offer(box)[0] == 9500
    assert box.charger.power_w <= 6900


def test_stop_by_the_wallbox_lets_the_car_open_its_load():
    box = Wallbox()
    box.charge()
    box.limits.power(lim.LPC, 0)
    box.run(0)
    assert offer(box) == [0, 0, 0]
    assert box.charger.contactor
    assert box.until(lambda: not box.charger.contactor) < 1000
    assert box.plant.torn == 0
    box.run(100)
    assert box.charger.power_w == 0


def test_a_deaf_car_is_cut_off_after_six_seconds():
    box = Wallbox()
    box.charge()
    box.plant.deaf = True
    box.limits.current(lim.OPEV, 0, 0, 0)
    box.run(5999)
    assert box.charger.contactor
    box.run(1)
    assert not box.charger.contactor
    assert box.plant.torn == 1
    box.run(100)
    assert box.charger.power_w == 0


def test_minimum_pause_before_the_next_offer():
    box = Wallbox()
    box.charge()
    box.limits.power(lim.LPC, 0)
    box.run(2000)
    box.limits.clear(lim.LPC)
    box.run(12999)
    assert offer(box) == [0, 0, 0]
    assert reason(box.charger) == "pause before the next offer"
    box.run(1)
    assert offer(box) == [16000, 16000, 16000]
    box.run(2000)
    assert box.charger.power_w == 11040


def test_no_offer_while_the_contactor_waits_for_the_car():
    box = Wallbox(Board(PAUSE_MS=0))
    box.charge()
    box.plant.deaf = True
    box.limits.power(lim.LPC, 0)
    box.run(1000)
    box.limits.clear(lim.LPC)
    box.run(4999)
    assert offer(box) == [0, 0, 0] and box.charger.contactor
    box.run(2)
    assert offer(box)[0] == 16000


def test_unplugging_ends_the_pause():
    box = Wallbox()
    box.charge()
    box.limits.power(lim.LPC, 0)
    box.run(1000)
    box.limits.clear(lim.LPC)
    box.plant.unplug()
    box.run(100)
    box.plant.plug()
    box.run(300)
    assert offer(box)[0] == 16000


def test_a_pause_of_many_days_ends():
    box = Wallbox()
    box.charge()
    box.limits.power(lim.LPC, 0)
    for _ in range(7 * 24):
        box.now = (box.now + 3600000) & 0x3FFFFFFF
        box.charger.tick(box.now)
    box.limits.clear(lim.LPC)
    box.run(3000)
    assert box.charger.power_w == 11040


def test_ramp_up_by_board_setting_and_down_at_once():
    box = Wallbox(Board(RAMP_MA_PER_S=2000))
    box.charge()
    assert box.until(lambda: offer(box)[0] == 16000) <= 3000  # five steps, three have passed
    box.limits.current(lim.USER, 7000, 7000, 7000)
    box.run(0)
    assert offer(box)[0] == 7000
    box.limits.clear(lim.USER)
    box.run(999)
    assert offer(box)[0] == 7000
    box.run(1)
    assert offer(box)[0] == 9000
    box.run(1000)
    assert offer(box)[0] == 11000
    box.run(60000)
    assert offer(box)[0] == 16000
    box = Wallbox(Board(RAMP_MA_PER_S=2000, METER_MS=9000))  # nothing else wakes the charger
    box.plant.plug()
    box.run(250 + 5000)
    assert offer(box)[0] == 16000


def test_one_phase_car_gets_its_share_after_ten_seconds():
    box = Wallbox()
    box.limits.power(lim.LPC, 3680)
    box.plant.plug()
    box.run(1000)
    assert offer(box) == [0, 0, 0]  # 5.3 A on three phases
    box.limits.power(lim.LPC, 4600)
    box.charge((16000, 0, 0))
    assert draw(box) == [6600, 0, 0]
    box.run(11000)
    assert offer(box) == [16000, 0, 0]
    assert box.charger.phases == 1
    assert box.charger.power_w == 3680
    # a car that takes the other phases is held back at the next reading
    box.plant.ev(draw_ma=(16000, 16000, 16000))
    box.run(2500)
    assert offer(box) == [6600, 6600, 6600]
    assert box.charger.power_w == 4554
    # a new car starts with three again
    box.plant.ev(draw_ma=(16000, 0, 0))
    box.run(12000)
    assert offer(box) == [16000, 0, 0]
    box.plant.unplug()
    box.run(1000)
    box.plant.plug()
    box.run(400)
    assert offer(box) == [6600, 6600, 6600]


def test_user_limit():
    box = Wallbox()
    box.charge()
    box.charger.user(8000)
    box.run(1000)
    assert draw(box) == [8000, 8000, 8000]
    assert box.limits.ruling == lim.USER
    assert box.charger.user_ma == 8000
    box.charger.user(-1)
    box.run(1000)
    assert draw(box) == [16000, 16000, 16000]


def test_cable_rating():
    box = Wallbox()
    box.plant.cable = 13000
    box.charge()
    assert draw(box) == [13000, 13000, 13000]
    assert box.limits.ruling == lim.CABLE
    box.plant.unplug()
    box.run(100)
    assert not box.limits.active[lim.CABLE]


def test_the_house_keeps_its_fuse():
    box = Wallbox()
    box.charge()
    box.plant.grid((5000, 27000, 5000))
    box.run(1000)
    assert draw(box) == [8000, 8000, 8000]
    assert box.limits.ruling == lim.FUSE
    box.run(10000)
    assert draw(box) == [8000, 8000, 8000]
    box.plant.grid((5000, 5000, 5000))
    box.run(1500)
    assert draw(box) == [16000, 16000, 16000]


def test_the_fuse_is_kept_when_a_meter_is_lost():
    box = Wallbox()
    box.charge()
    box.plant.meter(lost=True)
    box.run(12000)
    assert offer(box)[0] == 6000
    box.plant.grid((5000, 29000, 5000))
    box.run(1000)
    assert offer(box)[0] == 6000 and box.charger.contactor
    box.plant.grid((5000, 30000, 5000))
    box.run(1000)
    assert offer(box)[0] == 0 and box.limits.ruling == lim.FUSE
    box.run(60000)
    assert offer(box)[0] == 0
    # the other one: nothing known about the house
    box = Wallbox()
    box.charge()
    box.plant.house_ma = lambda out: False
    box.run(1000)
    assert offer(box)[0] == 6000 and box.limits.ruling == lim.FUSE


# -- faults -----------------------------------------------------------------------------------


def test_safety_faults_open_in_the_same_tick_and_show():
    for name, shown in (
        ("diode", "E"),
        ("pe", "F"),
        ("rcd", "F"),
        ("lock", "F"),
        ("cp_short", "E"),
        ("supervision", "F"),
    ):
        box = Wallbox()
        box.charge()
        assert box.charger.refuses() is None
        box.fault(name)
        assert not box.charger.contactor, name
        assert not box.plant.feedback()
        assert box.charger.pilot == shown, name
        assert offer(box) == [0, 0, 0]
        assert cp.fault_names(box.charger.faults) == [name]
        assert box.charger.refuses() == name
        assert name in reason(box.charger)
        box.run(30000)
        assert not box.charger.contactor
        assert offer(box) == [0, 0, 0]


def test_passing_faults_clear_by_themselves():
    for name in ("diode", "pe", "lock", "cp_short", "supervision"):
        box = Wallbox()
        box.charge()
        box.fault(name)
        box.run(8000)
        box.fault(name, False)
        box.run(300)
        assert box.charger.faults == 0, name
        assert box.charger.refuses() is None
        box.run(10000)
        assert not box.charger.contactor, name  # the minimum pause
        box.run(8000)
        assert box.charger.power_w == 11040, name


def test_rcd_latches_until_clear_and_unplugged():
    box = Wallbox()
    box.charge()
    box.fault("rcd")
    box.run(1000)
    box.fault("rcd", False)
    box.run(60000)
    assert box.has(hal.RCD) and box.charger.pilot == "F"
    box.plant.unplug()
    box.run(100)
    assert not box.has(hal.RCD)
    assert box.charger.pilot == "A"
    # the other order
    box.charge()
    box.fault("rcd")
    box.run(10000)
    box.plant.unplug()
    box.run(1000)
    assert box.has(hal.RCD) and not box.charger.plugged
    box.fault("rcd", False)
    box.run(100)
    assert not box.has(hal.RCD)


def test_f_is_driven_for_five_seconds_then_the_pilot_is_read_again():
    box = Wallbox()
    box.charge()
    box.fault("pe")
    assert box.plant.pilot() == hal.F
    box.run(4999)
    assert box.plant.pilot() == hal.F
    box.run(1)
    assert box.plant.pilot() == hal.B
    assert box.charger.pilot == "F"
    box.plant.unplug()
    box.run(100)
    assert not box.charger.plugged
    box.fault("rcd")  # one more fault does not drive F again
    assert box.plant.pilot() == hal.A


def test_weld_is_found_one_second_after_opening():
    box = Wallbox()
    box.charge()
    box.fault("weld")
    assert not box.charger.faults  # nothing to see while closed
    box.plant.ev("B")
    box.run(999)
    assert not box.charger.contactor and not box.charger.faults
    box.run(1)
    assert box.has(hal.WELD) and box.charger.pilot == "F"
    box.fault("weld", False)
    box.run(10000)
    assert box.has(hal.WELD)
    box.plant.unplug()
    box.run(100)
    assert box.charger.faults == 0
    assert box.charger.pilot == "A"


def test_lost_meter_gives_a_safe_current_and_no_refusal():
    box = Wallbox()
    box.charge()
    box.plant.meter(lost=True)
    box.run(8900)
    assert box.charger.meter_ok and offer(box)[0] == 16000
    box.run(1100)
    assert box.has(hal.METER_LOST) and not box.charger.meter_ok
    assert offer(box) == [6000, 6000, 6000]
    assert box.limits.ruling == lim.METER
    assert box.charger.contactor and box.charger.pilot == "C"
    assert box.charger.refuses() is None
    box.plant.meter(lost=False)
    box.run(2000)
    assert not box.charger.faults and box.charger.meter_ok
    assert box.charger.power_w == 11040
    box.fault("meter_lost")  # reported by the driver: no waiting
    assert box.has(hal.METER_LOST) and offer(box)[0] == 6000


def test_heat_derates_and_stops():
    box = Wallbox(Board(MAX_MA=32000))
    box.charge((32000, 32000, 32000))
    for c, ma in (
        (64, 32000),
        (65, 16000),
        (70, 8000),
        (66, 8000),
        (61, 8000),
        (60, 32000),
        (75, 0),
        (61, 0),
    ):
        box.plant.temperature(c)
        box.run(0)
        assert offer(box)[0] == ma, c
        assert (box.limits.ruling == lim.TEMPERATURE) == (ma != 32000)
        assert box.has(hal.OVERTEMP) == (ma == 0)
    assert box.charger.refuses() == "overtemp"
    box.run(5000)
    assert not box.charger.contactor and box.plant.torn == 0
    box.plant.temperature(60)
    box.run(15000)
    assert offer(box)[0] == 32000 and box.charger.refuses() is None


def test_thermal_switch_of_the_board():
    box = Wallbox()
    box.charge()
    box.fault("overtemp")
    assert offer(box) == [0, 0, 0]
    assert box.charger.refuses() == "overtemp"
    assert box.limits.ruling == lim.TEMPERATURE
    box.run(5000)
    assert not box.charger.contactor
    box.fault("overtemp", False)
    box.run(16000)
    assert box.charger.power_w == 11040


def test_plugging_into_a_faulty_wallbox():
    box = Wallbox()
    box.fault("supervision")
    box.run(6000)
    box.plant.plug()
    box.plant.ev("C")
    box.run(5000)
    assert box.charger.plugged and not box.charger.contactor
    assert box.charger.pilot == "F"


# -- energy and changes -------------------------------------------------------------------------


def test_energy_of_the_meter_and_of_the_session():
    box = Wallbox()
    box.plant.meter(import_wh=5000000)
    box.run(1000)
    assert box.charger.energy_wh == 5000000
    box.charge()
    box.limits.power(lim.LPC, 6900)
    box.run(2000)
    start = box.charger.energy_wh
    box.run(3600000)
    assert abs(box.charger.energy_wh - start - 6900) <= 1
    assert box.charger.session_wh == box.charger.energy_wh - 5000000
    # another meter: the counter goes on from where it is
    box.plant.meter(import_wh=7)
    session = box.charger.session_wh
    before = box.charger.energy_wh
    box.run(9000)
    assert box.charger.energy_wh == before  # may be a bad reading
    box.run(2000)
    assert before <= box.charger.energy_wh <= before + 5
    assert session <= box.charger.session_wh <= session + 5
    box.run(36000)
    assert abs(box.charger.energy_wh - before - 69) <= 5
    box.plant.unplug()
    box.run(1000)
    assert box.charger.session_wh >= session  # stays for the report
    box.charge()
    assert box.charger.session_wh <= 10


def test_a_single_bad_reading_of_the_counter_changes_nothing():
    box = Wallbox()
    box.plant.meter(import_wh=5000000)
    box.charge()
    for bad in (0, 999999999):
        before = box.charger.energy_wh
        good = box.plant._wh
        box.plant.meter(import_wh=bad)
        box.run(1000)
        box.plant.meter(import_wh=good)
        box.run(5000)
        assert before <= box.charger.energy_wh <= before + 20


def test_energy_without_a_counter_does_not_drift():
    box = Wallbox(Board(METER_ENERGY=False))
    box.charger.energy_wh = 1000  # restored from the store
    box.charge((7000, 0, 0))
    box.run(2000)
    before = box.charger.energy_wh
    for _ in range(100):
        box.run(36000)
    assert abs(box.charger.energy_wh - before - 1610) <= 1
    assert box.charger.session_wh == box.charger.energy_wh - 1000


def test_on_change_tells_once_per_tick():
    box = Wallbox()
    calls = []
    box.charger.on_change = calls.append
    box.plant.plug()
    box.run(250)
    assert calls[-1] == cp.PILOT | cp.PLUG | cp.OFFER
    del calls[:]
    box.plant.ev("C")
    box.run(2000)
    assert sum(1 for mask in calls if mask & cp.CONTACTOR) == 1
    del calls[:]
    box.fault("pe")
    assert len(calls) == 1
    assert calls[0] & ~cp.METER == cp.FAULT | cp.PILOT | cp.OFFER | cp.CONTACTOR
    del calls[:]
    box.run(900)
    assert not [mask for mask in calls if mask != cp.METER]


def test_meter_is_told_each_second():
    box = Wallbox()
    box.charge()
    calls = []
    box.charger.on_change = calls.append
    box.run(10000)
    assert len(calls) == 10 and set(calls) == {cp.METER}


def test_feed_in_obeys_lpp_and_counts():
    box = Wallbox(sim_feedin)
    box.charge((-16000, -16000, -16000))
    c = box.charger
    assert c.feed_in_w == 10000
    assert -10000 <= c.power_w < -9900
    assert c.phases == 3
    box.limits.power(lim.LPP, 3000)
    box.run(1500)
    assert c.feed_in_w == 3000
    assert -3000 <= c.power_w < -2900
    assert offer(box) == [16000, 16000, 16000]
    imported, produced = c.energy_wh, c.produced_wh
    box.run(3600000)
    assert c.energy_wh == imported
    assert 2900 <= c.produced_wh - produced <= 3000
    box.limits.power(lim.LPP, 0)
    box.run(1500)
    assert c.power_w == 0 and c.contactor
    box.limits.clear(lim.LPP)
    box.run(1500)
    assert c.feed_in_w == 10000


def test_steady_charging_makes_no_garbage():
    try:
        from gc import mem_alloc
    except ImportError:
        return  # CPython does not tell
    box = Wallbox()
    box.charge()
    box.charger.on_change = None
    tick = box.charger.tick
    now = 100000
    tick(now)
    before = mem_alloc()
    for _ in range(50):
        now += 20
        tick(now)
    assert mem_alloc() - before < 64, mem_alloc() - before
