"""The PIN of a node and those of its partners (6.10.4.6): what goes over the wire."""

from ship_wire import ACCESS, ACCESS_REQUEST, ANNOUNCE_MAX, PIN_NONE, SELECT, SKI, Wire, data

from ship.conn import DATA
from ship.node import Node
from ship.pin import NONE, OPTIONAL, REQUIRED, Pins
from ship.states import STATES

OWN = b"12ab34cd"
THEIRS = b"00ff00ff00ff00ff"
CLOSE = ("close", 4001)
PIN_OK = b'\x01{"connectionPinState":[{"pinState":"pinOk"}]}'
WRONG = b'\x01{"connectionPinError":[{"error":1}]}'


def wanted(state, permission):
    return b'\x01{"connectionPinState":[{"pinState":"%s"},{"inputPermission":"%s"}]}' % (
        state,
        permission,
    )


REQUIRED_OK = wanted(b"required", b"ok")
REQUIRED_BUSY = wanted(b"required", b"busy")
OPTIONAL_OK = wanted(b"optional", b"ok")
OPTIONAL_BUSY = wanted(b"optional", b"busy")


def typed(pin):
    return b'\x01{"connectionPinInput":[{"pin":"%s"}]}' % pin


def refusal(n):
    return b'\x01{"connectionPinError":[{"error":%d}]}' % n


class Keeper:
    def __init__(self, theirs=None, entered=False):
        self.pin = theirs
        self.known = entered
        self.wrong = []

    def entered(self, ski):
        assert ski == SKI
        return self.known

    def enter(self, ski):
        self.known = True

    def count(self, wrong):
        self.wrong.append(wrong)

    def theirs(self, ski):
        return self.pin

    def forget(self, ski):
        self.pin = None


class PinWire(Wire):
    """A Wire whose node has PINs, after the protocol handshake; `keeper`: of another Wire whose
    device this is after a reboot."""

    def __init__(self, mode, theirs=None, entered=False, wrong=0, client=False, keeper=None):
        super().__init__(client)
        self.keeper = keeper or Keeper(theirs, entered)
        own = OWN if mode != NONE else b""
        self.pins = self.node.pins = Pins(self.node, self.keeper, mode, own, wrong)
        self.pins.tick(self.now)
        self.in_pin()

    def wait(self, ms):
        """As Wire, with the timer of the PINs, which is a timer of the device."""
        while True:
            due = self.pins.tick(self.now)
            step = ms if due < 0 else min(ms, due)
            super().wait(step)
            ms -= step
            if not ms:
                self.pins.tick(self.now)
                return self

    def first(self):
        """Its pinState, the last of what the handshakes brought."""
        return self.said()[-1]

    def state(self):
        return STATES[self.conn.state]


# our PIN, required


def test_no_pin_of_ours_beside_one_of_a_partner():
    # TC_SHIP_PIN_001
    wire = PinWire(NONE, THEIRS)
    assert wire.first() == PIN_NONE
    assert wire.send(PIN_NONE, ACCESS_REQUEST).said() == [ACCESS]
    assert wire.state() == "data" and not wire.conn.restricted
    # an input that nobody has asked for
    assert wire.send(typed(OWN)).said() == [PIN_NONE]
    assert wire.keeper.wrong == []


def test_a_required_pin_comes_before_data():
    for client in (False, True):
        wire = PinWire(REQUIRED, client=client)
        assert wire.first() == REQUIRED_OK
        assert wire.send(PIN_NONE).said() == [] and wire.state() == "pin"
        wire.send(data(b'{"message":[{"name":"early"}]}'))
        assert wire.apps == []
        assert wire.send(typed(OWN)).said() == [PIN_OK]
        assert wire.state() == "data" and not wire.conn.restricted and wire.keeper.known
        wire.send(data(b'{"message":[{"name":"now"}]}'))
        assert wire.app.taken == [[b"now"]]


def test_the_pin_before_the_pin_state():
    wire = PinWire(REQUIRED)
    wire.said()
    assert wire.send(typed(OWN)).said() == [PIN_OK] and wire.state() == "pin"
    wire.send(PIN_NONE)
    assert wire.state() == "data"


def test_hex_digits_of_either_case():
    wire = PinWire(REQUIRED)
    wire.said()
    assert wire.send(typed(OWN.upper())).said() == [PIN_OK]


def test_a_partner_that_has_entered_it_is_not_asked_again():
    for mode in (REQUIRED, OPTIONAL):
        wire = PinWire(mode, entered=True)
        assert wire.first() == PIN_OK
        wire.send(PIN_NONE)
        assert wire.state() == "data" and not wire.conn.restricted
        # neither is it an attempt to enter it once more
        assert wire.send(typed(b"00000000")).said() == [PIN_OK]
        assert wire.keeper.wrong == []


