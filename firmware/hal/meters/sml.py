"""SML meters (Smart Message Language, transport version 1), as they push it every few seconds.

The telegram is kept whole until its checksum has been seen: a value is used only then. Of its
messages only the list entries with an OBIS code are looked at, wherever they stand.
"""

from micropython import const

from firmware.hal.meters import crc, obis
from firmware.hal.meters.values import Meter, scaled

_LONGEST = const(1024)
_POLL_MS = const(50)  # 48 bytes at 9600 baud: the receive buffer of a UART holds 256
_ESCAPE = b"\x1b\x1b\x1b\x1b"
_START = b"\x01\x01\x01\x01"
_ENTRY = b"\x77\x07\x01\x00"  # a list of seven; its first is an OBIS code of electricity

# units (DLMS), and the power of ten from them to ours
_W = const(27)
_WH = const(30)
_A = const(33)
_V = const(35)
_HZ = const(44)


class Sml(Meter):
    def __init__(self, port, phases):
        super().__init__(port, phases)
        self._rx = bytearray(_LONGEST)
        self._mv = memoryview(self._rx)
        self._fill = 0
        self._seen = 0  # escapes before it have been dealt with
        self._inside = False  # the start of a telegram is at 0

    def tick(self, now):
        port = self._port
        while port.any():
            n = port.readinto(self._mv[self._fill :])
            if not n:
                break
            self._fill += n
            self._scan()
            if self._fill == _LONGEST:
                self._restart(_LONGEST - 7)  # an escape may have begun
        return _POLL_MS

    def _restart(self, at):
        # what follows `at` moves to the front; the telegram before it is lost
        self.dropped += self._inside
        self._move(at)

    def _move(self, at):
        left = self._fill - at
        self._mv[:left] = self._mv[at : self._fill]
        self._fill = left
        self._seen = 0
        self._inside = False

    def _scan(self):
        rx = self._rx
        while True:
            at = rx.find(_ESCAPE, self._seen, self._fill)
            if at < 0:
                self._seen = max(self._seen, self._fill - 3)
                return
            self._seen = at
            if at + 8 > self._fill:
                return
            kind = self._mv[at + 4 : at + 8]
            if kind == _START:
                self._restart(at)
                self._inside = True
                self._seen = 8
            elif self._inside and kind == _ESCAPE:
                self._seen = at + 8  # four such bytes in the data
            elif kind[0] == 0x1B or not self._inside:
                self._seen = at + 1
            elif kind[0] == 0x1A:
                self._end(at + 8)
            else:
                self._restart(at + 4)

    def _end(self, end):
        rx = self._rx
        if crc.x25(rx, 0, end - 2) == rx[end - 2] | rx[end - 1] << 8:
            self._values.begin()
            self._ready = True
            self._entries(end - 8)
        else:
            self.dropped += 1
        self._move(end)

    def _entries(self, end):
        rx = self._rx
        at = rx.find(_ENTRY, 8, end)
        while at >= 0:
            c = rx[at + 4]
            d = rx[at + 5]
            e = rx[at + 6]
            at += 8
            if obis.wanted(c, d):
                try:
                    self._entry(at, end, c, d, e)
                except ValueError:
                    self._values.spoil()
            at = rx.find(_ENTRY, at, end)

    def _entry(self, at, end, c, d, e):
        # status, time, unit, scaler, value
        at = self._skip(self._skip(at, end), end)
        unit = self._integer(at, end)
        at = self._skip(at, end)
        scaler = self._integer(at, end)
        value = self._integer(self._skip(at, end), end)
        if value is None:
            return
        if unit == _A or unit == _V or unit == _HZ:
            scaler += 3
        elif unit != _W and unit != _WH:
            return
        if not -12 <= scaler <= 9:
            raise ValueError("scaler")
        obis.take(self._values, c, d, e, scaled(value, scaler))

    def _skip(self, at, end):
        # offset behind the element at `at`. Raises ValueError when it is not whole
        rx = self._rx
        count = 1
        while count:
            if at >= end:
                raise ValueError("element")
            head = rx[at]
            n = head & 15
            size = 1
            while head & 0x80:  # length in more than one byte
                if at + size >= end:
                    raise ValueError("length")
                head = rx[at + size]
                n = n << 4 | head & 15
                size += 1
            count -= 1
            if rx[at] & 0x70 == 0x70:
                count += n
                at += size
            else:
                at += max(n, 1)
            if count > end - at:
                raise ValueError("list")
        return at

    def _integer(self, at, end):
        # the int at `at`, 0 for an absent optional one, None for what is no number
        rx = self._rx
        kind = rx[at] & 0xF0
        if rx[at] == 1:
            return 0
        if kind != 0x50 and kind != 0x60:
            return None
        stop = at + (rx[at] & 15)
        if stop > end or stop == at + 1:
            raise ValueError("number")
        value = 0
        for i in range(at + 1, stop):
            value = value << 8 | rx[i]
        if kind == 0x50 and rx[at + 1] & 0x80:
            value -= 1 << 8 * (stop - at - 1)
        return value
