"""The wallbox as EV charger 0x02A1, or as EV charger/discharger 0x027E on a FEED_IN board.

What a controller sets becomes the limit of the origin `echonet`, an obligation among others:
operation mode 0xDA (0x44 standby and 0x47 idle pause), power 0xEB or current 0xED (the last
one written counts), power limit 0x99, amount 0xE7 (then standby, until the car has gone).
0x40, other, lifts them all. All of it is forgotten at a restart.

On 0x027E discharging (0x43) cannot be commanded: the car decides to feed back, LPP limits it.
"""

from micropython import const

from echonet import Device
from echonet.clock import WallClock
from echonet.release import table
from echonet.value import get, put
from firmware import hal as _hal
from firmware.limits import ECHONET

_CHARGE = const(0x42)
_STANDBY = const(0x44)
_BOTH = const(0x46)
_IDLE = const(0x47)
_OTHER = const(0x40)
_MAX = const(999999999)

# EPC, access (1 get, 2 set, 4 inf, 8 variable), size, since release, vehicle data
_CHARGER = (
    b"\x97\x03\x02G\0"  # current time
    b"\x98\x03\x04G\0"  # current date
    b"\x99\x03\x02G\0"  # power limit
    b"\xc5\x01\x04G\0"  # rated power
    b"\xc7\x05\x01G\0"  # vehicle connection
    b"\xc8\x01\x08G\0"  # least and greatest power
    b"\xca\x01\x04G\0"  # least and greatest current
    b"\xcc\x01\x01G\0"  # type
    b"\xcd\x02\x01G\0"  # connection confirmation
    b"\xce\x01\x04J\1"  # chargeable capacity
    b"\xcf\x01\x04J\1"  # remaining chargeable capacity
    b"\xd0\x01\x04G\1"  # used capacity
    b"\xd2\x01\x02G\0"  # rated voltage
    b"\xd3\x01\x04G\0"  # power
    b"\xd8\x01\x04G\0"  # cumulative energy charged
    b"\xda\x07\x01G\0"  # operation mode
    b"\xe2\x01\x04G\1"  # stored energy
    b"\xe4\x01\x01G\1"  # state of charge
    b"\xe6\x09\x19J\1"  # vehicle id
    b"\xe7\x03\x04J\0"  # amount to charge
    b"\xeb\x03\x04G\0"  # power to charge with
    b"\xed\x03\x02G\0"  # current to charge with
)
# on 0x027E as well; E7 came earlier there
_DISCHARGER = (
    b"\xc0\x01\x04G\1"  # dischargeable capacity
    b"\xc2\x01\x04G\1"  # remaining dischargeable capacity
    b"\xc4\x01\x01G\1"  # the same in percent
    b"\xc6\x01\x04G\0"  # rated discharge power
    b"\xc9\x01\x08G\0"  # least and greatest discharge power
    b"\xcb\x01\x04G\0"  # least and greatest discharge current
    b"\xd4\x01\x02G\0"  # current
    b"\xd5\x01\x02G\0"  # voltage
    b"\xd6\x01\x04G\0"  # cumulative energy discharged
    b"\xdb\x01\x01G\0"  # grid connection
    b"\xdc\x05\x01N\0"  # charging method
    b"\xdd\x05\x01N\0"  # discharging method
    b"\xe1\x05\x01Q\0"  # actual operation mode
    b"\xe5\x05\x01P\0"  # maintenance
)


