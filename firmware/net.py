"""The only owner of sockets and TLS, and the one loop that everything runs in.

No asyncio: one poll() over all sockets, then what is due, then what is to be sent. So a timer may
jump (simulator), nothing runs between two statements, and there is one writer per connection by
construction.
Each SHIP connection has a `Peer`; see lib/ship for the protocol.
"""

import select
import socket
import sys
import time

import tls
from micropython import const

from firmware.clock import real_ms
from ship.cert import trustworthy
from ship.conn import CLOSED
from ticks import sooner

_RECORD = const(1024)  # own TLS records at most (6.6.3); each is out before the next is made
_UPGRADE_MS = const(10000)  # from TCP to the end of the HTTP request
_WRITE_MS = const(5000)  # a peer that does not take a message so long is gone
_MESSAGE_MS = const(10000)  # from the first byte of a message to its last
_LINGER_MS = const(500)  # for the peer to read our last words
_IDLE_MS = const(1000)
_NODELAY = const(1)
_REFUSED = const(-0x2700)  # MBEDTLS_ERR_X509_CERT_VERIFY_FAILED

SUITES = [
    "TLS-ECDHE-ECDSA-WITH-AES-128-GCM-SHA256",
    "TLS-ECDHE-ECDSA-WITH-AES-128-CBC-SHA256",
]


def sockaddr(host, port):
    return socket.getaddrinfo(host, port)[0][-1]


def context(role, cert, key, verify):
    """A TLS context that asks for the peer's self-signed certificate (6.6, 6.9.2)."""
    ctx = tls.SSLContext(role)
    ctx.load_cert_chain(cert, key)
    ctx.set_ciphers(SUITES)
    # no CA signs these certificates: the callback decides
    ctx.verify_mode = tls.CERT_OPTIONAL  # type: ignore[attr-defined]
    ctx.verify_callback = verify  # type: ignore[attr-defined]
    return ctx


class Peer:
    """A TCP connection: TLS first, then a SHIP connection."""

    def __init__(self, net, raw, sock, addr):
        self.net = net
        self.raw = raw
        self.sock = sock
        self.addr = addr
        self.ski = None  # set by the verify callback, inside the handshake
        self.conn = None
        self.chunk = bytearray(_RECORD)
        self.mv = memoryview(self.chunk)
        self.off = self.end = 0  # part of the chunk that is not taken in yet
        self.out = None  # being written
        self.sent = 0
        self.since = real_ms()  # of what the deadline is for
        self.deadline = _UPGRADE_MS
        self.gone = False

    def close(self):
        self.gone = True
        if self.net.sender is self:
            self.net.sender = None
        try:
            self.sock.close()
        except OSError:
            pass
        if self.conn:
            self.net.node.release(self.conn)

    def _limit(self, ms):
        """Only `ms` more until the peer is dropped; 0: no deadline."""
        self.since = real_ms()
        self.deadline = ms

    def work(self):
        """Takes in what has arrived and writes what there is to say, until one of the two has to
        wait. True when it took something in."""
        busy = False
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
        if self.conn is None:  # the handshake is done
            if self.ski is None:
                self.close()  # no certificate
                return False
            self.conn = self.net.node.accept(self.ski)
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


class Net:
    """`timers`: objects with tick(now) of the protocol clock; `real`: the same on real time, for
    what waits for packets of others."""

    def __init__(self, clock, node, cert, key, sessions):
        self.clock = clock
        self.node = node
        self.most = sessions + 1  # one more for a handshake
        self.timers = []
        self.real = []
        self.peers = []
        self.current = None  # whose handshake is running
        self.sender = None  # who has the send buffer
        self.running = True
        self.poll = select.poll()
        self.watched = []  # (file, function)
        self.server_ctx = context(tls.PROTOCOL_TLS_SERVER, cert, key, self._verify)
        self.listener = None
        self.port = 0

    def _verify(self, der, depth):
        if depth:
            return 0
        ski = trustworthy(der)
        self.current.ski = ski
        return 0 if ski else _REFUSED

    def watch(self, file, function):
        """Calls function() when `file` is readable."""
        self.poll.register(file, select.POLLIN)
        self.watched.append((file, function))

    def unwatch(self, file):
        self.poll.unregister(file)
        self.watched = [w for w in self.watched if w[0] is not file]

    def listen(self, host, port):
        """The SHIP server; with port 0 the system chooses. Sets `port`."""
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.port = port or free_port(host)
        sock.bind(sockaddr(host, self.port))
        sock.listen(2)
        sock.setblocking(False)
        self.listener = sock
        self.watch(sock, self._accept)

    def deaf(self):
        """Ends the server and all connections at once: the network is gone."""
        if self.listener:
            self.unwatch(self.listener)
            self.listener.close()
            self.listener = None
        for peer in self.peers:
            peer.close()
        self._bury()

    def _accept(self):
        try:
            raw, addr = self.listener.accept()
        except OSError:
            return
        if len(self.peers) >= self.most:
            raw.close()
            return
        raw.setblocking(False)
        try:
            raw.setsockopt(6, _NODELAY, 1)
            sock = self.server_ctx.wrap_socket(
                raw, server_side=True, do_handshake_on_connect=False
            )
        except (OSError, MemoryError):
            raw.close()
            return
        self.poll.register(raw, select.POLLIN)
        self.peers.append(Peer(self, raw, sock, addr))

    def _bury(self):
        for peer in self.peers:
            if peer.gone:
                self.poll.unregister(peer.raw)
        self.peers = [p for p in self.peers if not p.gone]

    def turn(self, most):
        """One round: waits up to `most` real ms for sockets, fires timers, sends. Real ms until
        the next."""
        for peer in self.peers:
            self.poll.modify(
                peer.raw, select.POLLIN | select.POLLOUT if peer.out is not None else select.POLLIN
            )
        for file, _ in self.poll.ipoll(most):
            for watched, function in self.watched:
                if watched is file:
                    function()
                    break
        wait = self.fire()
        now = real_ms()
        for peer in self.peers:
            if not peer.gone:
                if peer.work():
                    wait = 0  # a limit may have to reach the charger
                wait = sooner(wait, peer.due(now))
        self._bury()
        return _IDLE_MS if wait < 0 else min(wait, _IDLE_MS)

    def fire(self):
        """Everything whose time has come; real ms until the next."""
        now = self.clock.now()
        wait = -1
        for timer in self.timers:
            wait = sooner(wait, timer.tick(now))
        for conn in self.node.conns:
            wait = sooner(wait, conn.tick(now))
        if wait > 0:
            wait = self.clock.sleep_ms(wait)
        for timer in self.real:
            wait = sooner(wait, timer.tick(real_ms()))
        return wait

    def run(self):
        """Until stop()."""
        wait = 0
        while self.running:
            wait = self.turn(wait)

    def stop(self):
        """Says goodbye to all partners and ends run()."""
        for conn in self.node.conns:
            conn.close()
        for timer in self.real:
            timer.stop()
        until = time.ticks_add(real_ms(), 1200)
        while self.peers and time.ticks_diff(until, real_ms()) > 0:
            self.turn(20)
        self.running = False


def free_port(host):
    """A port that was free a moment ago. The unix port cannot ask a socket for its own."""
    for _ in range(50):
        port = 20000 + (real_ms() * 7919 + id(object())) % 20000
        sock = socket.socket()
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(sockaddr(host, port))
            return port
        except OSError:
            pass
        finally:
            sock.close()
    raise OSError("no free port")
