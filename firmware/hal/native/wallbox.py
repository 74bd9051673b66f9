"""A wallbox with everything at its own pins: what the charger sees of it (firmware.hal)."""

from firmware import hal
from firmware.hal import inputs
from firmware.hal.supervision import Supervision
from ticks import sooner

_POLL_MS = 20


class Native:
    """Pins are callables as machine.Pin; `pwm` as machine.PWM, `ntc` as machine.ADC or None,
    `meter` as in firmware.hal.meters or None. `timer` is whatever runs supervision.step().
    """

    def __init__(
        self, board, outputs, pwm, sampler, feedback, rcd, button, led, ntc, meter, feed
    ):  # fmt: skip
        self.phases = (1, 3) if len(outputs) > 1 else (board.PHASES,)
        self.vehicle = None  # it only has the pilot to talk to the car
        self._pwm = pwm
        self._feedback = feedback
        self._rcd = rcd
        self._button = button
        self._led = led
        self._ntc = ntc
        self._meter = meter
        self._cable_ma = board.CABLE_MA
        self._wanted = 0
        self._plugged = False
        self._alive = True
        self._started = False
        self.timer = None
        self.supervision = Supervision(sampler, self._leak, outputs, feed)

    def _leak(self):
        return hal.RCD if self._rcd.leaks() else 0

    def tick(self, now):
        supervision = self.supervision
        # the first call comes before the interrupt has had a chance
        if self._started and not supervision.alive():
            self._alive = False
            supervision.open()
        elif self._started:
            self._alive = True
        self._started = True
        plugged = supervision.state != hal.A
        if plugged and not self._plugged:
            self._rcd.again()
        self._plugged = plugged
        wait = sooner(_POLL_MS, self._rcd.tick(now))
        if self._wanted and self._rcd.passed and self._alive:
            supervision.want(self._wanted)
        if self._led:
            self._show()
            wait = sooner(wait, self._led.tick(now))
        if self._meter:
            wait = sooner(wait, self._meter.tick(now))
        return wait

    def _show(self):
        supervision = self.supervision
        led = self._led
        if self.faults():
            led.pattern = inputs.FAULT
        elif supervision.closed:
            led.pattern = inputs.CHARGING
        else:
            led.pattern = inputs.CAR if self._plugged else inputs.READY

    def pilot(self):
        return self.supervision.state

    def duty(self, permille):
        self.supervision.pwm = 0 < permille < 1000
        self._pwm.duty_u16(permille * 65535 // 1000)

    def contactor(self, on, phases):
        self._wanted = phases if on else 0
        if not on:
            self.supervision.want(0)

    def feedback(self):
        return not self._feedback()  # the mirror contact pulls it down

    def faults(self):
        bits = self.supervision.faults
        return bits if self._alive else bits | hal.SUPERVISION

    def cable_ma(self):
        return self._cable_ma

    def celsius(self):
        if not self._ntc:
            return None
        return inputs.ntc_celsius(self._ntc.read_u16() * 1000 >> 16)

    def measure(self, sample):
        return bool(self._meter) and self._meter.measure(sample)

    def house_ma(self, out):
        return False

    def feed_in(self, w):
        pass  # no board of this kind can feed back (tools.board refuses FEED_IN)

    def button(self):
        return not self._button()
