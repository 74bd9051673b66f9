"""PINs of the wallbox and of its partners in the store (6.9.6), with connections that have no
socket."""

from ship_wire import PIN_NONE, SKI, Wire
from test_ship_pin import OWN, PIN_OK, REQUIRED_BUSY, REQUIRED_OK, THEIRS, WRONG, typed

from firmware import store as records
from firmware.commissioning import Commissioning
from firmware.pin import start
from firmware.pin_entry import set_own, set_partner
from firmware.store import StoreFull
from support import Kept, raises

OTHER = b"other" * 4


class Net:
    def __init__(self):
        self.timers = []


class Box(Wire):
    """What App is for PINs."""

    def __init__(self, kept):
        super().__init__(trusted=False)
        self.store = kept
        self.save = kept.put
        self.net = Net()
        self.commissioning = Commissioning(self.node, kept, kept.put)
        if kept.get(records.PIN):
            start(self)
            self.turn(self.now)

    def turn(self, now):
        (timer,) = self.net.timers
        return timer.tick(now)


class Scarce(Kept):
    full = False

    def put(self, key, value):
        if self.full:
            raise StoreFull
        Kept.put(self, key, value)


def boot(kept):
    """A connection of SKI with a wallbox that has just started."""
    return Box(kept)


def installed(mode="required", pin="12AB 34CD"):
    kept = Scarce()
    wire = boot(kept)
    wire.commissioning.trust(SKI)
    set_own(wire, mode, pin)
    return wire, kept


def test_none_by_default():
    wire = boot(Scarce())
    assert wire.node.pins is None and not wire.net.timers


def test_set_and_kept():
    wire, kept = installed()
    assert kept[records.PIN] == b"\x01" + OWN
    assert boot(kept).in_pin().said()[-1] == REQUIRED_OK
    set_own(wire, "optional", "0123456789abcdef")
    assert kept[records.PIN] == b"\x020123456789abcdef"
    set_own(wire, "none", "")
    assert wire.in_pin().said()[-1] == PIN_NONE
    assert boot(kept).in_pin().said()[-1] == PIN_NONE
    assert kept == {records.TRUST: SKI, records.PIN: b"\0"}


def test_what_is_no_pin():
    wire, kept = installed()
    for mode, pin in (
        ("required", ""),
        ("required", "1234567"),
        ("optional", "12345678901234567"),
        ("required", "1234567g"),
        ("pinOk", "12345678"),
    ):
        with raises(ValueError):
            set_own(wire, mode, pin)
    assert kept[records.PIN] == b"\x01" + OWN


def test_entered_once_and_for_all():
    wire, kept = installed()
    wire.in_pin().send(PIN_NONE, typed(OWN))
    assert wire.said()[-1] == PIN_OK
    again = boot(kept)
    assert again.in_pin().said()[-1] == PIN_OK
    # not for another partner, and not after trust was withdrawn
    assert not again.node.pins.keeper.entered(OTHER)
    again.commissioning.untrust(SKI)
    assert records.PARTNER_PIN not in kept
    again.commissioning.trust(SKI)
    assert boot(kept).in_pin().said()[-1] == REQUIRED_OK


def test_a_new_pin_is_entered_by_all():
    wire, kept = installed()
    wire.in_pin().send(PIN_NONE, typed(OWN))
    assert wire.said()[-1] == PIN_OK
    set_own(wire, "required", "99999999")
    assert wire.said()[-1] == (
        b'\x03{"connectionClose":[{"phase":"announce"},{"maxTime":500},{"reason":"unspecific"}]}'
    )
    assert boot(kept).in_pin().said()[-1] == REQUIRED_OK


def test_the_count_outlives_a_reboot():
    wire, kept = installed()
    wire.in_pin().send(PIN_NONE, typed(b"1"), typed(b"2"))
    assert kept[records.WRONG_PINS] == b"\x02"
    wire = boot(kept)
    wire.in_pin()
    wire.said()
    assert wire.send(PIN_NONE, typed(b"3")).said() == [WRONG, REQUIRED_BUSY]
    # pulling the plug does not help
    wire = boot(kept)
    assert wire.in_pin().said()[-1] == REQUIRED_BUSY
    assert wire.turn(wire.now) == 15000
    assert wire.send(PIN_NONE, typed(OWN)).said() == [REQUIRED_BUSY]
    wire.turn(wire.now + 15000 & 0x3FFFFFFF)
    assert wire.said() == [REQUIRED_OK]
    assert wire.send(typed(OWN)).said() == [PIN_OK]
    assert records.WRONG_PINS not in kept


def test_the_long_pause_after_a_reboot():
    wire, kept = installed()
    kept[records.WRONG_PINS] = b"\x06"
    wire = boot(kept)
    assert wire.turn(wire.now) == 90000
    assert wire.turn(wire.now + 89999) == 1
    assert wire.turn(wire.now + 90000) == -1


def test_a_full_store_forgives_nothing():
    wire, kept = installed()
    kept.full = True
    wire.in_pin()
    wire.said()
    said = wire.send(PIN_NONE, typed(b"1"), typed(b"2"), typed(b"3")).said()
    assert said == [WRONG, WRONG, WRONG, REQUIRED_BUSY]


def test_the_pin_of_a_partner():
    kept = Scarce()
    wire = boot(kept)
    with raises(ValueError, "trust it first"):
        set_partner(wire, SKI, THEIRS.decode())
    wire.commissioning.trust(SKI)
    set_partner(wire, SKI, THEIRS.decode())
    wire = boot(kept)
    wire.in_pin()
    assert wire.said()[-1] == PIN_NONE
    assert wire.send(REQUIRED_OK).said() == [typed(THEIRS)]
    # refused: it is not tried at the next connection
    wire.send(WRONG)
    assert records.PARTNER_PIN not in kept
    wire = boot(kept)
    wire.in_pin()
    wire.said()
    assert wire.send(REQUIRED_OK).said() == [("close", 4001)]


def test_both_pins_of_one_partner():
    wire, kept = installed()
    set_partner(wire, SKI, THEIRS.decode())
    wire.in_pin().send(PIN_NONE, typed(OWN))
    assert kept[records.PARTNER_PIN] == b"\x01" + THEIRS
    set_partner(wire, SKI, "00ff00ff")
    assert kept[records.PARTNER_PIN] == b"\x0100ff00ff"
    set_own(wire, "required", "12345678")
    assert kept[records.PARTNER_PIN] == b"\x0000ff00ff"
    wire.node.pins.keeper.enter(SKI)
    wire.node.pins.keeper.forget(SKI)
    assert kept[records.PARTNER_PIN] == b"\x01"