def test_nobody_enters_it():
    wire = PinWire(REQUIRED)
    wire.said()
    wire.send(PIN_NONE)
    assert wire.wait(299999).said() == []
    assert wire.wait(1).said() == [CLOSE]


def test_a_peer_without_a_pin_state():
    wire = PinWire(REQUIRED)
    wire.said()
    assert wire.wait(9999).said() == []
    assert wire.wait(1).said() == [CLOSE]


def test_wrong_inputs_and_their_pauses():
    wire = PinWire(REQUIRED)
    wire.said()
    wire.send(PIN_NONE)
    for bad in (b"00000000", b"12ab34c"):
        assert wire.send(typed(bad)).said() == [WRONG]
    # the third: 15 s
    assert wire.send(typed(OWN + b"0")).said() == [WRONG, REQUIRED_BUSY]
    assert wire.keeper.wrong == [1, 2, 3]
    # the right one is not looked at either
    assert wire.wait(0).send(typed(OWN)).said() == [REQUIRED_BUSY]
    assert wire.wait(14999).said() == []
    assert wire.wait(1).said() == [REQUIRED_OK]
    for n in (4, 5):
        assert wire.send(typed(b"00000000")).said() == [WRONG, REQUIRED_BUSY]
        assert wire.wait(14999).said() == [] and wire.keeper.wrong[-1] == n
        assert wire.wait(1).said() == [REQUIRED_OK]
    # from the sixth on 90 s, and the count does not go on
    for _ in range(3):
        assert wire.send(typed(b"")).said() == [WRONG, REQUIRED_BUSY]
        assert wire.wait(89999).said() == []
        assert wire.wait(1).said() == [REQUIRED_OK]
    assert wire.keeper.wrong == [1, 2, 3, 4, 5, 6]
    assert wire.send(typed(OWN)).said() == [PIN_OK]
    assert wire.keeper.wrong[-1] == 0 and wire.pins.wrong == 0


def test_inputs_without_a_pin_are_wrong():
    for message in (
        b'\x01{"connectionPinInput":[]}',
        b'\x01{"connectionPinInput":[{"pin":""}]}',
        b'\x01{"connectionPinInput":[{"nip":"12ab34cd"}]}',
    ):
        wire = PinWire(REQUIRED)
        wire.said()
        assert wire.send(PIN_NONE, message).said() == [WRONG], message


def test_the_count_is_the_device_s():
    # a new connection, and after a reboot: the pause begins anew
    wire = PinWire(REQUIRED)
    wire.said()
    wire.send(PIN_NONE, typed(b"1"), typed(b"2"), typed(b"3"))
    other = PinWire(REQUIRED, wrong=wire.keeper.wrong[-1], keeper=wire.keeper)
    assert other.first() == REQUIRED_BUSY
    assert other.send(PIN_NONE, typed(OWN)).said() == [REQUIRED_BUSY]
    assert other.wait(14999).said() == []
    assert other.wait(1).said() == [REQUIRED_OK]
    assert other.send(typed(b"4")).said() == [WRONG, REQUIRED_BUSY]
    assert wire.keeper.wrong == [1, 2, 3, 4]


def test_all_connections_hear_of_a_pause():
    wire = PinWire(REQUIRED)
    second = PinWire(REQUIRED)
    second.node.conns.clear()
    second.node = second.conn.node = wire.node
    wire.node.conns.append(second.conn)
    wire.said()
    second.said()
    wire.send(PIN_NONE)
    second.send(PIN_NONE, typed(b"1"), typed(b"2"), typed(b"3"))
    assert wire.said() == [REQUIRED_BUSY]
    assert wire.send(typed(OWN)).said() == [REQUIRED_BUSY]


# our PIN, optional


def test_an_optional_pin_and_what_is_restricted_without():
    wire = PinWire(OPTIONAL)
    assert wire.first() == OPTIONAL_OK
    wire.send(PIN_NONE)
    assert wire.state() == "data" and wire.conn.restricted
    # while data flows
    assert wire.send(typed(b"00000000")).said() == [WRONG] and wire.conn.restricted
    assert wire.send(typed(OWN)).said() == [PIN_OK] and not wire.conn.restricted
    assert wire.conn.state == DATA and len(wire.apps) == 1


def test_an_optional_pin_entered_at_once():
    wire = PinWire(OPTIONAL)
    wire.said()
    assert wire.send(typed(OWN), PIN_NONE).said() == [PIN_OK]
    assert wire.state() == "data" and not wire.conn.restricted


def test_a_pause_while_data_flows():
    wire = PinWire(OPTIONAL)
    wire.said()
    wire.send(PIN_NONE, typed(b"1"), typed(b"2"))
    wire.said()
    assert wire.send(typed(b"3")).said() == [WRONG, OPTIONAL_BUSY]
    wire.wait(15000)
    assert wire.said() == [OPTIONAL_OK] and wire.conn.restricted


