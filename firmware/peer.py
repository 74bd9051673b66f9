"""One TCP connection: TLS first, then a SHIP connection (6.5, 6.6, 6.7)."""

import sys
import time

from micropython import const

from firmware.clock import real_ms
from firmware.slots import host
from ship.conn import CLOSED
from ticks import sooner

_RECORD = const(1024)  # own TLS records at most (6.6.3); each is out before the next is made
_CHUNK = const(256)  # what is read at a time
_UPGRADE_MS = const(10000)  # from TCP to the end of the HTTP request
_WRITE_MS = const(5000)  # a peer that does not take a message so long is gone
_MESSAGE_MS = const(10000)  # from the first byte of a message to its last
_LINGER_MS = const(500)  # for the peer to read our last words


class Peer:
    """`raw`: the TCP socket, `sock`: TLS on it, neither of them blocks. As a client the connection
    is there from the start, with the SKI that the server must have."""

    gone = False

    def __init__(self, net, raw, sock, addr, conn=None):
        self.net = net
        self.raw = raw
        self.sock = sock
        self.addr = addr
        self.host = host(addr)
        self.ski = None  # set by the verify callback, inside the handshake
        self.conn = conn
        self.connecting = conn is not None
        self.chunk = bytearray(_CHUNK)
        self.off = self.end = 0  # part of the chunk that is not taken in yet
        self.out = None  # being written
        self.sent = 0
        self.born = self.since = real_ms()  # `since`: of what the deadline is for
        self.deadline = _UPGRADE_MS

    def close(self):
        net = self.net
        self.gone = True
        net.current = None  # it would keep this object alive
        if net.sender is self:
            net.sender = None
        try:
            self.sock.close()
        except OSError:
            pass
        if self.conn:
            net.node.release(self.conn)

    def alive(self):
        """Has the peer opened its WebSocket, and does it owe us no pong?"""
        conn = self.conn
        return bool(conn) and conn.ws.open and conn.pong_at < 0 and not conn.want_ping

    def _limit(self, ms):
        """Only `ms` more until the peer is dropped; 0: no deadline."""
        self.since = real_ms()
        self.deadline = ms

    def work(self):
        """Takes in what has arrived and writes what there is to say, until one of the two has to
        wait. True when it took something in."""
        busy = False
        if self.connecting:
            return False
        try:
            while not self.gone:
                if not self._write() or (self.off == self.end and not self._read()):
                    break
                self._take()
                busy = True
        except OSError:  # what TLS and TCP raise when the peer leaves or misbehaves
            self.close()
        except Exception as e:  # a defect of ours must not take the others down
            sys.print_exception(e, sys.stderr)  # type: ignore[arg-type]
            self.close()
        return busy

    def _read(self):
        self.net.current = self
        n = self.sock.readinto(self.chunk)
        if n is None:
            return False
        if n == 0:
            self.close()
            return False
        if self.ski is None:  # the handshake is done, and there was no certificate
            self.close()
            return False
        if self.conn is None:
            if not self.net.slots.arrived(self):
                self.close()
                return False
            self.conn = self.net.node.connect(self.ski)
            self.conn.tick(self.net.clock.now())
        self.off = 0
        self.end = n
        return True

    def _take(self):
        conn = self.conn
        if conn.state == CLOSED:
            self.off = self.end
            return
        before = conn.ws.open
        self.off = conn.rx(self.chunk, self.off, self.end)
        if conn.ws.open and not before:
            self._limit(0)
        elif before:
            if not conn.ws.inside:
                if self.deadline == _MESSAGE_MS:
                    self._limit(0)
            elif not self.deadline:
                self._limit(_MESSAGE_MS)

    def _write(self):
        """True when nothing waits to be written."""
        net = self.net
        conn = self.conn
        if conn is None:
            return True
        while True:
            if self.out is None:
                if net.sender is not None:
                    return False  # another connection has the send buffer
                self.out = conn.tx()
                if self.out is None:
                    if conn.state == CLOSED and self.deadline != _LINGER_MS:
                        self._limit(_LINGER_MS)
                    return True
                net.sender = self
                self.sent = 0
                self.written = real_ms()
            n = len(self.out)
            net.current = self
            while self.sent < n:
                k = self.sock.write(self.out[self.sent : min(self.sent + _RECORD, n)])
                if k is None:
                    return False
                self.sent += k
            self.out = None
            net.sender = None

    def due(self, now):
        """Real ms until the deadline, -1: none."""
        if self.deadline:
            left = self.deadline - time.ticks_diff(now, self.since)
            if left <= 0:
                self.close()
                return 0
        else:
            left = -1
        if self.out is not None:
            rest = _WRITE_MS - time.ticks_diff(now, self.written)
            if rest <= 0:
                self.close()
                return 0
            left = sooner(left, rest)
        return left
