"""mDNS on the wire: the UDP socket around lib/mdns (6.4). Its time is real, never scaled.

`Discovery` has port 5353 of its own. Where the stock firmware has taken it, firmware/announcer.py
takes its place."""

import socket
import sys

from micropython import const

from firmware.clock import real_ms
from firmware.net import sockaddr
from mdns import Responder
from ticks import add, diff, sooner

_PORT = const(5353)
_IP_MULTICAST_IF = const(32)
_IP_MULTICAST_TTL = const(33)
_PACKET = const(1472)  # what an Ethernet frame carries
_OWN = const(1200)  # our own packets at most
_GROUP = "224.0.0.251"
_MASK = const(0x3FFFFFFF)
_RETRY_MS = const(10000)  # until the network can be joined


def octets(host):
    return bytes(int(n) for n in host.split("."))


def bind():
    """The socket of mDNS. The stock firmware of the ESP32 binds the port when its Wi-Fi gets an
    address, unless it is taken: there this comes first."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(sockaddr("0.0.0.0", _PORT))
    sock.setblocking(False)
    return sock


def outward(sock, own):
    """Multicasts of `sock` leave through the network in which we have the address `own`. A board
    has one network, and the greatest TTL from the start."""
    if sys.platform == "linux":
        sock.setsockopt(0, _IP_MULTICAST_IF, own)
        sock.setsockopt(0, _IP_MULTICAST_TTL, b"\xff\0\0\0")


class Discovery:
    """Announces one SHIP service, from up() on. `buf`: the send buffer of the connections: while a
    message waits in it for its peer to read, mDNS is silent. `sock`: as of bind(), kept for
    ever; without it the port is taken with the network."""

    legacy = False  # browsers ask from a port of their own
    again_ms = 300000  # some managers only find us when we speak up

    def __init__(self, net, label, instance, txt, buf, sock=None):
        self.net = net
        self.group = sockaddr(_GROUP, _PORT)
        self.kept = sock
        self.sock = None  # while the network is there
        self.host = None  # our address
        self.responder = Responder(label, (), memoryview(buf)[:_OWN])
        self.responder.register(instance, "_ship._tcp", net.port, txt)
        self.browsers = ()
        self.again = 0
        net.real.append(self)

    def up(self, host):
        """The network is there, with our IPv4 address `host`, as text: announces it."""
        self.down()
        self.host = host
        self.responder.set_addrs([octets(host)])
        self.again = real_ms() & _MASK
        self._start()

    def down(self):
        """The network is gone: silence."""
        if self.sock:
            self.net.unwatch(self.sock)
            self._close()
        self.host = self.sock = None

    def browse(self, browser):
        """Also looks for others; the browser shares the buffer."""
        self.browsers += (browser,)
        browser.start(real_ms() & _MASK)

    def _start(self):
        now = real_ms() & _MASK
        try:
            self.sock = self._open()
        except OSError:
            self.again = add(now, _RETRY_MS)
            return
        self.again = add(now, self.again_ms)
        self.net.watch(self.sock, self._readable)
        self.responder.start(now)
        for browser in self.browsers:
            browser.start(now)

    # the four that an other way onto the wire replaces

    def _open(self):
        """The socket to read from. Raises OSError when there is no way out."""
        own = octets(self.host)
        sock = self.kept or bind()
        try:
            outward(sock, own)
            sock.setsockopt(0, socket.IP_ADD_MEMBERSHIP, octets(_GROUP) + own)
        except OSError:
            # a kept socket is a member already when the network comes back
            if not self.kept:
                sock.close()
                raise
        return sock

    def _close(self):
        if not self.kept:
            self.sock.close()

    def _take(self, packet, source, now):
        self.responder.rx(packet, source, _port(source), now)

    def _write(self, packet, dest):
        self.sock.sendto(packet, dest or self.group)

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
                self._take(memoryview(packet), source, now)
                self._send()
                for browser in self.browsers:
                    browser.rx(memoryview(packet), source, _port(source), now)

    def _send(self):
        self._send_all(self.responder)
        for browser in self.browsers:
            self._send_all(browser)

    def _send_all(self, speaker):
        while True:
            packet = speaker.tx()
            if packet is None:
                return
            try:
                self._write(packet, speaker.dest and speaker.dest[0])
            except OSError:
                pass  # no route just now: mDNS repeats itself

    def tick(self, now):
        if not self.host:
            return -1
        now &= _MASK
        if diff(now, self.again) >= 0:
            if self.sock is None:
                self._start()
            else:
                self.again = add(now, self.again_ms)
                self.responder.announce(now)
        wait = diff(self.again, now)
        if self.sock:
            wait = sooner(wait, self.responder.tick(now))
            for browser in self.browsers:
                wait = sooner(wait, browser.tick(now))
            if self.net.sender is None:  # it is the next turn of the loop that sends otherwise
                self._send()
        return wait

    def stop(self):
        """Goodbye (TTL 0)."""
        self.responder.stop()
        if self.sock and self.net.sender is None:
            self._send()


def _port(source):
    """The port of what recvfrom says: a tuple on boards, a struct sockaddr on the unix port."""
    if isinstance(source, tuple):
        return source[1]
    return source[2] << 8 | source[3]
