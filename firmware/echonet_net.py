"""ECHONET Lite on the wire: the UDP sockets around lib/echonet (clause 7).

Answers are sent at once, to port 3610 of the sender whatever port it sent from. The timers of the
node run on protocol time, because what it commands (amount to charge) does.
"""

import socket
import sys

from micropython import const

from echonet import GROUP, GROUP_6, PORT
from firmware import store as records
from firmware.echonet import create
from firmware.net import sockaddr
from firmware.store import StoreFull
from ticks import add, diff, sooner

_GROUP = b"\xe0\0\x17\0"
_IP_MULTICAST_IF = const(32)
_MOST = const(512)  # bytes of a datagram; a request for all properties has 72
_AT_ONCE = const(8)  # datagrams taken in before the others have their turn
_RETRY_MS = const(10000)  # until the network can be joined
_WRITES = const(8)  # locations stored at once; flash must outlive a controller gone mad ...
_WRITE_MS = const(60000)  # ... so only one more in this time


class EchonetNet:
    """The node of `app` at the address `host` (text). `mode`: see firmware.echonet.

    An IPv6 address is a link-local one; on a PC with its zone, such as fe80::1%eth0.
    """

    def __init__(self, app, host, mode):
        self.app = app
        board = app.board
        self.node = create(
            board,
            app.charger,
            app.limits,
            mode,
            app.ski[:10],  # never changes, and no other wallbox has it
            app.serial.encode()[-12:],
            app.store.get(records.ECHONET_MAKER) or board.ECHONET_MAKER,
            board.ECHONET_RELEASE,
            board.ECHONET_CONTROLLERS,
            app.hal if board.FEED_IN else None,
            board.ECHONET_METER,
            moved=self._moved,
            buf=bytearray(_MOST),
        )
        self._restore(app.store.get(records.ECHONET))
        self.writes = _WRITES
        self.written = 0
        self.group = None  # where notifications go
        self.source = None  # of the last datagram
        self.addr = None  # what the node is given for it: (address as text, where to answer)
        self.socks = []
        self.host = None
        self.retry = app.clock.now()
        app.net.timers.append(self)
        self.up(host)

    def up(self, host):
        """The network is there, with the own address `host`: joins the group and announces."""
        self.down()
        self.host = host
        self.retry = self.app.clock.now()
        self._open()

    def down(self):
        """The network is gone."""
        for sock in self.socks:
            self.app.net.unwatch(sock)
            sock.close()
        self.socks = []
        self.host = None

    def _open(self):
        host = self.host
        family = socket.AF_INET
        place = "0.0.0.0"
        group = GROUP
        if ":" in host:
            family = socket.AF_INET6
            place = "::"
            group = GROUP_6 + host[len(host.partition("%")[0]) :]
        places = (place,)
        if self.app.board.NETWORK == "host":
            # several addresses on one machine: each its own node or controller
            places = (host, group)
        socks = []
        try:
            self.group = sockaddr(group, PORT)
            for place in places:
                sock = socket.socket(family, socket.SOCK_DGRAM)
                socks.append(sock)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                sock.bind(sockaddr(place, PORT))
                sock.setblocking(False)
            if group == GROUP:
                own = bytes(int(n) for n in host.split("."))
                if len(places) > 1:
                    socks[0].setsockopt(0, _IP_MULTICAST_IF, own)
                sock.setsockopt(0, socket.IP_ADD_MEMBERSHIP, _GROUP + own)
        except OSError:
            # no route or no address yet: tried again
            for sock in socks:
                sock.close()
            return
        for sock in socks:
            self.app.net.watch(sock, self._readable)
        self.socks = socks
        self.node.announce()

    def _readable(self):
        for sock in self.socks:
            for _ in range(_AT_ONCE):
                try:
                    frame, source = sock.recvfrom(_MOST)
                except OSError:
                    break
                try:
                    self.node.rx(frame, self._addr(source), self.app.clock.now())
                except Exception as e:  # a defect of ours must not take the others down
                    sys.print_exception(e, sys.stderr)  # type: ignore[arg-type]
                self._send()

    def _addr(self, source):
        if source != self.source:
            self.source = source
            if isinstance(source, tuple):
                self.addr = (source[0], (source[0], PORT))
            else:  # struct sockaddr of the unix port
                dest = bytearray(source)
                dest[2] = PORT >> 8
                dest[3] = PORT & 0xFF
                parts = socket.sockaddr(source)  # type: ignore[attr-defined]
                self.addr = (socket.inet_ntop(parts[0], parts[1]), dest)  # type: ignore[attr-defined]
        return self.addr

    def _send(self):
        node = self.node
        sock = self.socks[0]
        while True:
            frame = node.tx()
            if frame is None:
                return
            dest = node.dest[1] if node.dest else self.group
            try:
                sock.sendto(frame, dest)
            except OSError:
                pass  # no route just now: controllers ask again

    def tick(self, now):
        if self.writes < _WRITES and diff(now, self.written) >= _WRITE_MS:
            self.writes += 1
            self.written = now
        wait = self.node.tick(now)
        if self.socks:
            self._send()
        elif self.host:
            left = diff(add(self.retry, _RETRY_MS), now)
            if left <= 0 or left > _RETRY_MS:
                self.retry = now
                self._open()
            wait = sooner(wait, _RETRY_MS)
        return wait

    # the locations of all objects are one record: length and bytes of each

    def _restore(self, data):
        at = 0
        if data:
            for obj in self.node.objects[1:]:
                if at < len(data):
                    obj.location = data[at + 1 : at + 1 + data[at]]
                    at += 1 + data[at]

    def _moved(self, location):
        """Stores what a controller has set; False refuses it."""
        if not self.writes:
            return False
        data = bytearray()
        for obj in self.node.objects[1:]:
            data.append(len(obj.location))
            data.extend(obj.location)
        try:
            self.app.save(records.ECHONET, data)
        except StoreFull:
            return False
        if self.writes == _WRITES:
            self.written = self.app.clock.now()
        self.writes -= 1
        return True
