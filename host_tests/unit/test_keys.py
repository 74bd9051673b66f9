"""What commissioning tools and partners may change in the trust list, and our own successor key
(6.3.2, 6.9.7), without sockets."""

from firmware import store as records
from firmware import successor, trust
from firmware.commissioning import Commissioning
from firmware.keys import Keys
from ship import selfsigned
from ship.cert import trustworthy
from ship.material import CURRENT, PREDECESSOR, SUCCESSOR
from support import Kept, raises

TOOL, A, B, C, OWN = b"t" * 20, b"a" * 20, b"b" * 20, b"c" * 20, b"o" * 20
DAY = 86400


class Conn:
    def __init__(self, ski):
        self.ski = ski
        self.closed = None

    def trust(self):
        pass

    def close(self, reason=b"unspecific"):
        self.closed = reason


class Place:
    time = 1000 * DAY

    def wall(self):
        return self.time

    def random(self, n):
        return bytes(range(n))

    def unique(self):
        return b"unique"


class App:
    """`makes` (Keys of an app) -> its node."""

    def __init__(self, store=None):
        self.store = Kept() if store is None else store
        self.save = self.store.put
        self.ski = OWN
        self.ship_id = b"i:1_u:1"
        self.place = Place()
        self.trust = b""
        self.eebus = self.device = self
        self.keys = Keys(self)
        self.node = self.keys.node(self.ship_id, bytearray(64), 64, None, lambda conn: None, None)
        self.commissioning = Commissioning(self.node, self.store, self.save)

    def about(self, ski):
        return trust.about(self.store, ski)


def with_tool(level=64):
    """(keys, app, connection of a tool)"""
    app = App()
    app.commissioning.trust(TOOL, level)
    trust.note(app.commissioning, TOOL, trust.FLAGS, trust.TOOL)
    return app.keys, app, Conn(TOOL)


def test_discovery_tells_the_least_trust_level():
    assert App().device.trust == b',{"minimumTrustLevel":"32"}'


# tools (6.9.7)


def test_who_may_commission():
    keys, app, conn = with_tool()
    assert keys.accepts(conn)
    app.commissioning.trust(A)
    assert not keys.accepts(Conn(A))
    assert not keys.accepts(Conn(B))  # not even trusted
    # the button has been pressed: one press, one partner
    app.commissioning.window = 5
    assert keys.accepts(Conn(A)) and not keys.accepts(Conn(A))


def test_a_tool_trusts_with_its_own_level_at_most():
    for own, said, level in ((64, -1, 32), (64, 48, 48), (64, 96, 64), (96, 96, 96), (32, 96, 32)):
        keys, app, conn = with_tool(own)
        assert keys.install(conn, [(A, said)]) == [(A, level)]
        assert app.node.trusts(A) and app.about(A)[trust.FLAGS] == trust.BROUGHT
        assert keys.trusted() == [(TOOL, own), (A, level)]
        # after a reboot, too
        assert App(app.store).node.trusts(A)


def test_a_full_list_refuses():
    keys, app, conn = with_tool()
    skis = [bytes([i]) * 20 for i in range(9)]
    done = keys.install(conn, [(ski, -1) for ski in skis])
    assert [ski for ski, _ in done] == skis[:7]
    assert len(app.node.trusted) == 8
    assert keys.install(conn, [(A, 64)]) == []
    assert keys.install(conn, [(skis[0], 64)]) == [(skis[0], 64)]  # it is there
    assert keys.remove(conn, [(skis[1], -1)]) == [(skis[1], 32)]
    assert keys.install(conn, [(A, 64)]) == [(A, 64)]


def test_a_tool_removes_whom_a_tool_has_brought():
    keys, app, conn = with_tool()
    app.commissioning.trust(A)
    keys.install(conn, [(B, -1)])
    peer = Conn(B)
    app.node.conns.append(peer)
    everybody = [(ski, -1) for ski in (A, B, C, TOOL)]
    assert keys.remove(conn, everybody) == [(B, 32)]
    assert app.node.trusted == [TOOL, A] and peer.closed == b"removedConnection"


def test_a_tool_cannot_make_us_trust_ourselves():
    keys, app, conn = with_tool()
    assert keys.install(conn, [(OWN, 64)]) == [] and not app.node.trusts(OWN)


# keys of partners (6.3.2)


def test_a_partner_changes_its_key():
    app = App()
    keys, conn = app.keys, Conn(A)
    app.commissioning.trust(A, 64)
    app.store.put(records.PARTNER_PIN, b"\x01")
    assert keys.known(conn) == 0
    assert keys.partner(conn, 2, [(A, CURRENT), (B, SUCCESSOR)])
    assert app.node.trusted == [A, B] and keys.known(conn) == keys.known(Conn(B)) == 2
    # what is known of the partner holds for its new key
    assert app.about(B)[trust.USER] == 64 and app.store.get(records.PARTNER_PIN + 1) == b"\x01"
    # said again, by the successor as well
    assert keys.partner(conn, 2, [(A, CURRENT), (B, SUCCESSOR)])
    peer = Conn(A)
    app.node.conns.append(peer)
    assert keys.partner(Conn(B), 3, [(B, CURRENT), (A, PREDECESSOR)])
    assert app.node.trusted == [B] and peer.closed == b"removedConnection"
    assert App(app.store).node.trusted == [B]
    # the next one; the former is not listed any more
    assert keys.partner(Conn(B), 4, [(B, CURRENT), (C, SUCCESSOR)])
    assert keys.partner(Conn(C), 5, [(C, CURRENT)]) and app.node.trusted == [C]


