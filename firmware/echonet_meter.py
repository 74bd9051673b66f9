"""The meter of the wallbox as a watt-hour meter, ECHONET Lite class 0x0280."""

from micropython import const

from echonet import Device
from echonet.release import table
from echonet.value import put

_ROWS = b"\xe0\x01\x04G\0\xe2\x01\x01G\0"
_HUNDREDTH = const(2)  # E2: E0 counts 0.01 kWh


class Meter(Device):
    def __init__(self, charger, release="R", control=True):
        super().__init__(0x0280, 1, table(_ROWS, release, control, False), release)
        self._charger = charger

    def get(self, epc, buf, off):
        if epc == 0xE0:
            return put(buf, off, self._charger.energy_wh // 10 % 100000000, 4)
        if epc == 0xE2:
            buf[off] = _HUNDREDTH
            return 1
        return super().get(epc, buf, off)
