"""The ways of mDNS onto the wire: when sockets come and go, and what is sent through which."""

import sys

try:
    import tls  # noqa: F401
except ImportError:
    # CPython has none, and nothing here needs it
    sys.modules["tls"] = sys

from firmware import announcer, discovery
from mdns import Browser
from support import raises

HOST = "192.0.2.7"
LATE = 5000  # ms after everything at the start has been said


class Wire:
    """The module socket, and its sockets."""

    AF_INET = SOCK_DGRAM = SOL_SOCKET = SO_REUSEADDR = 1
    SOCK_RAW = 3
    IP_ADD_MEMBERSHIP = 12
    error = False

    def __init__(self):
        self.made = []

    def socket(self, family, kind, *protocol):
        self.made.append(Sock(self, kind))
        return self.made[-1]

    def getaddrinfo(self, host, port):
        return [(0, 0, 0, "", (host, port))]


class Sock:
    def __init__(self, wire, kind):
        self.wire = wire
        self.kind = kind
        self.closed = False
        self.options = []
        self.sent = []

    def bind(self, address):
        self.options.append(address)

    def setblocking(self, flag):
        pass

    def setsockopt(self, level, option, value):
        if option == Wire.IP_ADD_MEMBERSHIP and self.wire.error:
            raise OSError(19)
        self.options.append(option)

    def connect(self, address):
        self.options.append(address)

    def send(self, data):
        self.sent.append(bytes(data))

    def sendto(self, data, address):
        self.sent.append(bytes(data))

    def close(self):
        self.closed = True


class Net:
    port = 4712
    sender = None

    def __init__(self):
        self.real = []
        self.watched = []

    def watch(self, sock, function):
        self.watched.append(sock)

    def unwatch(self, sock):
        self.watched.remove(sock)


class Setup:
    """A Discovery with time of its own on a fake wire."""

    def __init__(self, kind=discovery.Discovery, early=False):
        self.wire = Wire()
        self.old = discovery.socket, announcer.socket, discovery.sockaddr, discovery.real_ms
        discovery.socket = announcer.socket = self.wire  # type: ignore
        discovery.sockaddr = lambda host, port: (host, port)
        discovery.real_ms = lambda: self.now
        self.now = 1000
        self.net = Net()
        sock = discovery.bind() if early else None
        txt = (("txtvers", "1"),)
        self.it = kind(self.net, "box", "Box", txt, bytearray(2000), sock)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        discovery.socket, announcer.socket, discovery.sockaddr, discovery.real_ms = self.old

    def passes(self, ms):
        for _ in range(0, ms, 50):
            self.now += 50
            self.it.tick(self.now)

    def said(self, index):
        """Packets of the socket of that number: (how many questions, how many answers)."""
        packets = [p[8:] if p[:2] == b"\x14\xe9" else p for p in self.wire.made[index].sent]
        return sum(p[2] < 0x80 for p in packets), sum(p[2] >= 0x80 for p in packets)


def test_nothing_before_the_network():
    with Setup() as s:
        s.passes(LATE)
        assert s.wire.made == [] and s.it.tick(s.now) == -1


def test_announced_silent_and_announced_again():
    with Setup() as s:
        s.it.up(HOST)
        s.passes(LATE)
        assert s.said(0) == (3, 2) and s.net.watched == s.wire.made
        assert b"\xc0\x00\x02\x07" in s.wire.made[0].sent[-1]
        s.it.down()
        assert s.wire.made[0].closed and s.net.watched == []
        s.passes(LATE)
        s.it.stop()
        assert s.said(0) == (3, 2)
        s.it.up("192.0.2.8")
        s.passes(LATE)
        assert s.said(1) == (3, 2) and b"\xc0\x00\x02\x08" in s.wire.made[1].sent[-1]


def test_a_network_that_can_not_be_joined_yet():
    with Setup() as s:
        s.wire.error = True
        s.it.up(HOST)
        s.passes(LATE)
        assert [sock.closed for sock in s.wire.made] == [True] and s.net.watched == []
        s.wire.error = False
        s.passes(10000 + LATE)
        assert s.said(1) == (3, 2)


def test_a_port_taken_early_is_kept():
    with Setup(early=True) as s:
        assert len(s.wire.made) == 1 and s.net.watched == []
        s.it.up(HOST)
        s.it.down()
        s.wire.error = True  # the group was never left
        s.it.up(HOST)
        s.passes(LATE)
        assert len(s.wire.made) == 1 and not s.wire.made[0].closed
        assert s.said(0) == (3, 2)


def test_announcer():
    with Setup(announcer.Announcer) as s:
        s.it.up(HOST)
        s.it.browse(Browser("_ship._tcp", None, bytearray(512), s.it.legacy))
        raw, own = s.wire.made
        assert raw.kind == Wire.SOCK_RAW and ("224.0.0.251", 5353) in raw.options
        assert s.net.watched == [own]
        s.passes(LATE)
        assert s.said(0) == (0, 2)  # no probes: nobody would hear an objection
        assert s.said(1)[0] >= 1 and s.said(1)[1] == 0
        assert not any(packet[9] for packet in own.sent)  # nor through the other socket
        head = raw.sent[0][:8]
        assert head == b"\x14\xe9\x14\xe9" + len(raw.sent[0]).to_bytes(2, "big") + b"\0\0"
        s.passes(95000)
        assert s.said(0) == (0, 5)  # every 30 s: a record lives for 120 s
        s.it.stop()
        assert s.said(0) == (0, 6)
        s.it.down()
        assert raw.closed and own.closed


def test_the_label_of_a_host():
    assert discovery.octets(HOST) == b"\xc0\0\x02\x07"
    with raises(ValueError, ""):
        discovery.octets("box.local")
