"""When partners are dialled, and where (6.3, 6.5.4), against fake sockets."""

import sys

try:
    import tls  # noqa: F401
except ImportError:
    # CPython has none, and nothing here needs it
    sys.modules["tls"] = sys

from firmware import dialer
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
