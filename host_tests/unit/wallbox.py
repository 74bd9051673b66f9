"""A charger on a simulated plant, driven through protocol time without a clock."""

from board_configs import sim
from firmware.charger import Charger
from firmware.hal.sim.plant import Plant
from firmware.limits import Limits
from ticks import add

START = 2**30 - 4000  # every test runs over the wrap of the ticks


class Wallbox:
    def __init__(self, board=sim, start=START):
        self.now = start
        self.plant = Plant(board)
        self.limits = Limits(board)
        self.charger = Charger(self.plant, board, self.limits)
        self.mask = 0
        self.charger.on_change = self._changed
        self.run(0)

    def _changed(self, mask):
        self.mask |= mask

    def run(self, ms):
        """Let `ms` pass, ticking when the charger asks for it and at both ends."""
        while True:
            wait = self.charger.tick(self.now)
            assert wait != 0, "a tick that is due at once never lets time pass"
            if ms <= 0:
                return
            if wait < 0 or wait > ms:
                wait = ms
            self.now = add(self.now, wait)
            ms -= wait

    def until(self, what, ms=60000):
        """Tick every 10 ms until `what()`; the ms it took."""
        for past in range(0, ms, 10):
            self.run(0)
            if what():
                return past
            self.now = add(self.now, 10)
        raise AssertionError("still not after so many ms: " + str(ms))

    def charge(self, draw_ma=(16000, 16000, 16000)):
        self.plant.plug()
        self.plant.ev("C", draw_ma)
        self.run(3000)
        assert self.charger.contactor

    def fault(self, name, on=True):
        self.plant.fault(name, on)
        self.run(0)

    def has(self, bit):
        return bool(self.charger.faults & bit)
