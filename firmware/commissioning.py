"""Whom the wallbox trusts, and how a user says so (6.2, 6.9.4): trust list and pairing button.

Pressing the button opens a window of two minutes for one partner: the first that waits in the
hello state, or that comes within the window, is trusted (user verify). The TXT record goes on
saying register=false: this is no auto accept, a person stands at the wallbox."""

from micropython import const

from firmware import store as records
from ship.conn import HELLO
from ticks import add, diff

_WINDOW_MS = const(120000)
_PARTNER_PIN = const(8)  # from records.TRUST to records.PARTNER_PIN


class Commissioning:
    """`save(key, value)`: puts into the store, making room."""

    def __init__(self, node, store, save):
        self.node = node
        self.store = store
        self.save = save
        self.window = -1  # end of the pairing window, -1: closed
        self.pressed = False
        for key in self._keys():
            if store.get(key) is not None:
                node.trusted.append(store.get(key))

    def _keys(self):
        return range(records.TRUST, records.TRUST + records.TRUST_MAX)

    def trust(self, ski):
        """Trusts a partner from now on; `ski`: 20 bytes. Raises ship.node.TrustFull."""
        if self.node.trust(ski):
            for key in self._keys():
                if self.store.get(key) is None:
                    self.save(key, ski)
                    break

    def untrust(self, ski):
        for key in self._keys():
            if self.store.get(key) == ski:
                self.store.delete(key)
                self.store.delete(key + _PARTNER_PIN)
        self.node.untrust(ski)

    def button(self):
        self.pressed = True

    def tick(self, now):
        if self.pressed:
            self.pressed = False
            self.window = add(now, _WINDOW_MS)
        if self.window < 0:
            return -1
        if diff(now, self.window) >= 0:
            self.window = -1
            return -1
        for conn in self.node.conns:
            if conn.state == HELLO and not self.node.trusts(conn.ski):
                self.trust(conn.ski)
                self.window = -1
                return -1
        return diff(self.window, now)