class EvCharger(Device):
    """`access`: its `peer` names who set the limit. `control`: False makes it read-only.

    `vehicle`: None if the board cannot talk to the car; else an object with `iso15118`
    (bool: the car tells something), `soc` (percent or None), `evccid` (str or None) and
    perhaps `capacity_wh`. Without a car that tells them these values are not available.
    """

    def __init__(self, board, charger, limits, access, release, control, vehicle):
        self._feeds = board.FEED_IN
        rows = _CHARGER
        if self._feeds:
            rows = rows.replace(b"\xe7\x03\x04J", b"\xe7\x03\x04G") + _DISCHARGER
        props = table(rows, release, control, vehicle is not None)
        super().__init__(0x027E if self._feeds else 0x02A1, 1, props, release)
        self._board = board
        self._charger = charger
        self._limits = limits
        self._access = access
        self._release = release
        self._vehicle = vehicle
        self.clock = WallClock()
        self._mode = _CHARGE
        self._power = -1  # W, EB
        self._current = -1  # 0.1 A, ED
        self._limit = -1  # W, 99
        self._amount = 0  # Wh, E7
        self._from_wh = 0
        self._full = self._plugged = False  # _full: standby because the amount is reached
        self._resume = _CHARGE

    def fault(self):
        bits = self._charger.faults
        if bits & _hal.WELD:
            return 0x3E9  # needs repair
        if bits & _hal.RCD:
            return 1  # goes when the car is unplugged
        return 0x3FF if bits else 0

    def get(self, epc, buf, off):
        board = self._board
        if epc < 0xC0:
            return self._get_setting(epc, buf, off)
        if epc == 0xC7:
            n = self._connection()
        elif epc == 0xDA:
            n = self._mode
        elif epc == 0xCC:
            # 11 control pilot only; with communication (HLC) 12 charges, 13 also feeds back
            n = 0x11 if self._vehicle is None else 0x13 if self._feeds else 0x12
        elif epc == 0xC5 or epc == 0xC6:
            return put(buf, off, board.NOMINAL_W if epc == 0xC5 else board.FEED_IN_W, 4)
        elif epc == 0xC8 or epc == 0xC9:
            put(buf, off, self._watts(board.MIN_MA), 4)
            put(buf, off + 4, board.NOMINAL_W if epc == 0xC8 else board.FEED_IN_W, 4)
            return 8
        elif epc == 0xCA or epc == 0xCB:
            ma = board.MAX_MA
            if epc == 0xCB:
                ma = min(ma, board.FEED_IN_W * 10000 // (board.U_MV * board.PHASES) * 100)
            put(buf, off, board.MIN_MA // 100, 2)
            put(buf, off + 2, ma // 100, 2)
            return 4
        elif epc == 0xD2:
            return put(buf, off, board.U_MV // 1000, 2)
        elif epc == 0xD3 or epc == 0xD8:
            return self._get_measured(epc, buf, off)
        elif epc == 0xE7:
            return put(buf, off, self._amount, 4)
        elif epc == 0xEB:
            return put(buf, off, board.NOMINAL_W if self._power < 0 else self._power, 4)
        elif epc == 0xED:
            return put(buf, off, board.MAX_MA // 100 if self._current < 0 else self._current, 2)
        elif epc < 0xD4 or epc == 0xE2 or epc == 0xE4 or epc == 0xE6:
            car = self._vehicle
            if not self._charger.plugged or not car.iso15118:
                return -1
            from firmware.echonet_vehicle import get_vehicle

            return get_vehicle(car, epc, buf, off)
        elif epc < 0xDB:
            return self._get_measured(epc, buf, off)
        else:
            n = self._get_discharger(epc)
        buf[off] = n
        return 1

    def _watts(self, ma):
        board = self._board
        return ma // 100 * (board.U_MV // 100) * board.PHASES // 100

    def _connection(self):
        pilot = self._charger.pilot
        if pilot == "A":
            return 0x30
        if pilot == "C":
            return 0x41
        if pilot == "B":
            if self._charger.offered_ma[0]:
                return 0x40  # may charge and does not want to
            # not asked: unknown, which releases before J cannot say
            return 0x44 if self._release >= "J" else 0x41
        return 0x40 if self._charger.plugged else 0xFF

    def _get_measured(self, epc, buf, off):
        charger = self._charger
        if epc == 0xD8:
            return put(buf, off, charger.energy_wh % (_MAX + 1), 4)
        if epc == 0xD6:
            return put(buf, off, charger.produced_wh % (_MAX + 1), 4)
        if not charger.meter_ok:
            return -1
        if epc == 0xD3:
            w = charger.power_w
            return put(buf, off, w if self._feeds or w > 0 else 0, 4, self._feeds)
        # of a car on three phases: the first
        n = charger.draw_ma[0] // 100 if epc == 0xD4 else charger.u_mv[0] // 1000
        return put(buf, off, n, 2, True)

    def _get_discharger(self, epc):
        if epc == 0xDB:
            return 0 if self._charger.feed_in_w else 2
        if epc == 0xDC:
            return 3 if self._power >= 0 else 4 if self._current >= 0 else 1
        if epc == 0xDD:
            return 0
        if epc == 0xE5:
            return 0x41 if self._charger.faults & _hal.WELD else 0x42
        if self._charger.contactor and self._charger.power_w:
            return 0x42 if self._charger.power_w > 0 else 0x43
        return _STANDBY

    def _get_setting(self, epc, buf, off):
        clock = self.clock
        if epc == 0x97:
            buf[off] = clock.minute // 60
            buf[off + 1] = clock.minute % 60
            return 2
        if epc == 0x98:
            buf[off + 2] = clock.month
            buf[off + 3] = clock.day
            return 2 + put(buf, off, clock.year, 2)
        if epc == 0x99:
            n = self._board.NOMINAL_W if self._limit < 0 else self._limit
            return put(buf, off, min(n, 65533), 2)
        return super().get(epc, buf, off)

    def set(self, epc, mv):
        if epc == 0x81:
            return super().set(epc, mv)
        if epc == 0x97:
            return self.clock.set_time(mv[0], mv[1])
        if epc == 0x98:
            return self.clock.set_date(mv[0] << 8 | mv[1], mv[2], mv[3])
        n = get(mv, 0, len(mv))
        if epc == 0xCD:
            if n != 0x10:
                return False
            # what the confirmation found is read from C7
            self.node.changed(self, 0xC7)
            return True
        if n is None or n > _MAX:
            return False
        if epc == 0xDA:
            if n != _CHARGE and n != _STANDBY and n != _IDLE and n != _OTHER:
                if n != _BOTH or not self._feeds or self._release < "N":
                    return False
            self._mode = n
            self._full = False
            self._from_wh = self._charger.energy_wh
        elif epc == 0xEB:
            self._power = n
            self._current = -1
        elif epc == 0xED:
            self._current = n
            self._power = -1
        elif epc == 0xE7:
            self._amount = n
            self._from_wh = self._charger.energy_wh
        elif epc == 0x99:
            self._limit = n
        else:
            return False
        self._apply()
        return True

    def poll(self, now):
        self.clock.tick(now)
        charger = self._charger
        charging = self._mode == _CHARGE or self._mode == _BOTH
        if self._amount and charging and charger.energy_wh - self._from_wh >= self._amount:
            self._full = True
            self._resume = self._mode
            self._mode = _STANDBY
            self._apply()
        if self._plugged and not charger.plugged:
            # the amount was for this car; the next one may charge
            self._amount = 0
            if self._full:
                self._full = False
                self._mode = self._resume
                self._apply()
        self._plugged = charger.plugged
        super().poll(now)

    def _apply(self):
        limits = self._limits
        peer = self._access.peer
        if self._mode == _STANDBY or self._mode == _IDLE:
            limits.power(ECHONET, 0, peer)
            return
        w = self._limit
        if self._power >= 0 and not 0 <= w < self._power:
            w = self._power
        if self._mode == _OTHER or (w < 0 and self._current < 0):
            limits.clear(ECHONET)
        elif self._current < 0:
            limits.power(ECHONET, w, peer)
        else:
            ma = 100 * self._current
            if w >= 0:
                # a slot holds power or current: in amperes at the highest voltage, all phases
                volts = self._board.PHASES * max(self._board.U_MV, max(self._charger.u_mv))
                ma = min(ma, w * 10000 // volts * 100)
            limits.current(ECHONET, ma, ma, ma, peer)
