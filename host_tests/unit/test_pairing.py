"""The SHIP Pairing Service on the wallbox: whom it lets in, for how long, and what it keeps."""

import io
from binascii import hexlify
from hashlib import sha256

from firmware import pairing, store
from firmware.commissioning import Commissioning
from firmware.hal.sim.flash import Flash
from firmware.store import Store, StoreFull
from ship.conn import DATA, HELLO
from ship.node import MAX_TRUSTED, Node
from ship.pairing import digest
from ship.ws import HEAD

SECRET = bytes(range(16))
CERT = b"certificate of the wallbox"
ID = b"i:12345_u:plugship-1"
MINUTE = 60000


class Conn:
    def __init__(self, ski, state=HELLO):
        self.ski = ski
        self.state = state
        self.calls = []

    def trust(self):
        self.calls.append("trust")

    def close(self, reason=None):
        self.calls.append("close")


class Unit:
    """A control unit: its certificate and SKI."""

    def __init__(self, name):
        self.name = name
        self.cert = b"certificate of " + name
        self.ski = sha256(name).digest()[:20]

    def asks(self, nonce=0, secret=SECRET):
        txt = {
            "txtvers": b"1",
            "partype": b"fpSha256",
            "forid": ID,
            "forpar": hexlify(sha256(CERT).digest()).upper(),
            "trustid": b"i:1_u:" + self.name,
            "trustpar": hexlify(sha256(self.cert).digest()).upper(),
            "trustcurve": b"secp256r1",
            "type": b"addCu",
            "trustnonce": b"%032X" % nonce,
            "alg": b"hmacSha256",
        }
        txt["digest"] = hexlify(digest(secret, txt)).upper()
        return txt


class App:
    """The parts of it that Pairing needs; it is its own clock, Net and Discovery."""

    legacy = False
    vouch = None

    def __init__(self, flash=None):
        self.flash = flash or Flash(io.BytesIO(b"\xff" * 65536))
        self.store = Store(self.flash)
        self.store.put(store.CERT, CERT)
        self.ship_id = ID
        self.send = bytearray(HEAD + 1000)
        self.node = Node(ID, self.send, 512, None, lambda conn: None, None)
        self.commissioning = Commissioning(self.node, self.store, self.save)
        self.clock = self.net = self
        self.timers = []
        self.t = 1000
        self.full = False
        self.pairing = pairing.Pairing(self, self, SECRET)

    def now(self):
        return self.t

    def browse(self, browser):
        browser.start(0)

    def save(self, key, value):
        if self.full:
            raise StoreFull("full")
        self.store.put(key, value)

    def hears(self, txt):
        self.pairing.seen("Unit", 1, [], txt)

    def passes(self, ms):
        while ms > 0:
            self.t += min(ms, MINUTE)
            ms -= MINUTE
            self.pairing.tick(self.t)

    def looks(self):
        return self.pairing.browser.tick(0) >= 0

    def meets(self, unit, ski=None):
        """A TLS handshake, and what follows."""
        self.pairing.app.net.vouch(unit.ski, unit.cert)
        self.pairing.tick(self.t)


CU = Unit(b"cu")
OTHER = Unit(b"other")


def paired():
    app = App()
    app.hears(CU.asks())
    app.meets(CU)
    assert app.node.trusted == [CU.ski]
    return app


def test_a_request_admits_the_certificate():
    app = App()
    assert app.looks()
    app.meets(CU)
    assert app.node.trusted == []  # nobody has asked yet
    app.hears(CU.asks())
    app.meets(OTHER)
    assert app.node.trusted == []
    app.meets(CU)
    assert app.node.trusted == [CU.ski]
    assert app.store.get(store.PAIRED) == sha256(CU.cert).digest() + CU.ski
    assert not app.looks()


def test_a_unit_that_came_first_comes_again():
    app = App()
    app.node.trust(OTHER.ski)
    unit = Conn(CU.ski)
    other = Conn(OTHER.ski, DATA)
    app.node.conns = [unit, other]  # type: ignore
    app.hears(CU.asks())
    assert (unit.calls, other.calls) == (["close"], [])


def test_a_wrong_secret():
    app = App()
    app.hears(CU.asks(secret=bytes(16)))
    app.meets(CU)
    assert app.node.trusted == [] and app.store.get(store.PAIRING_USED) is None
    assert app.looks()


def test_a_goodbye_is_no_request():
    app = App()
    app.pairing.seen("Unit", 0, [], None)
    assert app.store.get(store.PAIRED) is None


def test_one_unit_at_a_time():
    app = paired()
    app.hears(OTHER.asks(1))
    app.meets(OTHER)
    assert app.node.trusted == [CU.ski]


def test_after_15_minutes_without_it_another_may_come():
    app = paired()
    app.node.conns = [Conn(CU.ski, DATA)]
    app.passes(60 * MINUTE)
    assert not app.looks()
    app.node.conns = []
    app.passes(14 * MINUTE)
    assert not app.looks()
    app.hears(OTHER.asks(1))
    assert app.node.trusted == [CU.ski]
    app.passes(2 * MINUTE)
    assert app.looks()
    app.hears(OTHER.asks(1))
    assert app.node.trusted == []  # the old one is let go at once
    app.meets(CU)
    app.meets(OTHER)
    assert app.node.trusted == [OTHER.ski] and not app.looks()


def test_the_old_one_comes_back_in_time():
    app = paired()
    app.passes(16 * MINUTE)
    assert app.looks()
    app.node.conns = [Conn(CU.ski, DATA)]
    app.passes(MINUTE)
    assert not app.looks()
    app.hears(OTHER.asks(1))
    assert app.node.trusted == [CU.ski]


def test_the_user_lets_go_of_it():
    app = paired()
    app.commissioning.untrust(CU.ski)
    app.passes(1)
    assert app.looks() and app.store.get(store.PAIRED) is None
    app.hears(CU.asks())  # a replay
    app.meets(CU)
    assert app.node.trusted == []
    app.hears(CU.asks(1))
    app.meets(CU)
    assert app.node.trusted == [CU.ski]


def test_all_of_it_survives_a_power_cut():
    app = App(paired().flash)
    assert app.node.trusted == [CU.ski]
    app.passes(MINUTE)
    assert not app.looks()
    app.passes(16 * MINUTE)
    app.hears(CU.asks())  # a replay
    assert app.node.trusted == [CU.ski] and app.looks()
    # a request that was honoured, but the unit has not come yet
    app.hears(OTHER.asks(2))
    app = App(app.flash)
    app.meets(OTHER)
    assert app.node.trusted == [OTHER.ski]


def test_a_factory_reset_keeps_the_label_and_honours_nothing_twice():
    app = paired()
    app.store.put(store.PAIRING_SECRET, SECRET)
    app.store.compact(store.KEPT)
    app = App(app.flash)
    assert app.node.trusted == [] and app.store.get(store.PAIRED) is None
    assert app.store.get(store.PAIRING_SECRET) == SECRET
    app.hears(CU.asks())
    app.meets(CU)
    assert app.node.trusted == []


def test_no_room():
    app = App()
    app.full = True
    app.hears(CU.asks())
    app.meets(CU)
    assert app.node.trusted == []
    app.full = False
    app.hears(CU.asks())
    for i in range(MAX_TRUSTED):
        app.node.trust(bytes([i]) * 20)
    app.meets(CU)
    assert CU.ski not in app.node.trusted
    app.node.untrust(bytes(20))
    app.meets(CU)
    assert CU.ski in app.node.trusted
