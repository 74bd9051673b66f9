"""The wallbox as a SPINE device while it runs: use cases bound to the charger. Its entity tree is
built in firmware.entities."""

import struct

from firmware import limits as origins
from spine.session import Session
from ticks import sooner
from usecases.limitation import STATES


class LimitPort:
    """What LPC or LPP means for this wallbox: an origin of limits, and two values in the store."""

    def __init__(self, eebus, origin, key):
        self.eebus = eebus
        self.origin = origin
        self.key = key

    def stored(self, failsafe_w, failsafe_s):
        """The failsafe values that the guard has written, else those given."""
        kept = self.eebus.store.get(self.key)
        return struct.unpack("<II", kept) if kept else (failsafe_w, failsafe_s)

    def keep(self, failsafe_w, failsafe_s):
        self.eebus.save(self.key, struct.pack("<II", failsafe_w, failsafe_s))

    def limit(self, w):
        limits = self.eebus.charger.limits
        if w < 0:
            limits.clear(self.origin)
        else:
            limits.power(self.origin, w)

    def refuses(self):
        return self.eebus.charger.refuses()

    def state(self, old, new):
        self.eebus.on_state(origins.ORIGINS[self.origin], STATES[old], STATES[new])


class Eebus:
    """`serial`: bytes; `wall()`: Unix seconds or None; `on_state(use, old, new)`;
    `vehicle`: see firmware.hal."""

    def __init__(self, board, charger, store, save, serial, wall, on_state, vehicle=None):
        self.charger = charger
        self.store = store
        self.save = save
        self.on_state = on_state
        from firmware.entities import build

        self.device, self.evsecc, self.heartbeat, self.lpc, self.lpp, self.mpc, self.ev = build(
            self, board, serial, wall, vehicle
        )

    def session(self, conn):
        return Session(self.device, conn.window, conn)

    def error(self):
        """For EVSECC: the fault that stops charging, or None."""
        return self.charger.refuses()

    def tick(self, now):
        wait = self.lpc.tick(now)
        if self.lpp:
            wait = sooner(wait, self.lpp.tick(now))
        wait = sooner(wait, self.evsecc.tick(now))
        wait = sooner(wait, self.heartbeat.tick(now))
        if self.ev:
            wait = sooner(wait, self.ev.tick(now))
        if self.charger.house:
            wait = sooner(wait, self.charger.house.tick(now))
        return sooner(wait, self.mpc.tick(now))
