"""A SHIP node: identity, whom it trusts, and its connections (6.2, 6.9.4)."""

from ejson.writer import Writer
from ship.conn import Connection
from ship.ws import HEAD

MAX_TRUSTED = 8


class TrustFull(Exception):
    """The trust list has MAX_TRUSTED entries: remove one first."""


class Node:
    odd = ()  # trusted SKIs whose certificate may name another one

    def __init__(self, ship_id, send, window, new_app, on_change, random, asks_access=True):
        """`ship_id`: bytes; `send`: the send buffer that all connections share, with room for
        HEAD bytes more than the longest message; `window`: bytes of undigested message that each
        of them keeps; `new_app(conn)` makes the application of a data phase; `on_change(conn)` is
        told of every change of state; `random(n)` gives n random bytes."""
        self.ship_id = ship_id
        self.out = Writer(send, HEAD)
        self.window = window
        self.new_app = new_app
        self.on_change = on_change
        self.random = random
        self.asks_access = asks_access
        self.trusted = []  # SKIs, 20 bytes each
        self.conns = []
        self.pins = None  # ship.pin.Pins, where there is a PIN
        self.access = b""  # JSON behind our id in accessMethods: how we can be reached
        self.told = None  # function of the SKI and the URI of a partner that has one in dns

    def connect(self, ski, path=None, host=None):
        """A connection that the peer with that SKI has opened, TLS is done; or one that we open:
        with `path` and `host`, bytes for HTTP."""
        conn = Connection(self, ski, path, host)
        self.conns.append(conn)
        return conn

    def release(self, conn):
        """The socket of the connection is gone."""
        conn.lost()
        if conn in self.conns:
            self.conns.remove(conn)

    def trusts(self, ski):
        return ski in self.trusted

    def trust(self, ski):
        """True when that is news. A peer that waits for it goes on at once. Raises TrustFull."""
        if ski in self.trusted:
            return False
        if len(self.trusted) >= MAX_TRUSTED:
            raise TrustFull
        self.trusted.append(ski)
        for conn in self.conns:
            if conn.ski == ski:
                conn.trust()
        return True

    def untrust(self, ski):
        """True when the SKI was trusted. Its connections are closed with the reason
        removedConnection."""
        if ski not in self.trusted:
            return False
        self.trusted.remove(ski)
        for conn in self.conns:
            if conn.ski == ski:
                conn.close(b"removedConnection")
        return True
