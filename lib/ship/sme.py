"""The SHIP message exchange of one connection: CMI, hello, protocol handshake, PIN, access
methods, close (6.10.4). Each state has one method that takes a message, as the tables of the
clause are written. What becomes of bytes is the business of conn.py."""

from micropython import const

from ticks import add, diff, sooner

# Table 21
_CMI_MS = const(30000)
_HELLO_MS = const(120000)  # T_hello_init and T_hello_inc
_LONGEST_HELLO_MS = const(240000)
_STRANGER_MS = const(600000)  # 6.10.4.4 sets no bound: ours, for whom we do not trust
_STRANGER_GRANTS = const(10)
_PROLONG_THR_MS = const(30000)
_PROLONG_GAP_MS = const(15000)
_WAIT_MS = const(10000)  # handshake and PIN
_LONGEST_WAITING_MS = const(0x0FFFFFFF)
_CLOSE_MS = const(500)  # maxTime that we announce, see _MESSAGES

# slots; those of each message begin at 1
_S_PHASE = const(1)  # slot connectionHello.phase
_S_WAITING = const(2)  # slot connectionHello.waiting
_S_PROLONG = const(3)  # slot connectionHello.prolongationRequest
_S_TYPE = const(1)  # slot messageProtocolHandshake.handshakeType
_S_MAJOR = const(2)  # slot messageProtocolHandshake.version.major
_S_MINOR = const(3)  # slot messageProtocolHandshake.version.minor
_S_FORMAT = const(4)  # slot messageProtocolHandshake.formats.format
_S_PIN = const(1)  # slot connectionPinState.pinState
_S_ERROR = const(5)  # slot error

_M_HELLO = const(1)  # enum message connectionHello
_M_HANDSHAKE = const(2)  # enum message messageProtocolHandshake
_M_ERROR = const(3)  # enum message messageProtocolHandshakeError
_M_PIN_STATE = const(4)  # enum message connectionPinState
_M_PIN_ERROR = const(6)  # enum message connectionPinError
_M_ACCESS_REQUEST = const(7)  # enum message accessMethodsRequest

_READY = const(0)  # enum phase ready
_PENDING = const(1)  # enum phase pending
_ANNOUNCE_MAX = const(0)  # enum shake announceMax
_SELECT = const(1)  # enum shake select
_UTF8 = const(1)  # bit of enum format JSON-UTF8
_REQUIRED = const(1)  # enum pinstate required

# states, as in conn.STATES
_HTTP = const(0)
_CMI = const(1)
_HELLO = const(2)
_PROTOCOL = const(3)
_PIN = const(4)
_DATA = const(5)
_CLOSING = const(6)
_FAREWELL = const(7)

_TIMEOUT = const(1)  # errors of Table 35
_UNEXPECTED = const(2)
_MISMATCH = const(3)
# timers
_WAIT = const(0)  # for what the state waits for
_PROLONG = const(1)  # until we ask for more time
_REPLY = const(2)  # for the answer to that
_STRANGER = const(3)  # until the hello of somebody whom we do not trust ends, prolonged or not

# Messages of Tables 31 to 42 and 53 in the order in which they may come; % is for Writer.t()
_INIT = const(0)
_PROLONGATION = const(1)
_OUR_HELLO = const(2)
_ABORT = const(3)
_HANDSHAKE = const(4)
_HANDSHAKE_ERROR = const(5)
_PIN_ERROR = const(6)  # what it and the two after it say, ship.pin knows, where there is a PIN
_PIN_STATE = const(7)
_PIN_INPUT = const(8)
_ACCESS_REQUEST = const(9)
_ACCESS = const(10)
_CLOSE_ANNOUNCE = const(11)
_CLOSE_CONFIRM = const(12)
_MESSAGES = const(
    (
        b"\x00\x00",
        b'\x01{"connectionHello":[{"phase":"pending"},{"prolongationRequest":true}]}',
        b'\x01{"connectionHello":[{"phase":"%"},{"waiting":%}]}',
        b'\x01{"connectionHello":[{"phase":"aborted"}]}',
        b'\x01{"messageProtocolHandshake":[{"handshakeType":"%"},'
        b'{"version":[{"major":1},{"minor":0}]},{"formats":[{"format":["JSON-UTF8"]}]}]}',
        b'\x01{"messageProtocolHandshakeError":[{"error":%}]}',
        b"",
        b'\x01{"connectionPinState":[{"pinState":"none"}]}',
        b"",
        b'\x01{"accessMethodsRequest":[]}',
        b'\x01{"accessMethods":[{"id":%},{"dnsSd_mDns":[]}]}',
        b'\x03{"connectionClose":[{"phase":"announce"},{"maxTime":500},{"reason":"%"}]}',
        b'\x03{"connectionClose":[{"phase":"confirm"}]}',
    )
)


