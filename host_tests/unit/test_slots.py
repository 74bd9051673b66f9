"""Who gets a place (6.5.2): callers before TLS, against fake sockets and connections."""

from firmware import slots

HOME = ("10.0.0.2", 1000)
SAME = ("10.0.0.2", 1001)
OTHER = ("10.0.0.3", 1000)


class Raw:
    def __init__(self):
        self.open = True

    def close(self):
        self.open = False


class Ws:
    open = True


class Conn:
    def __init__(self, client=False):
        self.client = client
        self.ws = Ws()
        self.pong_at = -1

    def ask(self):
        self.pong_at = 10000


class Peer:
    def __init__(self, net, raw, addr, conn=None):
        self.net = net
        self.raw = raw
        self.host = slots.host(addr)
        self.conn = conn
        self.ski = None
        self.born = net.now
        self.gone = False

    def alive(self):
        return self.conn is not None and self.conn.ws.open and self.conn.pong_at < 0

    def close(self):
        self.gone = True
        self.raw.close()


class Node:
    trusted = (b"T", b"U")

    def trusts(self, ski):
        return ski in self.trusted


class Net:
    """The part of firmware.net.Net that Slots sees; `now` is what its clock says."""

    def __init__(self, sessions):
        self.now = 1000
        self.node = Node()
        self.peers = []
        self.slots = slots.Slots(self, sessions)
        slots.real_ms = lambda: self.now

    def begin(self, raw, addr, conn):
        self.peers.append(Peer(self, raw, addr, conn))

    def call(self, addr):
        raw = Raw()
        self.slots.call(raw, addr)
        self.turn()
        return raw

    def turn(self, ms=0):
        self.now += ms
        self.slots.tick(self.now)
        self.peers = [peer for peer in self.peers if not peer.gone]

    def session(self, addr, ski, client=False):
        """A connection that is through with its handshake."""
        self.begin(Raw(), addr, None)
        peer = self.peers[-1]
        peer.ski = ski
        peer.conn = Conn(client)
        return peer


def begun(net, raw):
    return any(peer.raw is raw for peer in net.peers)


def heap(free):
    """What gc.mem_free() says from now on."""

    class Heap:
        @staticmethod
        def mem_free():
            return free

        @staticmethod
        def collect():
            pass

    slots.gc = Heap


def test_addresses_of_boards_and_of_the_unix_port():
    assert slots.host(("10.0.0.2", 4712)) == "10.0.0.2"
    assert slots.host(bytes((2, 0, 0x12, 0x68, 10, 0, 0, 2) + (0,) * 8)) == bytes((10, 0, 0, 2))
    v6 = bytes((10, 0, 0x12, 0x68, 0, 0, 0, 0)) + bytes(range(16)) + bytes(4)
    assert slots.host(v6) == bytes(range(16))


def test_one_handshake_at_a_time():
    net = Net(2)
    first, second = net.call(HOME), net.call(OTHER)
    assert begun(net, first) and not begun(net, second) and second.open
    net.peers[0].ski = b"T"
    net.turn()
    assert begun(net, second)


def test_stalled_handshake_gives_way_to_another_address_only():
    net = Net(2)
    first, same = net.call(HOME), net.call(SAME)
    net.turn(2900)
    assert first.open
    other = net.call(OTHER)
    net.turn(200)
    assert not first.open and (begun(net, same) or begun(net, other))


def test_full_same_address_with_a_pong_is_refused():
    net = Net(1)
    mine = net.session(HOME, b"T")
    raw = net.call(SAME)
    assert mine.conn.pong_at >= 0 and raw.open and not begun(net, raw)
    mine.conn.pong_at = -1
    net.turn(10)
    assert not raw.open and not mine.gone


def test_full_same_address_without_a_pong_is_replaced_after_3_s():
    net = Net(1)
    mine = net.session(HOME, b"T")
    raw = net.call(SAME)
    net.turn(2900)
    assert not mine.gone and not begun(net, raw)
    net.turn(200)
    assert mine.gone and begun(net, raw)


def test_full_another_address_is_refused_and_partners_are_asked():
    net = Net(2)
    a, b = net.session(HOME, b"T"), net.session(HOME, b"U")
    raw = net.call(OTHER)
    assert not raw.open and a.conn.pong_at >= 0 and b.conn.pong_at >= 0


def test_stranger_goes_when_the_caller_is_trusted():
    heap(100000)
    net = Net(1)
    stranger = net.session(HOME, b"X")
    raw = net.call(OTHER)
    assert begun(net, raw) and not stranger.gone
    caller = net.peers[-1]
    caller.ski = b"T"
    assert net.slots.arrived(caller) and stranger.gone


def test_stranger_stays_when_the_caller_is_one_too():
    heap(100000)
    net = Net(1)
    stranger = net.session(HOME, b"X")
    net.call(OTHER)
    caller = net.peers[-1]
    caller.ski = b"Y"
    assert not net.slots.arrived(caller) and not stranger.gone


def test_stranger_goes_after_10_s_when_the_heap_has_no_room():
    heap(20000)
    net = Net(1)
    stranger = net.session(HOME, b"X")
    net.turn(1000)
    raw = net.call(OTHER)
    net.turn(8000)
    assert raw.open and not stranger.gone and not begun(net, raw)
    net.turn(1500)
    assert stranger.gone and begun(net, raw)


def test_known_addresses_come_first():
    net = Net(4)
    partner = net.session(HOME, b"T")
    assert net.slots.arrived(partner)
    net.begin(Raw(), OTHER, None)  # a handshake that takes its time
    flood = [net.call(("10.0.0.9", port)) for port in range(5)]
    assert [raw.open for raw in flood] == [True] * 4 + [False]
    raw = net.call(SAME)
    assert raw.open and not flood[3].open
    net.peers[-1].ski = b"X"
    net.turn()
    assert begun(net, raw)


def test_callers_do_not_wait_for_ever():
    net = Net(1)
    net.begin(Raw(), HOME, None)
    raw = net.call(SAME)
    net.turn(10100)
    assert not raw.open


def test_the_last_place_is_for_callers():
    net = Net(2)
    assert net.slots.may_dial()
    net.session(HOME, b"T", client=True)
    assert not net.slots.may_dial()
    net = Net(2)
    net.session(HOME, b"T")
    assert net.slots.may_dial()
    assert Net(1).slots.may_dial()


def test_no_dialing_while_a_handshake_runs():
    net = Net(2)
    net.call(HOME)
    assert not net.slots.may_dial()
