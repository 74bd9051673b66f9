"""Trust list and pairing button, with a node that has no sockets."""

from firmware import store as records
from firmware import trust
from firmware.commissioning import Commissioning
from ship.conn import HELLO
from ship.node import Node, TrustFull
from support import Kept, raises

about = trust.about

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


def test_trust_levels():
    # Table 30: user verify, user input; the stronger of two ways counts
    c, node, kept = make()
    c.trust(A)
    c.trust(B, 64)
    assert about(kept, A)[:2] == [32, 0] and about(kept, B)[:2] == [64, 0]
    assert about(kept, C) is None
    c.trust(B)
    assert about(kept, B)[trust.USER] == 64
    c.trust(A, 64)
    assert about(kept, A)[trust.USER] == 64
    # what a commissioning tool may say: 32 to 96
    for said, kept_level in ((0, 32), (8, 32), (33, 33), (96, 96), (97, 96), (65535, 96)):
        c, node, kept = make()
        c.trust(A, said)
        assert about(kept, A)[trust.USER] == kept_level


def test_a_place_keeps_nothing_of_who_had_it():
    c, node, kept = make()
    c.trust(A, 96)
    trust.note(c, A, trust.FLAGS, trust.TOOL)
    c.untrust(A)
    assert kept == {}
    # power was cut between the two records of a partner
    kept[48] = b"\x60\x20\x07\x01\x00\x01\x00\x02"
    c.trust(B)
    assert about(kept, B) == [32, 0, 0, 0, 0, 0]


def test_the_second_factor():
    # 6.9.6: more for the first that enters our PIN, once between two factory resets
    c, node, kept = make()
    for ski in (A, B):
        c.trust(ski)
        trust.entered_pin(c, ski)
        trust.entered_pin(c, ski)
    assert about(kept, A)[:2] == [32, 32] and about(kept, B)[:2] == [32, 16]
    c.untrust(A)
    c.trust(A)
    trust.entered_pin(c, A)
    assert about(kept, A)[trust.SECOND] == 16
