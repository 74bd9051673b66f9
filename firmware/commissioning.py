"""Whom the wallbox trusts, and how a user says so (6.2, 6.9.4): trust list and pairing button.

Pressing the button opens a window of two minutes for one partner: the first that waits in the
hello state, or that comes within the window, is trusted (user verify). The TXT record goes on
saying register=false: this is no auto accept, a person stands at the wallbox."""

from late import load
from micropython import const

from firmware import store as records
from ship.conn import HELLO
from ticks import add, diff

_WINDOW_MS = const(120000)
_USER_VERIFY = const(32)  # Table 30


class Commissioning:
    """`save(key, value)`: puts into the store, making room."""

    def __init__(self, node, store, save):
        self.node = node
        self.store = store
        self.save = save
        self.window = -1  # end of the pairing window, -1: closed
        self.pressed = False
        for key in range(records.TRUST, records.TRUST + records.TRUST_MAX):
            if store.get(key) is not None:
                node.trusted.append(store.get(key))

    def trust(self, ski, level=_USER_VERIFY):
        """Trusts a partner from now on; `ski`: 20 bytes; `level`: user trust of Table 30. Raises
        ship.node.TrustFull, StoreFull."""
        load("firmware.trust").add(self, ski, level)

    def untrust(self, ski):
        load("firmware.trust").remove(self, ski)

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
