"""The front-end controller behind a UART, as the charger sees it (firmware.hal).

Text lines, each closed by its CRC (docs/frontend.md):

    to it, every 500 ms and at each change      P,CLOSE,OFFER,PHASES*CRC
    from it, every 200 ms and at each change    S,PILOT,CONTACTOR,FAULTS,CABLE,CELSIUS,BUTTON*CRC
"""

from micropython import const

from firmware import hal
from firmware.hal import inputs
from firmware.hal.meters.crc import modbus
from ticks import diff, sooner

_SAY_MS = const(500)
_SILENT_MS = const(1500)  # without a line for this long either side takes the other for gone
_POLL_MS = const(20)
_LONGEST = const(48)
_CHUNK = const(32)
_NOTHING = const(-999)  # a front end without temperature sensor
_STATES = b"ABCDEF"


def closed_by(line):
    """`line` (bytes) with its CRC and the end of line."""
    return b"%s*%04X\n" % (line, modbus(line, 0, len(line)))


class FrontEnd:
    """`port` as machine.UART; `meter` as in firmware.hal.meters, `button` a pin, `led` a Led."""

    def __init__(self, board, port, meter=None, button=None, led=None):
        self.phases = (1, 3) if board.PHASES == 3 else (1,)
        self.vehicle = None  # it only has the pilot to talk to the car
        self._port = port
        self._meter = meter
        self._pin = button
        self._led = led
        self._rx = bytearray(_CHUNK)
        self._line = bytearray(_LONGEST)
        self._n = 0
        self._close = 0
        self._offer = -1  # mA; 0: none (+12 V), -1: state F
        self._dirty = True
        self._said = None
        self._heard = None
        self._silent = True
        # what it said last
        self._pilot = hal.F
        self._feedback = False
        self._faults = 0
        self._cable = -1
        self._celsius = _NOTHING
        self._pressed = False

    def tick(self, now):
        self._listen(now)
        if self._heard is None:
            self._heard = now
        elif diff(now, self._heard) >= _SILENT_MS:
            self._silent = True
        if self._dirty or self._said is None or diff(now, self._said) >= _SAY_MS:
            self._dirty = False
            self._said = now
            self._port.write(
                closed_by(b"P,%d,%d,%d" % (self._close > 0, self._offer, self._close))
            )
        wait = _POLL_MS
        if self._meter:
            wait = sooner(wait, self._meter.tick(now))
        if self._led:
            bad = self.faults()
            self._led.pattern = (
                inputs.FAULT if bad else inputs.CHARGING if self._feedback
                else inputs.CAR if self._pilot != hal.A else inputs.READY
            )  # fmt: skip
            wait = sooner(wait, self._led.tick(now))
        return wait

    def _listen(self, now):
        port = self._port
        rx = self._rx
        while port.any():
            n = port.readinto(rx)
            if not n:
                return
            for i in range(n):
                byte = rx[i]
                if byte == 10:
                    if self._take(self._n):
                        self._heard = now
                        self._silent = False
                    self._n = 0
                elif self._n < _LONGEST:
                    self._line[self._n] = byte
                    self._n += 1

    def _take(self, n):
        line = self._line
        star = n - 5
        if star < 3 or line[star] != 42 or line[0] != 83:
            return False
        try:
            if int(bytes(line[star + 1 : n]), 16) != modbus(line, 0, star):
                return False
            words = bytes(line[2:star]).split(b",")
            pilot = _STATES.find(words[0])
            values = [int(word) for word in words[1:]]
        except ValueError:
            return False
        if pilot < 0 or len(words[0]) != 1 or len(values) != 5:
            return False
        self._pilot = pilot
        self._feedback = values[0] > 0
        self._faults = values[1] & 0x1FF
        self._cable = values[2]
        self._celsius = values[3]
        self._pressed = values[4] > 0
        return True

    def pilot(self):
        # nobody knows: to the charger that is a car gone wrong
        return hal.F if self._silent else self._pilot

    def duty(self, permille):
        if permille == 1000:
            ma = 0
        elif permille <= 0:
            ma = -1
        elif permille <= 850:
            ma = permille * 60
        else:
            ma = (permille - 640) * 250
        if ma != self._offer:
            self._offer = ma
            self._dirty = True

    def contactor(self, on, phases):
        close = phases if on else 0
        if close != self._close:
            self._close = close
            self._dirty = True

    def feedback(self):
        return self._feedback and not self._silent

    def faults(self):
        return hal.SUPERVISION if self._silent else self._faults

    def cable_ma(self):
        return self._cable

    def celsius(self):
        return None if self._celsius == _NOTHING else self._celsius

    def measure(self, sample):
        return bool(self._meter) and self._meter.measure(sample)

    def house_ma(self, out):
        return False

    def feed_in(self, w):
        pass  # no front end of this protocol can feed back (tools.board refuses FEED_IN)

    def button(self):
        return self._pressed or (self._pin is not None and not self._pin())