# the PIN of the partner


def test_a_partner_that_requires_its_pin():
    for client in (False, True):
        wire = PinWire(NONE, THEIRS, client=client)
        wire.said()
        assert wire.send(REQUIRED_OK).said() == [typed(THEIRS)] and wire.state() == "pin"
        # it repeats itself: one input is enough
        assert wire.send(REQUIRED_OK).said() == []
        assert wire.send(PIN_OK).said() == [] and wire.state() == "data"


def test_a_partner_that_is_busy():
    wire = PinWire(NONE, THEIRS)
    wire.said()
    assert wire.send(REQUIRED_BUSY).said() == []
    assert wire.wait(90000).said() == []
    assert wire.send(REQUIRED_OK).said() == [typed(THEIRS)]
    # somebody else guesses there; our input was not looked at
    assert wire.send(REQUIRED_BUSY).said() == []
    assert wire.send(REQUIRED_OK).said() == [typed(THEIRS)]
    assert wire.send(PIN_OK).said() == [] and wire.state() == "data"


def test_a_partner_that_stays_busy():
    wire = PinWire(NONE, THEIRS)
    wire.said()
    wire.send(REQUIRED_BUSY)
    assert wire.wait(299999).said() == []
    assert wire.wait(1).said() == [CLOSE]


def test_every_error_of_table_39():
    # 1: wrong PIN; it is not tried again. The others are reserved: the PIN may be right
    for error, kept in ((0, True), (1, False), (2, True), (255, True), (1 << 40, True)):
        wire = PinWire(NONE, THEIRS)
        wire.said()
        wire.send(REQUIRED_OK)
        assert wire.said() == [typed(THEIRS)]
        assert wire.send(refusal(error)).said() == [CLOSE], error
        assert (wire.keeper.pin == THEIRS) == kept, error
        # an optional one: data goes on
        wire = PinWire(NONE, THEIRS)
        wire.said()
        wire.send(OPTIONAL_OK, refusal(error))
        assert wire.said() == [typed(THEIRS)] and wire.state() == "data"
        assert (wire.keeper.pin == THEIRS) == kept, error
        assert wire.send(OPTIONAL_OK).said() == [] and wire.state() == "data"


def test_an_error_out_of_the_blue():
    wire = PinWire(NONE, THEIRS)
    wire.said()
    assert wire.send(refusal(1)).said() == [] and wire.keeper.pin == THEIRS


def test_a_partner_whose_pin_nobody_knows():
    wire = PinWire(REQUIRED)
    wire.said()
    assert wire.send(REQUIRED_OK).said() == [CLOSE]
    wire = PinWire(REQUIRED, entered=True)
    wire.said()
    assert wire.send(OPTIONAL_OK).said() == [] and wire.state() == "data"


def test_a_partner_with_an_optional_pin():
    wire = PinWire(NONE, THEIRS)
    wire.said()
    assert wire.send(OPTIONAL_OK).said() == [typed(THEIRS)] and wire.state() == "data"
    assert wire.send(PIN_OK).said() == []
    # busy at first: it is entered while data flows
    wire = PinWire(NONE, THEIRS)
    wire.said()
    assert wire.send(OPTIONAL_BUSY).said() == [] and wire.state() == "data"
    assert wire.send(OPTIONAL_OK).said() == [typed(THEIRS)]


def test_both_sides_have_one():
    # the two inputs are independent of each other
    wire = PinWire(REQUIRED, THEIRS)
    assert wire.first() == REQUIRED_OK
    assert wire.send(REQUIRED_OK).said() == [typed(THEIRS)]
    assert wire.send(PIN_OK).said() == [] and wire.state() == "pin"
    assert wire.send(typed(OWN)).said() == [PIN_OK] and wire.state() == "data"


def test_a_word_that_is_none():
    wire = PinWire(REQUIRED, THEIRS)
    wire.said()
    assert wire.send(PIN_NONE.replace(b"none", b"maybe")).said() == [CLOSE]


def test_nothing_of_it_in_the_handshake_before():
    wire = Wire().in_handshake()
    wire.node.pins = Pins(wire.node, Keeper(), REQUIRED, OWN, 0)
    wire.said()
    for message in (typed(OWN), refusal(1)):
        other = Wire().in_handshake()
        other.node.pins = wire.node.pins
        other.said()
        other.send(message)
        assert other.closed()
    assert not wire.node.pins.keeper.known
    assert wire.send(ANNOUNCE_MAX, SELECT).said() == [SELECT, REQUIRED_OK]


def test_a_node_without_pins():
    assert Node(b"i:1_u:1", bytearray(64), 64, None, None, None).pins is None
    wire = Wire().in_data()
    assert wire.send(typed(OWN), refusal(1), REQUIRED_OK).said() == []
    assert wire.conn.state == DATA
