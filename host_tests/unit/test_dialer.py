"""When partners are dialled, and where (6.3, 6.5.4), against fake sockets."""

import sys

try:
    import tls  # noqa: F401
except ImportError:
    # CPython has none, and nothing here needs it
    sys.modules["tls"] = sys

from firmware import dialer
from firmware.uri import address
from ship.conn import DATA

SKI = b"S" * 20
OTHER = b"O" * 20


class Socket:
    """Connects at once."""

    def setblocking(self, on):
        pass

    def connect(self, addr):
        pass


class Conn:
    class ws:
        open = True

    def __init__(self, ski):
        self.ski = ski
        self.state = 0
        self.asked = False

    def ask(self):
        self.asked = True


class Peer:
    def __init__(self, conn, connecting):
        self.conn = conn
        self.connecting = connecting
        self.gone = False

    def close(self):
        self.gone = True


class Node:
    def __init__(self):
        self.conns = []
        self.trusted = [SKI]
        self.told = None

    def trusts(self, ski):
        return ski in self.trusted

    def connect(self, ski, path, host):
        self.conns.append(Conn(ski))
        return self.conns[-1]


class Net:
    """Also the Slots that a Dialer asks; `dialled` has the addresses."""

    def __init__(self):
        self.node = Node()
        self.slots = self
        self.peers = []
        self.room = True
        self.dialled = []

    def context(self, role):
        return None

    def may_dial(self):
        return self.room

    def begin(self, raw, addr, conn):
        self.dialled.append(addr)


class Bench:
    """`share` of each span is waited, 0 to 255 of 256."""

    def __init__(self, share=128):
        dialer.tls = self
        dialer.socket = self
        dialer.sockaddr = lambda host, port: (host, port)
        self.net = Net()
        self.now = 0
        self.dialer = dialer.Dialer(self.net, lambda n: bytes([share] * n))

    PROTOCOL_TLS_CLIENT = 0

    def socket(self):
        return Socket()

    def wait(self, most=60):
        """Seconds until the next attempt, which fails at once."""
        dialled = len(self.net.dialled)
        for second in range(most):
            if self.dialer.tick(self.now) == 0:
                self.dialer.tick(self.now)
            if len(self.net.dialled) > dialled:
                self.net.node.conns.clear()
                return second
            self.now += 1000
        return None


def test_waits_grow():
    for share, waits in ((0, [0, 3, 10, 10]), (255, [3, 10, 20, 20])):
        bench = Bench(share)
        bench.dialer.add(SKI, ["a"], 1)
        assert [bench.wait() for _ in range(4)] == waits


def test_addresses_in_turn():
    bench = Bench()
    bench.dialer.add(SKI, ["a", "b"], 1)
    for _ in range(3):
        bench.wait()
    assert bench.net.dialled == [("a", 1), ("b", 1), ("a", 1)]


def test_a_new_address_is_dialled_as_a_new_node_is():
    for hosts, port in ((["b"], 1), (["a"], 2)):
        bench = Bench(255)
        bench.dialer.add(SKI, ["a"], 1)
        for _ in range(3):
            bench.wait()
        bench.dialer.tick(bench.now)  # the next attempt is planned
        bench.dialer.add(SKI, hosts, port)
        assert bench.wait() == 3
        assert bench.net.dialled[-1] == (hosts[0], port)


def test_a_new_address_makes_us_doubt_the_old_connections():
    bench = Bench()
    bench.dialer.add(SKI, ["a"], 1)
    begun, live, other = [
        Peer(Conn(ski), connecting)
        for ski, connecting in ((SKI, True), (SKI, False), (OTHER, False))
    ]
    bench.net.peers += [begun, live, other, Peer(None, False)]
    bench.dialer.add(SKI, ["a"], 1)
    assert not begun.gone and not live.conn.asked
    bench.dialer.add(SKI, ["b"], 1)
    assert begun.gone and not live.gone and live.conn.asked
    assert not other.gone and not other.conn.asked


