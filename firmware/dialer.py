"""Connections of our own: when to open one, and when to try again (6.3, 6.5.4).

A partner is dialled while we trust it and have no connection with it. The waits before the first,
second and every later attempt are random, within 3 s, 3 to 10 s and 10 to 20 s, so that two nodes
which dial each other do not do so for ever at the same moment."""

import socket

import tls
from late import load
from micropython import const

from firmware.net import sockaddr
from ship.conn import DATA
from ticks import add, diff, sooner

_MOST = const(8)
_IN_PROGRESS = const(115)  # errno of a connect() that has only begun
_WAITS = ((0, 3000), (3000, 10000), (10000, 20000))


class Target:
    def __init__(self, ski, hosts, port, path, found):
        self.ski = ski
        self.found = found  # by mDNS, not configured
        self.hosts = hosts
        self.port = port
        self.path = path
        self.name = None  # (host, port, path) that the node has told of itself
        self.tries = 0
        self.at = -1  # of the next attempt, -1: none planned


class Dialer:
    """`random(n)`: n random bytes."""

    def __init__(self, net, random):
        self.net = net
        self.random = random
        self.targets = []
        net.node.told = self.told
        net.client_ctx = net.context(tls.PROTOCOL_TLS_CLIENT)

    def add(self, ski, hosts, port, path=b"/ship/", found=False):
        """Dial this node from now on, its addresses in turn; new ones of a known node replace the
        old. When there are too many, one that we do not trust is forgotten."""
        targets = self.targets
        for target in targets:
            if target.ski == ski:
                if port != target.port or hosts != target.hosts:
                    self._moved(target)
                target.hosts, target.port, target.path = hosts, port, path
                return
        if len(targets) == _MOST:
            for target in targets:
                if not self.net.node.trusts(target.ski):
                    targets.remove(target)
                    break
            else:
                return
        targets.append(Target(ski, hosts, port, path, found))

    def told(self, ski, uri):
        """A partner says in accessMethods how DNS knows it: one more address, behind the others,
        because to look a name up keeps the wallbox waiting."""
        name = load("firmware.uri").address(uri)
        if name:
            for target in self.targets:
                if target.ski == ski:
                    target.name = name
                    return
            self.add(ski, [], name[1], name[2], True)
            for target in self.targets:
                if target.ski == ski:
                    target.name = name

    def _moved(self, target):
        """What failed at the old address says nothing of the new one, and a connection to the old
        one may be dead."""
        target.tries = 0
        target.at = -1
        for peer in self.net.peers:
            conn = peer.conn
            if conn and conn.ski == target.ski:
                if peer.connecting:
                    peer.close()
                elif conn.ws.open:
                    conn.ask()

    def gone(self, ski):
        """The announcement of that node has gone: a configured one is still dialled."""
        self.targets = [t for t in self.targets if t.ski != ski or not t.found]

    def tick(self, now):
        wait = -1
        node = self.net.node
        for target in self.targets:
            conn = None
            for c in node.conns:
                if c.ski == target.ski:
                    conn = c
            if conn:
                target.at = -1
                if conn.state == DATA:
                    target.tries = 0
            elif node.trusts(target.ski):
                if target.at < 0:
                    low, high = _WAITS[min(target.tries, 2)]
                    r = self.random(2)
                    target.at = add(now, low + (high - low) * (r[0] << 8 | r[1]) // 65536)
                elif diff(now, target.at) >= 0:
                    target.at = -1
                    self._dial(target)
                    target.tries += 1
                    return 0
                wait = sooner(wait, diff(target.at, now))
        return wait

    def _dial(self, target):
        net = self.net
        if not net.slots.may_dial():
            return
        n = target.tries % (len(target.hosts) + bool(target.name))
        if n < len(target.hosts):
            host, port, path = target.hosts[n], target.port, target.path
        else:
            host, port, path = target.name
        try:
            addr = sockaddr(host, port)
            raw = socket.socket()
        except OSError:
            return
        raw.setblocking(False)
        try:
            raw.connect(addr)
        except OSError as e:
            if e.errno != _IN_PROGRESS:
                raw.close()
                return
        name = "%s:%d" % (host, port)
        net.begin(raw, addr, net.node.connect(target.ski, path, name.encode()))
