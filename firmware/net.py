"""The only owner of sockets and TLS, and the one loop that everything runs in.

No asyncio: one poll() over all sockets, then what is due, then what is to be sent. So a timer may
jump (simulator), nothing runs between two statements, and there is one writer per connection by
construction.
Each SHIP connection has a `Peer`; see lib/ship for the protocol.
"""

import gc
import select
import socket
import time

import tls
from late import load
from micropython import const

from firmware.clock import real_ms
from firmware.peer import Peer
from firmware.slots import Slots
from ticks import sooner

_IDLE_MS = const(1000)
_NODELAY = const(1)
_REFUSED = const(-0x2700)  # MBEDTLS_ERR_X509_CERT_VERIFY_FAILED

SUITES = [
    "TLS-ECDHE-ECDSA-WITH-AES-128-GCM-SHA256",
    "TLS-ECDHE-ECDSA-WITH-AES-128-CBC-SHA256",
]


def sockaddr(host, port):
    return socket.getaddrinfo(host, port)[0][-1]


class Net:
    """`identity()`: certificate and private key, DER; TLS keeps its own copies.

    `timers`: objects with tick(now) of the protocol clock; `real`: the same on real time, for
    what waits for packets of others."""

    def __init__(self, clock, node, identity, sessions):
        self.clock = clock
        self.node = node
        self.timers = []
        self.peers = []
        self.slots = Slots(self, sessions)
        self.real = [self.slots]  # type: list
        self.current = None  # whose handshake is running
        self.vouch = None  # function of the SKI and the certificate that a peer has shown
        self.sender = None  # who has the send buffer
        self.running = True
        self.poll = select.poll()
        self.watched = []  # (file, function)
        self.identity = identity
        self.server_ctx = self.context(tls.PROTOCOL_TLS_SERVER)
        self.client_ctx = None  # of the dialer
        self.listener = None
        self.port = 0

    def context(self, role):
        """A TLS context that asks for the peer's self-signed certificate (6.6, 6.9.2)."""
        ctx = tls.SSLContext(role)
        ctx.load_cert_chain(*self.identity())
        ctx.set_ciphers(SUITES)
        # no CA signs these certificates: the callback decides
        ctx.verify_mode = tls.CERT_OPTIONAL  # type: ignore[attr-defined]
        ctx.verify_callback = self._verify  # type: ignore[attr-defined]
        return ctx

    def _verify(self, der, depth):
        if depth:
            return 0
        peer = self.current
        ski = load("ship.cert").trustworthy(der, self.node.odd)
        if peer.conn and ski != peer.conn.ski:
            ski = None  # somebody else answers at that address
        peer.ski = ski
        if ski and self.vouch:
            self.vouch(ski, der)
        return 0 if ski else _REFUSED

    def watch(self, file, function):
        """Calls function() when `file` is readable."""
        self.poll.register(file, select.POLLIN)
        self.watched.append((file, function))

    def unwatch(self, file):
        self.poll.unregister(file)
        self.watched = [w for w in self.watched if w[0] is not file]

    def listen(self, host, port):
        """The SHIP server."""
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.port = port
        sock.bind(sockaddr(host, port))
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
        self.slots.stop()
        for peer in self.peers:
            peer.close()
        self._bury()

    def _accept(self):
        try:
            raw, addr = self.listener.accept()
        except OSError:
            return
        self.slots.call(raw, addr)

    def begin(self, raw, addr, conn):
        """TLS on a TCP connection; `conn`: the one that we open. True when it has begun."""
        ctx = self.client_ctx if conn else self.server_ctx
        raw.setblocking(False)
        try:
            raw.setsockopt(6, _NODELAY, 1)
            sock = ctx.wrap_socket(raw, server_side=conn is None, do_handshake_on_connect=False)
        except (OSError, MemoryError):
            raw.close()
            if conn:
                self.node.release(conn)
            return False
        self.poll.register(raw, select.POLLIN)
        self.peers.append(Peer(self, raw, sock, addr, conn))
        return True

    def _bury(self):
        for peer in self.peers:
            if peer.gone:
                self.poll.unregister(peer.raw)
        self.peers = [p for p in self.peers if not p.gone]

    def turn(self, most):
        """One round: waits up to `most` real ms for sockets, fires timers, sends. Real ms until
        the next."""
        for peer in self.peers:
            events = select.POLLOUT if peer.connecting else select.POLLIN
            if peer.out is not None:
                events |= select.POLLOUT
            self.poll.modify(peer.raw, events)
        for file, _ in self.poll.ipoll(most):
            for watched, function in self.watched:
                if watched is file:
                    try:
                        function()
                    except MemoryError:  # a packet may be lost, the wallbox goes on
                        gc.collect()
                    break
            else:
                for peer in self.peers:
                    if peer.raw is file:
                        peer.connecting = False
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
            try:
                wait = sooner(wait, timer.tick(real_ms()))
            except MemoryError:  # it says less to the network, the wallbox goes on
                gc.collect()
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
