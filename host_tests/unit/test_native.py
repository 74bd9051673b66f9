"""A wallbox at its own pins: HAL and charger together, against a car on the pilot."""

from board_configs import sim
from firmware import hal
from firmware.charger import Charger
from firmware.hal.inputs import CHARGING, FAULT, Led, Lock, Rcd, ntc_celsius
from firmware.hal.native.wallbox import Native
from firmware.hal.supervision import PERIOD_MS
from firmware.limits import Limits


class Board:
    CABLE_MA = -1
    FUSE_MA = 0  # nothing measures the house


for _name in dir(sim):
    if not hasattr(Board, _name):
        setattr(Board, _name, getattr(sim, _name))


class Pin:
    def __init__(self, value=0):
        self.value = value

    def __call__(self, value=None):
        if value is not None:
            self.value = value
        return self.value


class Car:
    """PWM and ADC: what the car does to the pilot. `letter`: as the car would be."""

    def __init__(self):
        self.letter = "A"
        self.diode = True
        self.duty = 65535

    def duty_u16(self, duty):
        self.duty = duty

    def sample(self):
        volts = {"A": 12, "B": 9, "C": 6, "E": 0}[self.letter]
        self.high = volts * 1000 if self.duty else -12000
        low = -12000 if self.diode or self.letter == "A" else -volts * 1000
        self.low = low if self.duty < 65000 else self.high
        return True


class Ntc:
    def __init__(self):
        self.promille = 555

    def read_u16(self):
        return self.promille * 65536 // 1000 + 30


class Rig:
    def __init__(self):
        self.car = Car()
        self.outputs = (Pin(), Pin())
        self.mirror = Pin(1)
        self.rcd_fault = Pin()
        self.rcd_test = Pin()
        self.rcd_works = True
        self.button = Pin(1)
        self.led = Pin()
        self.ntc = Ntc()
        self.welded = False
        self.stalled = False
        self.stopped = False
        self.now = 0
        self.hal = Native(
            Board, self.outputs, self.car, self.car, self.mirror,
            Rcd(self.rcd_fault, self.rcd_test), self.button, Led(self.led), self.ntc, None, None,
        )  # fmt: skip
        self.hal.measure = self._measure
        self.charger = Charger(self.hal, Board, Limits(Board))
        self.leak = 0

    def _measure(self, sample):
        return True

    def run(self, ms):
        for _ in range(ms // PERIOD_MS):
            self.now += PERIOD_MS
            self.rcd_fault.value = self.leak or (self.rcd_test.value and self.rcd_works)
            self.mirror.value = 0 if self.outputs[0].value or self.welded else 1
            if not self.stopped:
                self.hal.supervision.step()
            if not self.stalled and self.now % 20 == 0:
                self.charger.tick(self.now)
        return self

    def charge(self):
        self.run(500)
        self.car.letter = "B"
        self.run(1000)
        self.car.letter = "C"
        self.run(1000)
        assert [p.value for p in self.outputs] == [1, 1]
        assert self.charger.contactor and self.charger.faults == 0
        return self

    def is_open(self):
        return [p.value for p in self.outputs] == [0, 0]


def test_a_charge():
    rig = Rig().charge()
    assert rig.car.duty == 266 * 65535 // 1000
    assert rig.hal._led.pattern == CHARGING
    rig.car.letter = "B"
    rig.run(60)
    assert rig.is_open() and not rig.charger.contactor
    rig.car.letter = "A"
    rig.run(500)
    assert not rig.charger.plugged


def test_opens_while_the_main_loop_stands_still():
    for event in ("unplugged", "back to B", "short", "leak", "diode"):
        rig = Rig().charge()
        rig.stalled = True
        if event == "leak":
            rig.leak = 1
        elif event == "diode":
            rig.car.diode = False
        else:
            rig.car.letter = {"unplugged": "A", "back to B": "B", "short": "E"}[event]
        rig.run(30)
        assert rig.is_open(), event
        rig.leak = 0
        rig.car.diode = True
        rig.car.letter = "C"
        rig.run(2000)
        assert rig.is_open(), event  # as long as the charger has not been there


def test_supervision_that_stops():
    rig = Rig().charge()
    rig.stopped = True
    rig.run(100)
    assert rig.is_open() and rig.charger.faults & hal.SUPERVISION
    assert rig.hal._led.pattern == FAULT


def test_welded_contactor():
    rig = Rig().charge()
    rig.welded = True
    rig.car.letter = "B"
    rig.run(900)
    assert not rig.charger.faults
    rig.run(300)
    assert rig.charger.faults == hal.WELD and rig.charger.pilot == "F"
    rig.car.letter = "C"
    rig.run(20000)
    assert rig.is_open()


def test_residual_current_monitor_is_tested_before_each_charge():
    rig = Rig()
    rig.run(1000)
    assert rig.hal._rcd.passed
    rig.rcd_works = False
    rig.car.letter = "B"
    rig.run(100)
    rig.car.letter = "C"
    rig.run(1000)
    assert rig.is_open() and rig.charger.faults & hal.RCD


def test_monitor_that_does_not_let_go():
    fault, test = Pin(1), Pin()
    rcd = Rcd(fault, test)
    for now in range(0, 2000, 20):
        rcd.tick(now)
    assert rcd.leaks() and not rcd.passed and test.value == 0


def test_monitor_without_test_input():
    fault = Pin()
    rcd = Rcd(fault)
    assert rcd.passed and rcd.tick(0) == -1
    fault.value = 1
    assert rcd.leaks()


def test_temperature():
    for celsius, promille in ((-20, 905), (0, 765), (25, 500), (60, 201), (100, 65)):
        assert abs(ntc_celsius(promille) - celsius) <= 1
    assert ntc_celsius(999) is None and ntc_celsius(0) is None
    rig = Rig()
    rig.ntc.promille = 130
    assert 74 <= rig.hal.celsius() <= 76
    rig.run(1000)
    assert rig.charger.faults & hal.OVERTEMP


def test_lock():
    moves = []
    switch = Pin()
    lock = Lock(moves.append, switch)
    assert lock.tick(0) == -1
    lock.want(True)
    lock.tick(0)
    switch.value = 1
    assert lock.tick(700) == -1 and moves == [1, 0] and not lock.failed
    lock.want(False)
    lock.tick(1000)
    lock.tick(1700)
    assert moves == [1, 0, -1, 0] and lock.failed  # it is stuck


def test_button_and_led():
    rig = Rig()
    assert not rig.hal.button()
    rig.button.value = 0
    assert rig.hal.button()
    led = Led(rig.led)
    led.pattern = FAULT
    seen = []
    for now in range(0, 1024, 128):
        led.tick(now)
        seen.append(rig.led.value)
    assert seen == [1, 0] * 4
