"""A SHIP node: identity, whom it trusts, and its connections (6.2, 6.9.4)."""

from ship.conn import CLOSED, DATA, Connection

MAX_TRUSTED = 8


class TrustFull(Exception):
    """The trust list has MAX_TRUSTED entries: remove one first."""


class Node:
    """`send`: the send buffer that all connections share; `window`: bytes of undigested message that
    each of them keeps; `new_app(conn)` makes the application of a data phase; `on_change(conn)` is told
    of every change of state; `random(n)` gives n random bytes."""

    def __init__(self, ship_id, send, window, new_app, on_change, random, asks_access=True):
        self.ship_id = ship_id
        self.send = send
        self.window = window
        self.application = new_app
        self.on_change = on_change
        self.random = random
        self.asks_access = asks_access
        self.trusted = []  # SKIs, 20 bytes each
        self.conns = []

    def accept(self, ski):
        """A connection that a peer opened; TLS is done."""
        conn = Connection(self, ski)
        self.conns.append(conn)
        return conn

    def connect(self, ski, path, host):
        """A connection that we open, to the node with that SKI; `path`, `host`: bytes for HTTP."""
        conn = Connection(self, ski, True, path, host)
        self.conns.append(conn)
        return conn

    def release(self, conn):
        """The socket of the connection is gone."""
        conn.lost()
        self.on_change(conn)
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
                conn.sme.trusted()
        return True

    def untrust(self, ski):
        """True when the SKI was trusted. Its connections are closed with the reason removedConnection."""
        if ski not in self.trusted:
            return False
        self.trusted.remove(ski)
        for conn in self.conns:
            if conn.ski == ski:
                conn.close(b"removedConnection")
        return True

    def changed(self, conn):
        self.on_change(conn)

    def access(self, conn, ship_id):
        """The peer has told its SHIP ID."""
        conn.peer_id = ship_id

    def live(self):
        """Connections that exchange data."""
        return [c for c in self.conns if c.state == DATA]

    def open(self):
        return [c for c in self.conns if c.state != CLOSED]
