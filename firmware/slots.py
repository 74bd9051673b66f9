"""Who gets a place: TCP callers wait here, without TLS, until there is one (6.5.2).

A TLS session costs a board 25 KB from its first byte on, so one handshake runs at a time and a
caller is let in
- while fewer connections than `sessions` are there;
- when a connection of its own address answers no ping for 3 s: a manager that was killed is never
  locked out;
- when a stranger, whom we do not trust, has a place: beside it while the heap allows, and then
  the stranger goes as soon as the caller turns out to be trusted; else in its stead.
Everybody else is refused before TLS. A handshake that is still not done after 3 s gives way to
callers of other addresses, and addresses from which partners have come are served first.
"""

import gc

from micropython import const

from firmware.clock import real_ms
from ticks import diff

_CALLERS = const(4)  # TCP sockets that wait
_KNOWN = const(8)
_PONG_MS = const(3000)
_STALLED_MS = const(3000)
_STRANGER_MS = const(10000)  # a stranger has its place at least so long
_CALLER_MS = const(10000)  # a caller waits at most so long
_SPARE = const(50000)  # bytes of heap: a TLS session, its handshake, a connection, and some


def host(addr):
    """The IP address of what accept() says, without the port: text on boards, else bytes."""
    if isinstance(addr, tuple):
        return addr[0]
    addr = bytes(addr)  # a struct sockaddr, of IPv4 or of IPv6
    return addr[4:8] if len(addr) < 28 else addr[8:24]


class Caller:
    def __init__(self, raw, addr):
        self.raw = raw
        self.addr = addr
        self.host = host(addr)
        self.since = real_ms()
        self.asked = None  # since when a connection of the same address owes us a pong


class Slots:
    """`sessions`: how many connections there may be."""

    def __init__(self, net, sessions):
        self.net = net
        self.sessions = sessions
        self.callers = []
        self.known = []  # hosts of partners

    def call(self, raw, addr):
        """Somebody has connected."""
        caller = Caller(raw, addr)
        callers = self.callers
        known = caller.host in self.known
        if len(callers) >= _CALLERS:
            last = callers[-1]
            if not known or last.host in self.known:
                raw.close()
                return
            callers.pop().raw.close()
        callers.insert(0 if known else len(callers), caller)

    def may_dial(self):
        """Is there a place for a connection of our own? With more places than one, the last is
        left to those who call (6.5.2)."""
        n = own = 0
        for peer in self.net.peers:
            if peer.ski is None:
                return False
            n += 1
            own += peer.conn is not None and peer.conn.client
        return not self.callers and n < self.sessions and own < max(1, self.sessions - 1)

    def arrived(self, peer):
        """The SKI of a caller is known now: may it stay?"""
        stranger = self._stranger(peer)
        trusted = self.net.node.trusts(peer.ski)
        if trusted and peer.host not in self.known:
            self.known = self.known[1 - _KNOWN :]
            self.known.append(peer.host)
        if self._count() <= self.sessions:
            return True
        if not trusted or stranger is None:
            return False
        stranger.close()
        return True

    def tick(self, now):
        wait = -1
        for caller in self.callers and self.callers[:]:  # no garbage when there is nobody
            if not self._admit(caller, now):
                wait = 100
        return wait

    def stop(self):
        """Sends all callers away."""
        for caller in self.callers:
            caller.raw.close()
        self.callers.clear()

    def _count(self):
        n = 0
        for peer in self.net.peers:
            n += not peer.gone
        return n

    def _stranger(self, but=None):
        """The oldest connection of somebody whom we do not trust, or None."""
        for peer in self.net.peers:
            if peer is not but and not peer.gone and not self.net.node.trusts(peer.ski):
                return peer
        return None

    def _admit(self, caller, now):
        """True when the matter of this caller is settled, one way or the other."""
        net = self.net
        if diff(now, caller.since) > _CALLER_MS:
            return self._refuse(caller)
        for peer in net.peers:
            if peer.ski is None and not peer.gone:  # in its handshake
                if peer.host == caller.host or diff(now, peer.born) < _STALLED_MS:
                    return False
                peer.close()
        n = self._count()
        if n < self.sessions:
            return self._begin(caller)
        if n > self.sessions:
            return False
        if caller.asked is None:
            caller.asked = now
            for peer in net.peers:  # all of them: a partner may have a new address
                if peer.conn and peer.conn.ws.open:
                    peer.conn.ask()
        waiting = diff(now, caller.asked) < _PONG_MS
        for peer in net.peers:
            if peer.host == caller.host and not peer.alive():
                if waiting:
                    return False
                peer.close()
                return self._begin(caller)
        stranger = self._stranger()
        if stranger is None:
            return self._refuse(caller)
        if gc.mem_free() < _SPARE:
            gc.collect()
        if gc.mem_free() >= _SPARE:
            return self._begin(caller)
        if diff(now, stranger.born) < _STRANGER_MS:
            return False
        stranger.close()
        return self._begin(caller)

    def _begin(self, caller):
        self.callers.remove(caller)
        gc.collect()  # TLS wants blocks of 17 KB
        self.net.begin(caller.raw, caller.addr, None)
        return True

    def _refuse(self, caller):
        self.callers.remove(caller)
        caller.raw.close()
        return True