def test_a_user_ends_the_trust_in_all_keys_of_a_partner():
    app = App()
    app.commissioning.trust(C)
    app.commissioning.trust(A)
    app.keys.partner(Conn(A), 2, [(A, CURRENT), (B, SUCCESSOR)])
    app.commissioning.untrust(B)
    assert app.node.trusted == [C]


def test_what_a_partner_may_not_say_of_its_keys():
    app = App()
    keys, conn = app.keys, Conn(A)
    app.commissioning.trust(A)
    app.commissioning.trust(C)
    assert keys.partner(conn, 5, [(A, CURRENT)])
    for counter, entries in (
        (4, [(A, CURRENT), (B, SUCCESSOR)]),  # the counter goes back
        (-1, [(A, CURRENT), (B, SUCCESSOR)]),
        (65536, [(A, CURRENT), (B, SUCCESSOR)]),
        (6, [(B, CURRENT)]),  # without the key that it has shown
        (6, [(A, PREDECESSOR), (B, CURRENT)]),
    ):
        assert not keys.partner(conn, counter, entries), (counter, entries)
    assert not keys.partner(Conn(B), 6, [(B, CURRENT)])  # nobody that we trust
    assert app.node.trusted == [A, C] and keys.known(conn) == 5
    # another partner is not its to speak of
    assert keys.partner(conn, 6, [(A, CURRENT), (C, SUCCESSOR)])
    assert keys.partner(conn, 7, [(A, CURRENT), (C, PREDECESSOR)])
    assert app.node.trusted == [A, C] and keys.known(Conn(C)) == 0


def test_no_place_for_a_successor():
    app = App()
    for i in range(7):
        app.commissioning.trust(bytes([i]) * 20)
    app.commissioning.trust(A)
    conn = Conn(A)
    assert not app.keys.partner(conn, 2, [(A, CURRENT), (B, SUCCESSOR)])
    assert app.keys.known(conn) == 0 and len(app.node.trusted) == 8
    # nor for the same one twice
    app.commissioning.untrust(bytes(20))
    assert app.keys.partner(conn, 2, [(A, CURRENT), (B, SUCCESSOR), (B, SUCCESSOR)])
    # one goes, one comes
    assert app.keys.partner(Conn(B), 3, [(B, CURRENT), (C, SUCCESSOR), (A, PREDECESSOR)])
    assert len(app.node.trusted) == 8 and app.node.trusts(C) and not app.node.trusts(A)


# our own


def born():
    app = App()
    key, cert = selfsigned.make(app.ship_id, lambda n: b"\x21" * n)
    app.store.put(records.CERT, cert)
    app.store.put(records.PRIVATE_KEY, key)
    app.commissioning.trust(A)
    return app, cert, trustworthy(cert)


def test_our_successor_is_announced_and_put_in_place():
    app, cert, ski = born()
    keys, conn = app.keys, Conn(A)
    counter, listed = keys.own()
    ((state, told, key),) = listed
    assert (counter, state, told, key[0], len(key)) == (1, CURRENT, ski, 4, 65)
    assert not keys.news(conn)
    with raises(ValueError):
        successor.switch(app)
    successor.make(app)
    with raises(ValueError):
        successor.make(app)
    counter, listed = keys.own()
    new = listed[1][1]
    assert counter == 2 and [e[0] for e in listed] == [CURRENT, SUCCESSOR] and new != ski
    assert keys.news(conn) and not keys.news(Conn(B))
    keys.told(conn)
    assert not keys.news(conn)
    # not before all had the time to hear of it
    for time in (None, 0, app.place.time + 30 * DAY - 1):
        Place.time, before = time, Place.time
        with raises(ValueError):
            successor.switch(app)
        Place.time = before
    Place.time += 30 * DAY
    successor.switch(app)
    Place.time -= 30 * DAY
    counter, listed = keys.own()
    assert counter == 3 and listed == [(CURRENT, new, listed[0][2]), (PREDECESSOR, ski, key)]
    assert trustworthy(app.store.get(records.CERT)) == new and keys.news(conn)
    # and the next one
    app.place.random = lambda n: b"\x33" * n
    successor.make(app)
    counter, listed = keys.own()
    assert counter == 4 and [e[0] for e in listed] == [CURRENT, SUCCESSOR, PREDECESSOR]


class Cut(Exception):
    pass


class Brittle(Kept):
    """Power is cut before the write number `left`."""

    left = 1000

    def put(self, key, value):
        self._write()
        self[key] = value

    def delete(self, key):
        self._write()
        if key in self:
            del self[key]

    def _write(self):
        if self.left == 0:
            raise Cut
        self.left -= 1


def test_a_power_cut_leaves_one_identity_or_the_other():
    app, cert, old = born()
    successor.make(app)
    Place.time += 30 * DAY
    pairs = {old: app.store[records.PRIVATE_KEY], app.keys.own()[1][1][1]: app.store[25]}
    cuts = 0
    for left in range(20):
        store = Brittle()
        for key in app.store:
            store[key] = app.store[key]
        other = App(store)
        store.left = left
        try:
            successor.switch(other)
        except Cut:
            cuts += 1
        store.left = 1000
        App(store)  # boots
        ski = trustworthy(store[records.CERT])
        assert pairs[ski] == store[records.PRIVATE_KEY]
        assert (ski == old) == (left == 0) and store[26][0] == 0
    Place.time -= 30 * DAY
    assert 5 <= cuts < 20


def test_who_does_not_answer_is_left_alone():
    app, _, _ = born()
    assert app.keys.unheard(Conn(A)) and not app.keys.unheard(Conn(A))
    assert app.keys.unheard(Conn(B))


def test_the_factory_reset_keeps_our_keys():
    assert {24, 25, 26} < set(records.KEPT)
