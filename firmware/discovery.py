"""mDNS on the wire: the UDP socket around lib/mdns (6.4). Its time is real, never scaled."""

import socket

from micropython import const

from firmware.clock import real_ms
from firmware.net import sockaddr
from mdns import Responder
from ticks import add, diff, sooner

_PORT = const(5353)
_IP_MULTICAST_IF = const(32)
_IP_MULTICAST_TTL = const(33)
_IP_ADD_MEMBERSHIP = const(35)
_PACKET = const(1472)  # what an Ethernet frame carries
_OWN = const(1200)  # our own packets at most
_GROUP = "224.0.0.251"
_MASK = const(0x3FFFFFFF)
_AGAIN_MS = const(300000)  # some managers only find us when we speak up


class Discovery:
    """Announces one SHIP service. `host`: the IPv4 address to announce, as text; `buf`: the send
    buffer of the connections. While a message waits in it for its peer to read, mDNS is silent."""

    def __init__(self, net, host, label, instance, txt, buf):
        own = bytes(int(n) for n in host.split("."))
        self.net = net
        self.group = sockaddr(_GROUP, _PORT)
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(0, _IP_MULTICAST_IF, own)
        sock.setsockopt(0, _IP_MULTICAST_TTL, b"\xff\0\0\0")
        sock.bind(sockaddr("0.0.0.0", _PORT))
        sock.setsockopt(0, _IP_ADD_MEMBERSHIP, bytes(int(n) for n in _GROUP.split(".")) + own)
        sock.setblocking(False)
        self.sock = sock
        self.responder = Responder(label, [own], memoryview(buf)[:_OWN])
        self.responder.register(instance, "_ship._tcp", net.port, txt)
        now = real_ms() & _MASK
        self.responder.start(now)
        self.browser = None
        self.again = add(now, _AGAIN_MS)
        net.watch(sock, self._readable)
        net.real.append(self)

    def browse(self, browser):
        """Also looks for others; the browser shares the buffer."""
        self.browser = browser
        browser.start(real_ms() & _MASK)

    def _readable(self):
        while True:
            try:
                packet, source = self.sock.recvfrom(_PACKET)
            except OSError:
                return
            if not packet:
                return
            if self.net.sender is None:  # else the packet is lost, as any other may be
                now = real_ms() & _MASK
                self.responder.rx(memoryview(packet), source, _port(source), now)
                self._send()
                if self.browser:
                    self.browser.rx(memoryview(packet), source, _port(source), now)

    def _send(self):
        self._send_all(self.responder)
        if self.browser:
            self._send_all(self.browser)

    def _send_all(self, speaker):
        while True:
            packet = speaker.tx()
            if packet is None:
                return
            try:
                self.sock.sendto(packet, speaker.dest[0] if speaker.dest else self.group)
            except OSError:
                pass  # no route just now: mDNS repeats itself

    def tick(self, now):
        now &= _MASK
        if diff(now, self.again) >= 0:
            self.again = add(now, _AGAIN_MS)
            self.responder.announce(now)
        wait = self.responder.tick(now)
        if self.browser:
            wait = sooner(wait, self.browser.tick(now))
        if self.net.sender is None:  # it is the next turn of the loop that sends otherwise
            self._send()
        return sooner(wait, diff(self.again, now))

    def stop(self):
        """Goodbye (TTL 0)."""
        self.responder.stop()
        if self.net.sender is None:
            self._send()


def _port(source):
    """The port of what recvfrom says: a tuple on boards, a struct sockaddr on the unix port."""
    if isinstance(source, tuple):
        return source[1]
    return source[2] << 8 | source[3]
