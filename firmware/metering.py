"""What the wallbox measures, and the limits that follow from it: meter, main fuse, heat."""

from array import array

from micropython import const

from firmware import hal as _hal
from firmware import limits as _lim
from ticks import diff

# of setup
_FUSE_MA = const(0)
_UNBALANCE_MA = const(1)

_IN_USE_MA = const(500)  # a phase with less is standby, not charging
_FEWER_MS = const(10000)  # a car that starts on one phase may be about to take the others
_LONGEST_MS = const(10000)  # between two readings; keeps W ms below 2**30
_FASTEST_W = const(60000)  # no wallbox counts more than this
_JUMP_WH = const(1200)  # a coarse counter, or one that has counted on while we were off
_ODD = const(10)  # readings of a counter that make it another meter's


class Metering:
    """Base of Charger, which documents the values for readers."""

    # who measures the house connection where the hardware does not: house_ma(out) and `own`, what
    # was ours in it
    house = None
    rotation = b"\0\1\2"  # the house's phase of each of ours

    def __init__(self, hal, board, limits):
        self._hal = hal
        self._board = board
        self.limits = limits
        sample = _hal.Sample()
        for i in range(3):
            sample.mv[i] = board.U_MV  # counted with until the first reading
        self._sample = sample
        self.draw_ma = sample.ma
        self.u_mv = sample.mv
        self.p_w = sample.w
        self.power_w = 0
        self.freq_mhz = 0
        self.energy_wh = 0
        self.produced_wh = 0
        self.session_wh = 0
        self.meter_ok = False
        self.faults = 0
        self.contactor = False
        self.offered_ma = array("i", (0, 0, 0))
        self._wait = -1
        self._lost = False
        self._read_at = None  # time of the last reading
        self._imported = self._exported = 0  # W ms not in the counters yet
        # our counters less those of the meter: imported, exported
        self.offset_wh = array("i", (0, 0))
        self._odd = bytearray(2)
        self.using = board.PHASES  # phases the car uses: what a limit in watts is shared by
        self._fewer_at = None
        self._house = array("i", (0, 0, 0))
        self.setup = board.FUSE_MA, 20000  # of the installer: fuse and unbalance in mA
        self._heat = 0  # 0 cool, 1 half, 2 quarter, 3 stop

    def _need(self, ms):
        # the next tick is due in `ms` at the latest
        if 0 <= ms and (self._wait < 0 or ms < self._wait):
            self._wait = ms

    def _over(self, now, since, ms):
        # are `ms` since `since` over? If not, come back when they are
        left = ms - diff(now, since)
        if left > 0:
            self._need(left)
        return left <= 0

    def _measure(self, now):
        # True when there is a new reading
        if self._read_at is None:
            self._read_at = now
        fresh = self._hal.measure(self._sample)
        ms = diff(now, self._read_at)
        if fresh:
            self._count(max(0, ms))
            self._read_at = now
            self.meter_ok = True
            self._lost = False
            self._sum()
            self._count_phases(now)
        elif not self._lost and self._over(now, self._read_at, self._board.METER_LOST_MS):
            self._lost = True
            self.meter_ok = False
        return fresh

    def _sum(self):
        w = self.p_w
        self.power_w = w[0] + w[1] + w[2]
        self.freq_mhz = self._sample.mhz

    def _count(self, ms):
        # the meter's own counters are exact; without them the power of the last reading is
        # integrated, in whole W ms so that nothing is lost
        s = self._sample
        if s.wh >= 0:
            wh = self._step(0, s.wh, self.energy_wh, ms)
            self.energy_wh += wh
            if ms:  # not the first, which is of before
                self.session_wh += wh
        elif self.power_w > 0:
            self._imported += self.power_w * min(ms, _LONGEST_MS)
            self.energy_wh += self._imported // 3600000
            self.session_wh += self._imported // 3600000
            self._imported %= 3600000
        if s.export_wh >= 0:
            self.produced_wh += self._step(1, s.export_wh, self.produced_wh, ms)
        elif self.power_w < 0:
            self._exported -= self.power_w * min(ms, _LONGEST_MS)
            self.produced_wh += self._exported // 3600000
            self._exported %= 3600000

    def _step(self, i, wh, ours, ms):
        # Wh that a counter of the meter is further on. Ours never goes back: a counter that was
        # set or is another meter's goes on from where ours is, when it is no single bad reading
        wh += self.offset_wh[i] - ours
        odd = self._odd
        if not ours or 0 <= wh <= ms // 1000 * (_FASTEST_W // 3600) + _JUMP_WH:
            odd[i] = 0
            return wh
        odd[i] = (odd[i] + 1) % _ODD
        if not odd[i]:
            self.offset_wh[i] -= wh
        return 0

    def _count_phases(self, now):
        n = 3
        while n and abs(self.draw_ma[n - 1]) < _IN_USE_MA:
            n -= 1
        if n > self.using:
            self.use(n)
        if not n or n == self.using:
            self._fewer_at = None
        elif self._fewer_at is None:
            self._fewer_at = now
        elif diff(now, self._fewer_at) >= _FEWER_MS:
            self.use(n)

    def use(self, n):
        """The car uses `n` phases from now on."""
        if n != self.using:
            self.using = n
            self._fewer_at = None
            self.limits.dirty = True

    def _local_limits(self):
        # what the wallbox itself knows puts its own origins in
        board = self._board
        limits = self.limits
        ma = board.MAX_MA
        if self.using < 3 and 0 < self.setup[_UNBALANCE_MA] < ma:
            ma = self.setup[_UNBALANCE_MA]
        limits.current(_lim.BOARD, ma, ma, ma)
        ma = self._hal.cable_ma()
        if ma >= 0:
            limits.current(_lim.CABLE, ma, ma, ma)
        else:
            limits.clear(_lim.CABLE)
        ma = board.METER_SAFE_MA
        if self.faults & _hal.METER_LOST:
            limits.current(_lim.METER, ma, ma, ma)
        else:
            limits.clear(_lim.METER)
        if self._heat:
            ma = 0
            if self._heat < 3:
                ma = max(board.MAX_MA // (2 * self._heat), board.MIN_MA)
            limits.current(_lim.TEMPERATURE, ma, ma, ma)
        else:
            limits.clear(_lim.TEMPERATURE)

    def _fuse(self):
        # what the main fuse leaves when the rest of the house has taken its share
        if not self.setup[_FUSE_MA]:
            return
        if (self.house or self._hal).house_ma(self._house):
            self.limits.current(_lim.FUSE, self._rest(0), self._rest(1), self._rest(2))
        else:
            ma = self._board.METER_SAFE_MA
            self.limits.current(_lim.FUSE, ma, ma, ma)

    def _rest(self, i):
        # what of it is ours does not count
        rest = self.setup[_FUSE_MA] - self._house[self.rotation[i]]
        if self.house:
            rest += self.house.own[i]
        else:
            rest += self.own_ma(i)
        return max(0, rest)

    def own_ma(self, i):
        """What the car draws on a phase; without a meter what it draws at most, the offer."""
        if not self.contactor:
            return 0
        return self.draw_ma[i] if self.meter_ok else self.offered_ma[i]

    def _warm(self, tripped):
        # `tripped`: the hardware's own thermal switch. Back to full only at RESTORE_C
        board = self._board
        c = self._hal.celsius()
        heat = 0
        if tripped or (c is not None and c >= board.STOP_C):
            heat = 3
        elif c is not None:
            if c >= board.QUARTER_C:
                heat = 2
            elif c >= board.HALF_C:
                heat = 1
            if c > board.RESTORE_C and heat < self._heat:
                heat = self._heat
        self._heat = heat
        return heat == 3
