"""Modbus RTU master for one meter: asks for its registers in turn (see registers.py)."""

import struct

from late import load
from micropython import const

from firmware.hal.meters import crc
from firmware.hal.meters.values import Meter, scaled
from ticks import diff

_ANSWER_MS = const(400)  # 100 bytes at 9600 baud take 115, a slow meter as much to begin
_POLL_MS = const(20)
_GAP_MS = const(10)  # between an answer and the next request: at least 3.5 characters
_LONGEST = const(5 + 2 * 45)
_ECHO = const(8)  # an adapter without direction control hears the request

_READ = const(0x80)  # registers READ
_THREE = const(0x40)  # registers THREE
_F32 = const(0x08)  # registers F32
_U16 = const(0x18)  # registers U16
_S16 = const(0x28)  # registers S16
_S32 = const(0x48)  # registers S32
_U64 = const(0x58)  # registers U64
_S64 = const(0x68)  # registers S64
_SWAPPED = const(0x78)  # registers SWAPPED

_IDLE = const(0)
_WAIT = const(1)
_GAP = const(2)


class Modbus(Meter):
    """The meter `model` (a key of registers.MODELS) at `address` 1 to 247."""

    def __init__(self, port, model, address, phases, period_ms):
        models = load("firmware.hal.meters.registers").MODELS
        if model not in models:
            raise ValueError("meters: " + " ".join(sorted(models)))
        if not 1 <= address <= 247:
            raise ValueError("a Modbus address is 1 to 247")
        super().__init__(port, phases)
        self._table = models[model]
        self._address = address
        self._period = period_ms
        self._request = bytearray(_ECHO)
        self._rx = bytearray(_LONGEST + _ECHO)
        self._mv = memoryview(self._rx)
        self._fill = 0
        self._at = 0  # of the request in the table
        self._state = _IDLE
        self._since = None  # time of the last request, or of the end of an answer
        self._began = None  # time of the first request of this reading

    def tick(self, now):
        if self._state == _WAIT:
            self._listen()
            if self._state == _WAIT:
                if diff(now, self._since) < _ANSWER_MS:
                    return _POLL_MS
                self._drop()
            elif self._state == _GAP:
                self._since = now
                return _GAP_MS
        elif self._state == _GAP:
            left = _GAP_MS - diff(now, self._since)
            if left > 0:
                return left
            self._ask(now)
            return _POLL_MS
        left = 0 if self._began is None else self._period - diff(now, self._began)
        if left > 0:
            return left
        self._began = now
        self._at = 0
        self._values.begin()
        self._ask(now)
        return _POLL_MS

    def _ask(self, now):
        self._quiet()
        table = self._table
        at = self._at
        out = self._request
        struct.pack_into(
            ">BBBBH", out, 0, self._address, table[at] - _READ, table[at + 1], table[at + 2],
            table[at + 3],
        )  # fmt: skip
        struct.pack_into("<H", out, 6, crc.modbus(out, 0, 6))
        self._port.write(out)
        self._fill = 0
        self._since = now
        self._state = _WAIT

    def _quiet(self):
        # what came too late for the last request is no answer to the next
        while self._port.any():
            if not self._port.readinto(self._mv):
                return

    def _listen(self):
        port = self._port
        while port.any() and self._fill < len(self._rx):
            n = port.readinto(self._mv[self._fill :])
            if not n:
                break
            self._fill += n
        start = 0
        if self._fill >= _ECHO and self._mv[:_ECHO] == self._request:
            start = _ECHO
        rx = self._rx
        n = self._fill - start
        if n < 5:
            return
        want = 5 + 2 * self._table[self._at + 3]
        if rx[start + 1] & 0x80:
            want = 5  # an exception: the meter has no such register
        if n < want:
            return
        end = start + want
        if (
            rx[start] == self._address
            and rx[start + 1] == self._request[1]
            and rx[start + 2] == want - 5
            and crc.modbus(rx, start, end - 2) == rx[end - 2] | rx[end - 1] << 8
        ):
            self._take(start + 3)
        else:
            self._drop()

    def _drop(self):
        self.dropped += 1
        self._state = _IDLE

    def _take(self, base):
        # the values of the request that has been answered; its registers start at rx[base]
        table = self._table
        at = self._at + 4
        while at < len(table) and not table[at] & _READ:
            quantity = table[at] & 0x3F
            off = base + 2 * table[at + 1]
            form = table[at + 2] & 0xF0 | 8
            exponent = (table[at + 2] & 0x0F) - 8
            for _ in range(3 if table[at] & _THREE else 1):
                off += self._value(quantity, off, form, exponent)
                quantity += 1
            at += 3
        self._at = at
        if at < len(table):
            self._state = _GAP
        else:
            self._state = _IDLE
            self._ready = True

    def _value(self, quantity, off, form, exponent):
        # bytes taken
        if form == _F32:
            self._float(quantity, off, exponent)
            return 4
        rx = self._rx
        words = 1 if form == _U16 or form == _S16 else 4 if form == _U64 or form == _S64 else 2
        value = 0
        ones = True
        for i in range(words):
            k = off + 2 * (words - 1 - i if form == _SWAPPED else i)
            word = rx[k] << 8 | rx[k + 1]
            ones = ones and word == (0x7FFF if i == 0 and form in (_S16, _S32, _S64) else 0xFFFF)
            value = value << 16 | word
        # this is how a meter says that it has no such value
        if not ones or form == _SWAPPED:
            if form in (_S16, _S32, _S64, _SWAPPED) and value >> (16 * words - 1):
                value -= 1 << 16 * words
            self._values.put(quantity, scaled(value, exponent))
        return 2 * words

    def _float(self, quantity, off, exponent):
        rx = self._rx
        if rx[off] & 0x7F == 0x7F and rx[off + 1] & 0x80:
            self._values.spoil()  # infinite, or not a number
            return
        (value,) = struct.unpack_from(">f", rx, off)
        value = value * 10**exponent if exponent > 0 else value / 10**-exponent
        self._values.put(quantity, int(value + (0.5 if value >= 0 else -0.5)))