def test_the_same_address_again_changes_nothing():
    bench = Bench(255)
    bench.dialer.add(SKI, ["a"], 1)
    for _ in range(2):
        bench.wait()
    bench.dialer.tick(bench.now)
    bench.dialer.add(SKI, ["a"], 1)
    assert bench.wait() == 20


def test_data_exchange_ends_the_back_off():
    bench = Bench(255)
    bench.dialer.add(SKI, ["a"], 1)
    for _ in range(3):
        bench.wait()
    conn = bench.net.node.connect(SKI, b"/", b"")
    assert bench.wait(30) is None
    conn.state = DATA
    assert bench.wait(1) is None
    bench.net.node.conns.clear()
    assert bench.wait() == 3


def test_nobody_who_is_not_trusted():
    bench = Bench()
    bench.dialer.add(OTHER, ["a"], 1)
    assert bench.wait() is None


def test_a_place_is_waited_for():
    bench = Bench()
    bench.net.room = False
    bench.dialer.add(SKI, ["a"], 1)
    assert bench.wait() is None
    bench.net.room = True
    assert bench.wait() is not None


def test_found_nodes_go_with_their_announcement():
    bench = Bench()
    bench.dialer.add(SKI, ["a"], 1, found=True)
    bench.dialer.gone(SKI)
    assert bench.wait() is None
    bench.dialer.add(SKI, ["a"], 1)
    bench.dialer.gone(SKI)
    assert bench.wait() is not None


def test_the_name_that_a_partner_tells_is_dialled_after_its_addresses():
    # 6.10.4.7
    bench = Bench()
    assert bench.net.node.told == bench.dialer.told
    bench.dialer.add(SKI, ["a", "b"], 1)
    bench.dialer.told(SKI, b"wss://hems.example:4711/ship/")
    for _ in range(4):
        bench.wait()
    assert bench.net.dialled == [("a", 1), ("b", 1), ("hems.example", 4711), ("a", 1)]
    # a later one takes its place, nonsense does not
    bench.dialer.told(SKI, b"wss://new.example/")
    bench.dialer.told(SKI, b"http://other.example/")
    bench.net.dialled.clear()
    for _ in range(3):
        bench.wait()
    assert ("new.example", 443) in bench.net.dialled and len(bench.dialer.targets) == 1


def test_a_name_is_all_that_is_known():
    bench = Bench()
    bench.dialer.told(SKI, b"wss://hems.example:4711/ship/")
    bench.wait()
    bench.wait()
    assert bench.net.dialled == [("hems.example", 4711)] * 2
    # who is not trusted any more is not dialled
    bench.net.node.trusted.clear()
    assert bench.wait() is None


def test_names_do_not_fill_the_list_of_those_we_trust():
    bench = Bench()
    for i in range(8):
        bench.net.node.trusted.append(bytes([i]) * 20)
        bench.dialer.add(bytes([i]) * 20, ["a"], 1)
    bench.dialer.told(SKI, b"wss://hems.example/")
    assert len(bench.dialer.targets) == 8


def test_uris():
    for text, found in (
        (b"wss://hems.example:4711/ship/", ("hems.example", 4711, b"/ship/")),
        (b"WSS://192.0.2.1", ("192.0.2.1", 443, b"/")),
        (b"wss://a/b?c=%20", ("a", 443, b"/b?c=%20")),
        (b"wss://a:1/" + b"p" * 63, ("a", 1, b"/" + b"p" * 63)),
        (b"wss://a:1/" + b"p" * 64, None),
        (b"wss://" + b"a" * 63, ("a" * 63, 443, b"/")),
        (b"wss://" + b"a" * 64, None),
        (b"ws://a/", None),
        (b"wss://", None),
        (b"wss:///ship/", None),
        (b"a", None),
        (b"", None),
        (b"wss://a:/", None),
        (b"wss://a:0/", None),
        (b"wss://a:65536/", None),
        (b"wss://a:-1/", None),
        (b"wss://a:1111111111/", None),
        (b"wss://[::1]:4711/", None),
        (b"wss://user@a/", None),
        (b"wss://a/ HTTP/1.1\r\nHost: b", None),
        (b"wss://a/\x80", None),
        (b"wss://a b/", None),
    ):
        assert address(text) == found, text
