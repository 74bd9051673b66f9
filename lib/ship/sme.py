"""The SHIP message exchange of one connection: PIN, access methods, close (6.10.4), and what is
common to all states. CMI, hello and protocol handshake come once: opening.py. What becomes of
bytes is the business of conn.py."""

from late import load
from micropython import const

from ticks import add, diff, sooner

_CMI_MS = const(30000)  # Table 21
_CLOSE_MS = const(500)  # maxTime that we announce, see _MESSAGES

_S_PIN = const(1)  # slot connectionPinState.pinState

_M_PIN_STATE = const(4)  # enum message connectionPinState
_M_PIN_ERROR = const(6)  # enum message connectionPinError
_M_ACCESS_REQUEST = const(7)  # enum message accessMethodsRequest
_M_ACCESS = const(8)  # enum message accessMethods

_REQUIRED = const(1)  # enum pinstate required

# states, as in ship.states
_HTTP = const(0)
_CMI = const(1)
_PIN = const(4)
_DATA = const(5)
_CLOSING = const(6)
_FAREWELL = const(7)

# timers
_WAIT = const(0)  # for what the state waits for; the others in opening.py

# Messages of Tables 31 to 42 and 53, numbered in the order in which they may come: those that
# wait to be sent are a bit mask. % is a hole for Writer.t(). The first six are in opening.py.
_INIT = const(0)
_OPENING = const(0b111111)
_PIN_ERROR = const(6)  # what it and the two after it say, ship.pin knows, where there is a PIN
_PIN_STATE = const(7)
_PIN_INPUT = const(8)
_ACCESS_REQUEST = const(9)
_ACCESS = const(10)
_CLOSE_ANNOUNCE = const(11)
_CLOSE_CONFIRM = const(12)
_MESSAGES = const(
    (
        b'\x01{"connectionPinState":[{"pinState":"none"}]}',
        b"",
        b'\x01{"accessMethodsRequest":[]}',
        b'\x01{"accessMethods":[{"id":%}%]}',
        b'\x03{"connectionClose":[{"phase":"announce"},{"maxTime":500},{"reason":"%"}]}',
        b'\x03{"connectionClose":[{"phase":"confirm"}]}',
    )
)


class Sme:
    minor = 0  # SHIP 1.0 or 1.1: what we announce, then what is selected
    opening = None  # the module, while it is needed
    grants = 0  # of prolongation
    pin = 0  # what ship.pin keeps of this connection
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
        self.text = self.uri = None  # of a message that has them: SHIP ID or PIN, URI of dns
        self.timers = [-1, -1, -1, -1]
        self.now = 0

    def message(self, kind, msg, good):
        """A complete message: type byte, index of its name (0: another type than 1, malformed, or
        nobody knows it), and of type 0 whether its value is right."""
        state = self.state
        if kind == 3 and state > _CMI:
            # some stacks answer an announce with an announce, or with nothing readable: any of
            # them is the end
            if state == _DATA:
                self.send(_CLOSE_CONFIRM)
            self.farewell(4001)
        elif state < _PIN:
            self.opening.message(self, kind, msg, good)
        elif kind > 2:  # SHIP-TS-MSG-02
            pass
        elif msg == _M_ACCESS_REQUEST:
            self.send(_ACCESS)
        elif msg == _M_ACCESS and self.uri and self.node.told:
            self.node.told(self.ski, self.uri)
        elif _M_PIN_STATE <= msg <= _M_PIN_ERROR and state <= _DATA:
            self._pin(msg)
        # whatever else comes is nobody's business

    def open(self):
        """The WebSocket is open."""
        for conn in self.node.conns:  # one copy is enough for all that wait for trust
            self.opening = self.opening or conn.opening
        if not self.opening:
            self.opening = load("ship.opening")
        self.timer(_WAIT, _CMI_MS)
        if self.client:
            self.send(_INIT)
        self.enter(_CMI)

    def trust(self):
        """The user has granted trust: a peer that waits for it goes on."""
        if self.opening:
            self.opening.trust(self)

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

    def close(self, reason=b"unspecific"):
        """Ends the connection as 6.10.4 wants it in its state."""
        if self.state == _DATA:
            self.reason = reason
            self.timer(_WAIT, _CLOSE_MS)
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

    def timer(self, i, ms):
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
        if self.state < _PIN:
            self.opening.expired(self, i)
        else:  # PIN, CLOSING
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
        if n < _PIN_ERROR:
            self.opening.render(self, n, w)
        elif self.node.pins and n <= _PIN_INPUT:
            w.t(self.node.pins.says(self, n))
        else:
            w.t(_MESSAGES[n - _PIN_STATE])
            if n == _ACCESS:
                w.text(self.node.ship_id).lit(self.node.access)
            elif n == _CLOSE_ANNOUNCE:
                w.lit(self.reason)
        w.end()
        if self.state >= _PIN and not self.queue & _OPENING:
            self.opening = None
