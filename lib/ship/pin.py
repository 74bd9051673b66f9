"""PINs (6.9.6, 6.10.4.6): our own, which partners enter, and those of partners, which we enter.
Loaded where there is one: a Node without has `pins` None and says "none".

The two directions are independent. A connection goes on to data when the partner needs nothing of
us any more, and our PIN is entered, is optional or there is none. While an optional one is not
entered, the connection is `restricted`.

Wrong inputs are counted for the device, not for a connection, and until the right PIN comes:
after the third there is a pause, after the sixth and each further a longer one. In a pause every
partner is told "busy", and no input is looked at.
"""

from micropython import const

from ticks import add, diff

NONE = 0  # as enum pinstate
REQUIRED = 1
OPTIONAL = 2
_NONE = const(0)  # enum pinstate none
_REQUIRED = const(1)  # enum pinstate required
_OPTIONAL = const(2)  # enum pinstate optional
_OK = const(3)  # enum pinstate pinOk
_BUSY = const(0)  # enum permission busy

_S_STATE = const(1)  # slot connectionPinState.pinState
_S_PERMISSION = const(2)  # slot connectionPinState.inputPermission
_S_ERROR = const(1)  # slot connectionPinError.error
_WRONG_PIN = const(1)  # Table 39; every other value is reserved

_M_PIN_STATE = const(4)  # enum message connectionPinState
_M_PIN_INPUT = const(5)  # enum message connectionPinInput

# Sme: its messages, timer and states
_SEND_ERROR = const(6)
_SEND_STATE = const(7)
_SEND_INPUT = const(8)
_WAIT = const(0)
_PIN = const(4)
_DATA = const(5)

_ERROR = const(b'\x01{"connectionPinError":[{"error":1}]}')
_STATE = const(b'\x01{"connectionPinState":[{"pinState":"%s"}]}')
_WANTED = const(b'\x01{"connectionPinState":[{"pinState":"%s"},{"inputPermission":"%s"}]}')
_INPUT = const(b'\x01{"connectionPinInput":[{"pin":"%s"}]}')

# Table 21
_SOME = const(3)
_MANY = const(6)  # the count stays here: whoever guesses on does not wear out the flash
_PAUSE_MS = const(15000)  # after the third, fourth, fifth wrong input
_LONG_PAUSE_MS = const(90000)
# Our choice: somebody has to look the PIN up and type it, and a long pause has to pass
_INPUT_MS = const(300000)

# bits of Sme.pin
_SATISFIED = const(1)  # the peer wants nothing of us before it exchanges data
_ENTERED = const(2)  # it has entered our PIN
_TRIED = const(4)  # we have entered its PIN


class Pins:
    def __init__(self, node, keeper, mode, own, wrong):
        """`mode` NONE, REQUIRED or OPTIONAL; `own`: our PIN, 8 to 16 lower-case hex digits as
        bytes; `wrong`: wrong inputs so far. `keeper` remembers: entered(ski) -> has that partner
        entered our PIN? enter(ski): it has; count(wrong); theirs(ski) -> its PIN, bytes or None;
        forget(ski): that PIN is wrong."""
        self.node = node
        self.keeper = keeper
        self.mode = mode
        self.own = own
        self.wrong = wrong
        self.busy = wrong >= _SOME  # a reboot does not shorten a pause
        self.until = -1

    # what Sme asks

    def says(self, conn, n):
        """connectionPinError, connectionPinState or connectionPinInput to this peer."""
        if n == _SEND_ERROR:
            return _ERROR
        if n == _SEND_INPUT:
            return _INPUT % (self.keeper.theirs(conn.ski) or b"")
        if self.mode == _NONE:
            return _STATE % b"none"
        if self._entered(conn):
            return _STATE % b"pinOk"
        word = b"required" if self.mode == _REQUIRED else b"optional"
        return _WANTED % (word, b"busy" if self.busy else b"ok")

    def message(self, conn, msg):
        """connectionPinState, connectionPinInput or connectionPinError has come."""
        if msg == _M_PIN_INPUT:
            self._input(conn)
        elif msg == _M_PIN_STATE:
            self._asked(conn)
        elif conn.pin & _TRIED:
            self._refused(conn)
        if conn.state == _PIN:
            self._go_on(conn)

    def tick(self, now):
        if not self.busy:
            return -1
        if self.until < 0:
            self.until = add(now, _PAUSE_MS if self.wrong < _MANY else _LONG_PAUSE_MS)
        left = diff(self.until, now)
        if left > 0:
            return left
        self.busy = False
        self.until = -1
        self._tell()
        return -1

    def _tell(self):
        """Whoever may want to enter our PIN hears whether it may."""
        for conn in self.node.conns:
            if (conn.state == _PIN or conn.state == _DATA) and not self._entered(conn):
                conn.send(_SEND_STATE)

    # our PIN

    def _entered(self, conn):
        return conn.pin & _ENTERED or self.keeper.entered(conn.ski)

    def _input(self, conn):
        if self.mode == _NONE or self.busy or self._entered(conn):
            conn.send(_SEND_STATE)  # says why it was not looked at
        elif (conn.text or b"").lower() == self.own:
            if self.wrong:
                self.wrong = 0
                self.keeper.count(0)
            conn.pin |= _ENTERED
            conn.restricted = False
            self.keeper.enter(conn.ski)
            conn.send(_SEND_STATE)
        else:
            if self.wrong < _MANY:
                self.wrong += 1
                self.keeper.count(self.wrong)  # before the answer: power may be cut after it
            conn.send(_SEND_ERROR)
            if self.wrong >= _SOME:
                self.busy = True
                self._tell()

    # the peer's PIN

    def _asked(self, conn):
        state = conn.rec[_S_STATE]
        if state == _NONE or state == _OK:
            conn.pin |= _SATISFIED
        elif state < 0:
            conn.farewell(4001)
        else:
            if state == _OPTIONAL:
                conn.pin |= _SATISFIED
            if conn.rec[_S_PERMISSION] == _BUSY:
                conn.pin &= ~_TRIED  # nothing is looked at until it says ok
            elif conn.pin & _TRIED:
                pass  # the answer to that is on its way
            elif self.keeper.theirs(conn.ski):
                conn.pin |= _TRIED
                conn.send(_SEND_INPUT)
            elif state == _REQUIRED:
                conn.farewell(4001)

    def _refused(self, conn):
        """Our input was wrong, or failed for a reason that is reserved (Table 39)."""
        if conn.rec[_S_ERROR] == _WRONG_PIN:
            self.keeper.forget(conn.ski)  # coming back with it would lock the peer for all
        if not conn.pin & _SATISFIED:
            conn.farewell(4001)

    def _go_on(self, conn):
        if not conn.pin & _SATISFIED or self.mode == _REQUIRED and not self._entered(conn):
            conn.timers[_WAIT] = add(conn.now, _INPUT_MS)
        else:
            conn.restricted = self.mode == _OPTIONAL and not self._entered(conn)
            conn.exchange()