class Sme:
    pin = 0  # what ship.pin keeps of this connection
    grants = 0  # of prolongation
    restricted = False  # the peer has not entered an optional PIN: it may look, but not bind

    def __init__(self, node, ski, client, rec):
        """`rec`: the record of the last message, see schema.txt."""
        self.rec = rec
        self.node = node
        self.ski = ski
        self.client = client
        self.state = _HTTP
        self.app = None
        self.queue = 0  # bit n: _MESSAGES[n] is to be sent
        self.ready = False  # hello: we trust the peer
        self.peer_ready = False
        self.selected = False  # handshake: our select is out (server) or theirs is in (client)
        self.peer_waiting = 0
        self.error = 0
        self.code = 4001
        self.text = None  # of a message that has one: the SHIP ID of accessMethods, a PIN
        self.timers = [-1, -1, -1, -1]
        self.now = 0

    def message(self, kind, msg, good):
        """A complete message: type byte, index of its name (0: another type than 1, malformed, or
        nobody knows it), and of type 0 whether its value is right."""
        state = self.state
        if state == _CMI:
            if not self.client:
                self.send(_INIT)  # also before closing on a wrong one (TC_SHIP_CMI_001, 005)
            if kind == 0 and good:
                self.ready = self.node.trusts(self.ski)
                if not self.ready:
                    self._timer(_STRANGER, _STRANGER_MS)
                self._hello()
                self.enter(_HELLO)
            else:
                self.farewell(4001)
        elif kind == 3:
            # some stacks answer an announce with an announce or nonsense: it is the end
            if state == _DATA:
                self.send(_CLOSE_CONFIRM)
            self.farewell(4001)
        elif kind > 3:  # SHIP-TS-MSG-02
            pass
        elif state == _HELLO:
            self._peer_hello(msg == _M_HELLO)
        elif state == _PROTOCOL:
            self._handshake(msg)
        elif msg == _M_ACCESS_REQUEST:
            self.send(_ACCESS)
        elif _M_PIN_STATE <= msg <= _M_PIN_ERROR and state <= _DATA:
            self._pin(msg)

    def open(self):
        """The WebSocket is open."""
        self._timer(_WAIT, _CMI_MS)
        if self.client:
            self.send(_INIT)
        self.enter(_CMI)

    def _hello(self):
        self._timer(_WAIT, _HELLO_MS)
        self.send(_OUR_HELLO)

    def _peer_hello(self, good):
        """SME_HELLO_STATE_READY_LISTEN and, as long as we do not trust, PENDING_LISTEN."""
        timers = self.timers
        phase = self.rec[_S_PHASE]
        waiting = min(self.rec[_S_WAITING], _LONGEST_WAITING_MS)
        asked = phase == _PENDING and self.rec[_S_PROLONG] == 1
        if not good or not 0 <= phase <= 1 or asked and self.grants == _STRANGER_GRANTS:
            self._abort()
        elif asked:  # SHIP-TS-HELLO-02: granted
            left = max(diff(timers[_WAIT], self.now), 0) if timers[_WAIT] >= 0 else 0
            left = min(left + _HELLO_MS, _LONGEST_HELLO_MS)
            if not self.ready:
                self.grants += 1
                left = min(left, diff(timers[_STRANGER], self.now))
            self._hello()
            self._timer(_WAIT, left)
        elif self.ready:
            if phase == _READY:
                self._protocol()
            # pending without a request: no reaction (SHIP-TS-HELLO-04)
        elif phase == _READY and waiting < 0:
            self._abort()
        else:
            timers[_REPLY] = -1
            if waiting >= 0:
                self.peer_waiting = waiting
                timers[_PROLONG] = -1
                if waiting >= _PROLONG_THR_MS:
                    self._timer(_PROLONG, waiting - _PROLONG_GAP_MS)
            if phase == _READY:
                # for good: openeebus says pending when it grants, ready or not
                self.peer_ready = True
                timers[_WAIT] = -1
                if waiting < _PROLONG_THR_MS:  # the peer gives up first, or else we do
                    self._timer(_WAIT, waiting + _PROLONG_GAP_MS)

    def trust(self):
        """The user has granted trust: a peer that waits for it goes on."""
        if self.state == _HELLO and not self.ready:
            self.ready = True
            self.timers = [-1, -1, -1, -1]
            self.grants = 0
            self._hello()
            if self.peer_ready:
                self._protocol()

    def _abort(self):
        self.send(_ABORT)
        self.farewell(4452)

    def _protocol(self):
        self._timer(_WAIT, _WAIT_MS)
        if self.client:
            self.send(_HANDSHAKE)
        self.enter(_PROTOCOL)

    def _handshake(self, msg):
        rec = self.rec
        shake = rec[_S_TYPE]
        if msg == _M_ERROR or rec[_S_ERROR] >= 0:  # ship-go leaves out the wrapper
            self.farewell(4001)
        elif msg != _M_HANDSHAKE:
            self._fail(_UNEXPECTED)
        elif self.client or self.selected:
            if shake != _SELECT:
                self._fail(_UNEXPECTED)
            elif rec[_S_MAJOR] != 1 or rec[_S_MINOR] != 0 or rec[_S_FORMAT] != _UTF8:
                self._fail(_MISMATCH)
            else:
                if self.client:
                    self.selected = True
                    self.send(_HANDSHAKE)
                self._timer(_WAIT, _WAIT_MS)
                self.send(_PIN_STATE)
                self.enter(_PIN)
        elif shake != _ANNOUNCE_MAX:
            self._fail(_UNEXPECTED)
        elif rec[_S_MAJOR] < 1 or not rec[_S_FORMAT] & _UTF8:
            self._fail(_MISMATCH)
        else:
            self.selected = True
            self._timer(_WAIT, _WAIT_MS)
            self.send(_HANDSHAKE)

    def _fail(self, error):
        self.error = error
        self.send(_HANDSHAKE_ERROR)
        self.farewell(4001)

    def _pin(self, msg):
        pins = self.node.pins
        if pins:
            pins.message(self, msg)
        elif self.state == _PIN and msg == _M_PIN_STATE:  # there is none here, nor one to enter
            if 0 <= self.rec[_S_PIN] != _REQUIRED:
                self.exchange()
            else:
                self.farewell(4001)

    def exchange(self):
        """Nothing stands in the way of data any more."""
        self.timers[_WAIT] = -1
        if self.node.asks_access:
            self.send(_ACCESS_REQUEST)
        self.app = self.node.new_app(self)
        self.enter(_DATA)

    # close

    def close(self, reason=b"unspecific"):
        """Ends the connection as 6.10.4 wants it in its state."""
        if self.state == _DATA:
            self.reason = reason
            self._timer(_WAIT, _CLOSE_MS)
            self.send(_CLOSE_ANNOUNCE)
            self.enter(_CLOSING)
        else:
            self.farewell(4001)

    def farewell(self, code):
        """Says what is queued, then the WebSocket close."""
        if self.state < _FAREWELL:
            self.code = code
            self.enter(_FAREWELL)

    def enter(self, state):
        self.state = state
        self.node.on_change(self)

    # time

    def _timer(self, i, ms):
        self.timers[i] = add(self.now, ms)

    def tick(self, now):
        self.now = now
        wait = -1
        for i in range(4):
            at = self.timers[i]
            if at >= 0:
                left = diff(at, now)
                if left > 0:
                    wait = sooner(wait, left)
                else:
                    self.timers[i] = -1
                    self._expired(i)
        return wait

    def _expired(self, i):
        if i == _PROLONG:
            self._timer(_REPLY, self.peer_waiting)
            self.send(_PROLONGATION)
        elif self.state == _HELLO:
            self._abort()
        elif self.state == _PROTOCOL:
            self._fail(_TIMEOUT)
        else:
            self.farewell(4001)

    # out

    def send(self, n):
        """Queues a message (once)."""
        self.queue |= 1 << n

    def render(self, w):
        """Writes the next message of the queue."""
        n = 0
        while not self.queue >> n & 1:
            n += 1
        self.queue ^= 1 << n
        pins = self.node.pins
        w.t(pins.says(self, n) if pins and _PIN_ERROR <= n <= _PIN_INPUT else _MESSAGES[n])
        if n == _OUR_HELLO:
            w.lit(b"ready" if self.ready else b"pending")
            w.num(max(diff(self.timers[_WAIT], self.now), 0))
        elif n == _HANDSHAKE:
            w.lit(b"select" if self.selected or not self.client else b"announceMax")
        elif n == _HANDSHAKE_ERROR:
            w.num(self.error)
        elif n == _ACCESS:
            w.text(self.node.ship_id)
        elif n == _CLOSE_ANNOUNCE:
            w.lit(self.reason)
        w.end()
