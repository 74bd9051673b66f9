"""Two connections with one node (6.9.3, SHIP-TS-CONN-01)."""

from ship.conn import DATA, HELLO
from ship.double import Doubles

OWN = b"\x55" * 20
SMALL = b"\x11" * 20
GREAT = b"\x99" * 20
CMI = 1


class Ws:
    open = True


class Conn:
    now = 0

    def __init__(self, node, ski, state):
        self.ski = ski
        self.state = state
        self.ws = Ws()
        self.did = ""
        node.conns.append(self)

    def close(self):
        self.did += "close"

    def ask(self):
        self.did += "ask"


class Node:
    def __init__(self):
        self.conns = []


class Resolver(Doubles):
    """With the fakes above in place of real connections."""

    def __init__(self, node):
        super().__init__(node, OWN)

    def changed(self, conn):
        super().changed(conn)


def pair(ski, older=DATA):
    node = Node()
    doubles = Resolver(node)
    a, b = Conn(node, ski, older), Conn(node, ski, CMI)
    doubles.changed(b)
    return doubles, a, b


def test_greater_ski_closes_the_older_once_the_younger_lives():
    doubles, a, b = pair(SMALL)
    assert a.did == ""  # ship-go would drop b now
    b.state = HELLO
    doubles.changed(b)
    assert (a.did, b.did) == ("close", "")


def test_greater_ski_closes_the_older_when_that_lives_later():
    doubles, a, b = pair(SMALL, CMI)
    b.state = HELLO
    doubles.changed(b)
    assert (a.did, b.did) == ("close", "")
    doubles, a, b = pair(SMALL, CMI)
    a.state = HELLO
    doubles.changed(a)
    assert (a.did, b.did) == ("", "")
    b.state = HELLO
    doubles.changed(b)
    assert (a.did, b.did) == ("close", "")


def test_smaller_ski_pings_the_older_after_3_s():
    doubles, a, b = pair(GREAT)
    assert doubles.tick(0) == -1
    b.state = HELLO
    doubles.changed(b)
    assert doubles.tick(2999) == 1
    assert a.did == ""
    doubles.tick(3000)
    assert (a.did, b.did) == ("ask", "")
    assert doubles.tick(3001) == -1


def test_other_nodes_are_left_alone():
    node = Node()
    doubles = Resolver(node)
    a, b = Conn(node, SMALL, DATA), Conn(node, GREAT, HELLO)
    doubles.changed(b)
    assert doubles.tick(5000) == -1
    assert (a.did, b.did) == ("", "")
