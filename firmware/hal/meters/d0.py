"""D0 and P1 meters: text telegrams of IEC 62056-21 that the meter pushes (mode D, DSMR).

    /ISk5MT174-0001
    1-0:1.8.0*255(000123.4567*kWh)
    !

A line is read when it is whole, the telegram counts from its `/` to its `!`. A P1 meter puts
a CRC behind the `!`; others have none: what is no number, or not plausible, spoils the
reading. Bytes may carry a parity bit.
"""

from micropython import const

from firmware.hal.meters import crc, obis
from firmware.hal.meters.values import Meter, scaled

_LONGEST = const(80)  # characters of a line; a longer one has nothing that is wanted
_POLL_MS = const(50)
_CHUNK = const(64)

# from the unit in the telegram to ours, as a power of ten
_UNITS = {b"kWh": 3, b"Wh": 0, b"kW": 3, b"W": 0, b"V": 3, b"A": 3, b"Hz": 3}


class D0(Meter):
    def __init__(self, port, phases):
        super().__init__(port, phases)
        self._rx = bytearray(_CHUNK)
        self._line = bytearray(_LONGEST)
        self._n = 0  # characters of the line; _LONGEST + 1: it is too long
        self._inside = False
        self._crc = 0

    def tick(self, now):
        port = self._port
        rx = self._rx
        while port.any():
            n = port.readinto(rx)
            if not n:
                break
            for i in range(n):
                self._byte(rx[i] & 0x7F)
        return _POLL_MS

    def _byte(self, byte):
        if byte == 10:
            self._complete(self._n)
            self._n = 0
            return
        if byte == 47:
            self._n = 0  # a telegram starts, even where the last one broke off within a line
        if self._n < _LONGEST:
            self._line[self._n] = byte
            self._n += 1
        else:
            self._n = _LONGEST + 1

    def _complete(self, n):
        line = self._line
        head = line[0] if n else 0
        if head == 47:  # /
            self.dropped += self._inside
            self._inside = True
            self._crc = 0
            self._values.begin()
        elif not self._inside:
            return
        if head == 33:  # !
            self._inside = False
            if self._proved(n):
                self._ready = True
            else:
                self.dropped += 1
            return
        if n > _LONGEST:
            self._crc = -1  # a line that was not kept: the CRC can not be checked
            return
        if self._crc >= 0:
            self._crc = crc.arc(line, 0, n, self._crc)
            self._crc = crc.arc(b"\n", 0, 1, self._crc)
        if head != 47:
            self._parse(n)

    def _proved(self, n):
        # the CRC over all from / to !, when there is one
        try:
            given = int(bytes(self._line[1:5]), 16) if n >= 5 else -1
        except ValueError:
            given = -1
        if given < 0 or self._crc < 0:
            return True
        return given == crc.arc(b"!", 0, 1, self._crc)

    def _parse(self, n):
        line = self._line
        open_at = line.find(b"(", 0, n)
        star = line.find(b"*", open_at, n)
        close = line.find(b")", star, n)
        if open_at < 0 or star < 0 or close < 0:
            return
        unit = _UNITS.get(bytes(line[star + 1 : close]))
        start = line.find(b":", 0, open_at) + 1  # behind A-B:, which may be left out
        code = bytes(line[start:open_at]).split(b"*")[0].split(b".")
        if unit is None or len(code) < 2:
            return
        try:
            c = int(code[0])
            d = int(code[1])
            e = int(code[2]) if len(code) > 2 else 0
        except ValueError:
            return  # C.1 and the like
        if not obis.wanted(c, d):
            return
        number = bytes(line[open_at + 1 : star])
        point = number.find(b".")
        decimals = 0 if point < 0 else len(number) - 1 - point
        try:
            value = int(number.replace(b".", b""))
        except ValueError:
            self._values.spoil()
            return
        obis.take(self._values, c, d, e, scaled(value, unit - decimals))
