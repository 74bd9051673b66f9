"""The PINs that a wallbox keeps: its own, and those of its partners (6.9.6). Loaded where there is
one; the rules are those of ship.pin.

A partner that has entered our PIN once is not asked again, as long as it is trusted and the PIN
is the same. The number of wrong inputs outlives power cuts."""

from late import load

from firmware import store as records
from firmware.store import StoreFull
from ship.pin import Pins


class Keeper:
    """For ship.pin, over the store."""

    def __init__(self, store, save):
        self.store = store
        self.save = save

    def key(self, ski):
        """Of the record of a trusted partner, or 0."""
        for i in range(records.TRUST_MAX):
            if self.store.get(records.TRUST + i) == ski:
                return records.PARTNER_PIN + i
        return 0

    def entered(self, ski):
        kept = self.store.get(self.key(ski))
        return bool(kept) and kept[0] == 1

    def theirs(self, ski):
        kept = self.store.get(self.key(ski))
        return kept[1:] if kept else None

    def enter(self, ski):
        self._keep(self.key(ski), b"\x01" + (self.theirs(ski) or b""))
        try:
            load("firmware.trust").entered_pin(self, ski)
        except StoreFull:
            pass  # no second factor then

    def forget(self, ski):
        self._keep(self.key(ski), b"\x01" if self.entered(ski) else b"")

    def count(self, wrong):
        self._keep(records.WRONG_PINS, bytes((wrong,)) if wrong else b"")

    def forget_entered(self, ski):
        if self.entered(ski):
            pin = self.theirs(ski)
            self._keep(self.key(ski), pin and b"\0" + pin)

    def _keep(self, key, value):
        try:
            if value:
                self.save(key, value)
            else:
                self.store.delete(key)
        except StoreFull:
            pass  # room comes with the contactor open; until a reboot it holds all the same


def start(app):
    """From now on the node of `app` has PINs: those that the store holds."""
    store = app.store
    own = store.get(records.PIN)
    wrong = store.get(records.WRONG_PINS) or b"\0"
    pins = Pins(app.node, Keeper(store, app.save), own[0], own[1:], wrong[0])
    app.node.pins = pins
    app.net.timers.append(pins)
