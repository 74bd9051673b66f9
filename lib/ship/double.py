"""More than one connection with the same node (6.9.3): which of them stays.

The node with the greater SKI keeps the youngest connection (SHIP-TS-CONN-01), but closes the
older ones only when the younger has shown life: its CMI is through. For ship-go keeps, whatever
its age, the one that the greater SKI has opened, and drops the other right after the upgrade;
closing at once would leave none. The node with the smaller SKI leaves it to its partner, and after
3 s pings the older ones: those without a pong are closed."""

from micropython import const

from ship.conn import HELLO
from ticks import add, diff

_WAIT_MS = const(3000)
_CLOSING = const(6)


class Doubles:
    """`ski`: ours, 20 bytes."""

    def __init__(self, node, ski):
        self.node = node
        self.ski = ski
        self.at = -1  # when the older ones are to be asked

    def changed(self, conn):
        """To be called when the state of a connection has changed."""
        if conn.state == HELLO and self._older(conn.ski, self.ski > conn.ski):
            self.at = add(conn.now, _WAIT_MS)

    def tick(self, now):
        if self.at < 0:
            return -1
        wait = diff(self.at, now)
        if wait > 0:
            return wait
        self.at = -1
        for ski in {conn.ski for conn in self.node.conns}:
            self._older(ski, False, True)
        return -1

    def _older(self, ski, close, ask=False):
        """Closes or asks the connections with `ski` that are older than the youngest one that
        lives; True when there are such."""
        some = False
        youngest = True
        for conn in reversed(self.node.conns[:]):
            if conn.ski == ski and conn.ws.open and conn.state < _CLOSING:
                if youngest:
                    youngest = conn.state < HELLO
                else:
                    some = True
                    if close:
                        conn.close()
                    elif ask:
                        conn.ask()
        return some
