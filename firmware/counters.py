"""Energy counters that outlive a power cut: imported, fed back, and of the session.

A timer of Net, after the charger. They are saved when a car is unplugged, and every 0.1 kWh while
it charges: that is what a power cut may cost where the meter has no counter of its own. When the
store gets full they are saved ten times as seldom, and its last KB is left to what partners write:
room is made with the contactor open (firmware.app).
"""

import struct
from array import array

from micropython import const

from firmware.hal import A
from firmware.store import ENERGY, StoreFull

_FORMAT = "<iiiii"  # imported, fed back, session (~: it is over), offsets of the meter's counters
_STEP_WH = const(100)
_SELDOM_WH = const(1000)
_SCARCE = const(4096)  # bytes of the store
_LEAST = const(1024)


class Counters:
    """`app`: App; the charger has the saved counters from here on."""

    def __init__(self, app):
        self._app = app
        charger = app.charger
        kept = app.store.get(ENERGY)
        self._session = -1  # Wh of a session that the power cut has interrupted
        self._plugged = charger.plugged
        self._first = True
        if kept and len(kept) == struct.calcsize(_FORMAT):
            energy, produced, session, imported, exported = struct.unpack(_FORMAT, kept)
            charger.energy_wh = energy
            charger.produced_wh = produced
            charger.offset_wh = array("i", (imported, exported))
            self._session = session
            charger.session_wh = session if session >= 0 else ~session
        self._energy = charger.energy_wh
        self._saved = self._sum()

    def _sum(self):
        return self._app.charger.energy_wh + self._app.charger.produced_wh

    def tick(self, now):
        charger = self._app.charger
        if self._first:
            self._first = False
            if self._app.hal.pilot() == A:
                self._session = -1  # nobody is there: the next car is a new session
        if charger.plugged != self._plugged:
            self._plugged = charger.plugged
            if not charger.plugged:
                self._save()
            elif self._session >= 0:
                charger.session_wh = self._session + charger.energy_wh - self._energy
            self._session = -1
        free = self._app.store.free
        step = _STEP_WH if free >= _SCARCE else _SELDOM_WH
        if self._sum() - self._saved >= step and (free >= _LEAST or not charger.contactor):
            self._save()
        return -1

    def _save(self):
        charger = self._app.charger
        session = charger.session_wh if charger.plugged else ~charger.session_wh
        self._saved = self._sum()  # also when it fails: not again at once
        value = struct.pack(
            _FORMAT,
            charger.energy_wh,
            charger.produced_wh,
            session,
            charger.offset_wh[0],
            charger.offset_wh[1],
        )
        try:
            self._app.save(ENERGY, value)
        except (StoreFull, OSError):
            pass
