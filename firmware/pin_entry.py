"""PINs are set: our own, or that of a partner (6.9.6). Loaded for that, and let go."""

from late import load

from firmware import store as records
from ship.conn import DATA, HELLO
from ship.pin import NONE, OPTIONAL, REQUIRED

_MODES = {"none": NONE, "required": REQUIRED, "optional": OPTIONAL}


def checked(pin):
    """The PIN as bytes, lower case, without blanks. Raises ValueError."""
    pin = pin.replace(" ", "").lower()
    if not 8 <= len(pin) <= 16 or pin.strip("0123456789abcdef"):
        raise ValueError("a PIN has 8 to 16 hex digits")
    return pin.encode()


def _pins(app):
    if not app.node.pins:
        app.save(records.PIN, bytes((NONE,)))
        load("firmware.pin").start(app)
    return app.node.pins


def set_own(app, mode, pin):
    """Sets our PIN; `mode`: "none", "required" or "optional". Partners have to enter it, whatever
    they entered before; those that exchange data are sent away to do so. Raises ValueError,
    StoreFull."""
    if mode not in _MODES:
        raise ValueError("mode is none, required or optional")
    mode = _MODES[mode]
    own = checked(pin) if mode != NONE else b""
    pins = _pins(app)
    app.save(records.PIN, bytes((mode,)) + own)
    for ski in app.node.trusted:
        pins.keeper.forget_entered(ski)
    pins.keeper.count(0)
    pins.mode = mode
    pins.own = own
    pins.wrong = 0
    pins.busy = False
    pins.until = -1
    for conn in app.node.conns:
        if HELLO < conn.state <= DATA:
            conn.close()


def set_partner(app, ski, pin):
    """The PIN of a trusted partner (20 bytes), which wants it of us: entered when it asks. Raises
    ValueError, StoreFull."""
    pin = checked(pin)
    keeper = _pins(app).keeper
    key = keeper.key(ski)
    if not key:
        raise ValueError("trust it first: a PIN comes second")
    app.save(key, bytes((keeper.entered(ski),)) + pin)
