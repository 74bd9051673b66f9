"""The SHIP message exchange of one connection: CMI, hello, protocol handshake, PIN, access methods, close
(6.10.4). Each state has one method that takes a message, as the tables of the clause are written."""

from micropython import const

import ship.messages as m
from ejson import ABSENT
from ticks import add, diff, sooner

# Table 21
_CMI_MS = const(30000)
_HELLO_MS = const(120000)  # T_hello_init and T_hello_inc
_PROLONG_THR_MS = const(30000)
_PROLONG_GAP_MS = const(15000)
_WAIT_MS = const(10000)  # handshake and PIN
_CLOSE_MS = const(500)  # maxTime that we announce

# slots; those of each message begin at 1
_S_PHASE = const(1)  # slot connectionHello.phase, connectionClose.phase
_S_WAITING = const(2)  # slot connectionHello.waiting
_S_PROLONG = const(3)  # slot connectionHello.prolongationRequest
_S_TYPE = const(1)  # slot messageProtocolHandshake.handshakeType
_S_MAJOR = const(2)  # slot messageProtocolHandshake.version.major
_S_MINOR = const(3)  # slot messageProtocolHandshake.version.minor
_S_FORMAT = const(4)  # slot messageProtocolHandshake.formats.format
_S_PIN = const(1)  # slot connectionPinState.pinState

_M_HELLO = const(1)  # enum message connectionHello
_M_HANDSHAKE = const(2)  # enum message messageProtocolHandshake
_M_ERROR = const(3)  # enum message messageProtocolHandshakeError
_M_PIN_STATE = const(4)  # enum message connectionPinState
_M_ACCESS_REQUEST = const(7)  # enum message accessMethodsRequest
_M_ACCESS = const(8)  # enum message accessMethods
_M_CLOSE = const(10)  # enum message connectionClose

_READY = const(0)  # enum phase ready
_PENDING = const(1)  # enum phase pending
_ANNOUNCE = const(3)  # enum phase announce
_ANNOUNCE_MAX = const(0)  # enum shake announceMax
_SELECT = const(1)  # enum shake select
_UTF8 = const(1)  # bit of enum format JSON-UTF8
_NO_PIN = const(0)  # enum pinstate none
_OPTIONAL = const(2)  # enum pinstate optional
_PIN_OK = const(3)  # enum pinstate pinOk

# states of Connection
_CMI = const(1)
_HELLO = const(2)
_PROTOCOL = const(3)
_PIN = const(4)
_DATA = const(5)
_CLOSING = const(6)

# errors of Table 35
_TIMEOUT = const(1)
_UNEXPECTED = const(2)
_MISMATCH = const(3)


