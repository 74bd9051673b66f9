"""Trust list and pairing button, with a node that has no sockets."""

from firmware import store as records
from firmware.commissioning import Commissioning
from ship.conn import HELLO
from ship.node import Node, TrustFull
from support import raises

A, B, C = b"a" * 20, b"b" * 20, b"c" * 20


class Waiting:
    """A connection in the hello state."""

    def __init__(self, ski):
        self.ski = ski
        self.state = HELLO
        self.told = 0
        self.closed = None

    def trust(self):
        self.told += 1

    def close(self, reason=b"unspecific"):
        self.closed = reason


class Kept(dict):
    def put(self, key, value):
        self[key] = value

    def delete(self, key):
        if key in self:
            del self[key]


def make(kept=None):
    kept = Kept() if kept is None else kept
    node = Node(b"i:1_u:1", bytearray(64), 64, None, lambda conn: None, None)
    return Commissioning(node, kept, kept.put), node, kept


def test_trust_is_kept_and_comes_back():
    c, node, kept = make()
    c.trust(A)
    c.trust(B)
    c.trust(A)
    assert kept == {records.TRUST: A, records.TRUST + 1: B}
    _, again, _ = make(kept)
    assert again.trusts(A) and again.trusts(B) and not again.trusts(C)


def test_untrust_frees_the_place_and_ends_the_connection():
    c, node, kept = make()
    c.trust(A)
    c.trust(B)
    conn = Waiting(A)
    node.conns.append(conn)
    c.untrust(A)
    assert kept == {records.TRUST + 1: B}
    assert conn.closed == b"removedConnection"
    c.trust(C)
    assert kept[records.TRUST] == C


def test_a_full_list_refuses():
    c, node, kept = make()
    for i in range(records.TRUST_MAX):
        c.trust(bytes([i]) * 20)
    with raises(TrustFull):
        c.trust(A)
    assert len(kept) == records.TRUST_MAX


def test_the_button_trusts_the_first_that_waits():
    c, node, kept = make()
    node.conns += [Waiting(A), Waiting(B)]
    assert c.tick(0) == -1 and not node.trusted
    c.button()
    c.tick(1000)
    assert node.trusted == [A] and node.conns[0].told == 1
    c.tick(2000)
    assert node.trusted == [A]  # one press, one partner


def test_the_window_is_open_for_two_minutes():
    c, node, kept = make()
    c.button()
    assert c.tick(0) == 120000
    assert c.tick(119999) == 1
    node.conns.append(Waiting(A))
    c.tick(119999)
    assert node.trusted == [A]
    c.button()
    c.tick(0x3FFFFFFF)  # the clock wraps inside the window
    assert c.tick(119998) == 1
    assert c.tick(119999) == -1
    node.conns.append(Waiting(B))
    c.tick(120000)
    assert node.trusted == [A]