class Sme:
    def __init__(self, conn):
        self.conn = conn
        self.rec = conn.walker.rec
        self.ready = False  # hello: we trust the peer
        self.peer_ready = False
        self.selected = False  # protocol handshake: our select is out (server) or theirs is in (client)
        self.peer_waiting = 0
        self.error = 0
        self.reason = b""
        self.wait_at = self.prolong_at = self.reply_at = -1

    def message(self, kind, msg, value):
        """A complete message: type byte, index of its name (0: unknown or malformed), value of an init message."""
        state = self.conn.state
        if state == _CMI:
            self._cmi(kind == 0 and value == 0)
        elif kind == 3 and state >= _DATA:
            self._close()
        elif kind == 1:
            if state == _HELLO:
                if msg == _M_HELLO and self.rec[_S_PHASE] in (_READY, _PENDING):
                    self._hello_ready() if self.ready else self._hello_pending()
                else:
                    self._abort()
            elif state == _PROTOCOL:
                self._protocol(msg)
            elif state >= _PIN:
                self._data(msg)

    # CMI (6.10.4)

    def open(self):
        """The WebSocket is open."""
        conn = self.conn
        self._wait(_CMI_MS)
        if conn.client:
            conn.send(m.INIT)
        conn.enter(_CMI)

    def _cmi(self, good):
        conn = self.conn
        if not conn.client:
            conn.send(m.INIT)  # also before closing on a wrong one (TC_SHIP_CMI_001, 005)
        if good:
            self._hello()
        else:
            conn.farewell(4001)

    # hello

    def _hello(self):
        conn = self.conn
        conn.state = _HELLO
        self.ready = conn.node.trusts(conn.ski)
        self._wait(_HELLO_MS)
        conn.send(m.HELLO)
        conn.enter(_HELLO)

    def _hello_ready(self):
        """SME_HELLO_STATE_READY_LISTEN."""
        if self.rec[_S_PHASE] == _READY:
            self._protocol_begin()
        elif self.rec[_S_PROLONG] == 1:  # SHIP-TS-HELLO-02: granted each time
            self._wait(diff(self.wait_at, self.conn.now) + _HELLO_MS)
            self.conn.send(m.HELLO)
        # pending without a request: no reaction (SHIP-TS-HELLO-04)

    def _hello_pending(self):
        """SME_HELLO_STATE_PENDING_LISTEN."""
        waiting = self.rec[_S_WAITING]
        if self.rec[_S_PHASE] == _READY:
            if waiting < 0:
                self._abort()
                return
            self.peer_ready = True
            self.wait_at = self.reply_at = -1
        elif self.rec[_S_PROLONG] == 1:
            self._wait(diff(self.wait_at, self.conn.now) + _HELLO_MS)
            self.conn.send(m.HELLO)
            return
        else:
            self.reply_at = -1
        if waiting >= 0:
            self.peer_waiting = waiting
            self.prolong_at = -1
            if waiting >= _PROLONG_THR_MS:
                self.prolong_at = add(self.conn.now, waiting - _PROLONG_GAP_MS)

    def trusted(self):
        """The user has granted trust while the peer is waiting."""
        if self.conn.state == _HELLO and not self.ready:
            self.ready = True
            self.prolong_at = self.reply_at = -1
            self._wait(_HELLO_MS)
            self.conn.send(m.HELLO)
            if self.peer_ready:
                self._protocol_begin()

    def _abort(self):
        self.conn.send(m.ABORT)
        self.conn.farewell(4452)

    # protocol handshake

    def _protocol_begin(self):
        conn = self.conn
        self.prolong_at = self.reply_at = -1
        self._wait(_WAIT_MS)
        if conn.client:
            conn.send(m.HANDSHAKE)
        conn.enter(_PROTOCOL)

    def _protocol(self, msg):
        conn = self.conn
        rec = self.rec
        if msg == _M_ERROR:
            conn.farewell(4001)
        elif msg != _M_HANDSHAKE:
            self._fail(_UNEXPECTED)
        elif conn.client or self.selected:  # theirs is the select
            if rec[_S_TYPE] != _SELECT:
                self._fail(_UNEXPECTED)
            elif rec[_S_MAJOR] != 1 or rec[_S_MINOR] != 0 or rec[_S_FORMAT] != _UTF8:
                self._fail(_MISMATCH)
            else:
                if conn.client:
                    self.selected = True
                    conn.send(m.HANDSHAKE)
                self._pin_begin()
        elif rec[_S_TYPE] != _ANNOUNCE_MAX:
            self._fail(_UNEXPECTED)
        elif rec[_S_MAJOR] < 1 or rec[_S_FORMAT] < 0 or not rec[_S_FORMAT] & _UTF8:
            self._fail(_MISMATCH)
        else:
            self.selected = True
            self._wait(_WAIT_MS)
            conn.send(m.HANDSHAKE)

    def _fail(self, error):
        self.error = error
        self.conn.send(m.HANDSHAKE_ERROR)
        self.conn.farewell(4001)

    # PIN: none on our side

    def _pin_begin(self):
        self._wait(_WAIT_MS)
        self.conn.send(m.PIN_STATE)
        self.conn.enter(_PIN)

    def _pin(self):
        state = self.rec[_S_PIN]
        if state == _NO_PIN or state == _PIN_OK or state == _OPTIONAL:
            self.wait_at = -1
            if self.conn.node.asks_access:
                self.conn.send(m.ACCESS_REQUEST)
            self.conn.enter(_DATA)
        else:
            self.conn.farewell(4001)

    # data phase

    def _data(self, msg):
        conn = self.conn
        if msg == _M_ACCESS_REQUEST:
            conn.send(m.ACCESS)
        elif msg == _M_PIN_STATE and conn.state == _PIN:
            self._pin()
        elif msg == _M_ACCESS and conn.text:
            conn.node.access(conn, conn.text)
        # whatever else comes here is nobody's business (SHIP-TS-MSG-02)

    def announce_close(self, reason):
        self.reason = reason
        self._wait(_CLOSE_MS)
        self.conn.send(m.CLOSE_ANNOUNCE)
        self.conn.enter(_CLOSING)

    def _close(self):
        # some stacks answer an announce with an announce, or with nothing readable: any of them is the end
        if self.conn.state == _DATA:
            self.conn.send(m.CLOSE_CONFIRM)
        self.conn.farewell(4001)

    # time

    def _wait(self, ms):
        self.wait_at = add(self.conn.now, ms)

    def tick(self, now):
        wait = -1
        if self.prolong_at >= 0:
            if diff(now, self.prolong_at) >= 0:
                self.prolong_at = -1
                self.reply_at = add(now, self.peer_waiting)
                self.conn.send(m.PROLONG)
            else:
                wait = diff(self.prolong_at, now)
        if self.reply_at >= 0:
            if diff(now, self.reply_at) >= 0:
                self.reply_at = -1
                self._abort()
            else:
                wait = sooner(wait, diff(self.reply_at, now))
        if self.wait_at >= 0:
            if diff(now, self.wait_at) >= 0:
                self.wait_at = -1
                self._expired()
            else:
                wait = sooner(wait, diff(self.wait_at, now))
        return wait

    def _expired(self):
        state = self.conn.state
        if state == _HELLO:
            self._abort()
        elif state == _PROTOCOL:
            self._fail(_TIMEOUT)
        else:  # CMI, PIN, CLOSING
            self.conn.farewell(4001)

    # out

    def render(self, template, w):
        if template is m.HELLO:
            left = diff(self.wait_at, self.conn.now) if self.wait_at >= 0 else _HELLO_MS
            w.t(template).lit(b"ready" if self.ready else b"pending").num(max(left, 0)).end()
        elif template is m.HANDSHAKE:
            select = self.selected or not self.conn.client
            w.t(template).lit(b"select" if select else b"announceMax").end()
        elif template is m.HANDSHAKE_ERROR:
            w.t(template).num(self.error).end()
        elif template is m.ACCESS:
            w.t(template).text(self.conn.node.ship_id).end()
        elif template is m.CLOSE_ANNOUNCE:
            w.t(template).num(_CLOSE_MS).lit(self.reason).end()
        else:
            w.raw(template)
