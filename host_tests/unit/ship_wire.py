"""A SHIP connection without socket and clock, and its peer as a script, for tests of lib/ship."""

from ejson_example import schema

from ejson.walker import NEED, TEXT, Walker
from ship.conn import CLOSED
from ship.node import Node

SKI = b"a peer with 20 bytes"
SHIP_ID = b"i:1_u:wallbox"
KEY = b"\x37\xfa\x21\x3d"  # masks what a client sends

UPGRADE = (
    b"GET /ship/ HTTP/1.1\r\nHost: wallbox\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: ship\r\n\r\n"
)
UPGRADED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
    b"Sec-WebSocket-Protocol: ship\r\n\r\n"
)

INIT = b"\x00\x00"
READY = b'\x01{"connectionHello":[{"phase":"ready"}]}'  # PAR_helloStateReady
PROLONG = b'\x01{"connectionHello":[{"phase":"pending"},{"prolongationRequest":true}]}'
ABORTED = b'\x01{"connectionHello":[{"phase":"aborted"}]}'
_SHAKE = (
    b'\x01{"messageProtocolHandshake":[{"handshakeType":"%s"},{"version":[{"major":1},{"minor":0}'
    b']},{"formats":[{"format":["JSON-UTF8"]}]}]}'
)
ANNOUNCE_MAX = _SHAKE % b"announceMax"
SELECT = _SHAKE % b"select"
PIN_NONE = b'\x01{"connectionPinState":[{"pinState":"none"}]}'
ACCESS_REQUEST = b'\x01{"accessMethodsRequest":[]}'
ACCESS = b'\x01{"accessMethods":[{"id":"i:1_u:wallbox"},{"dnsSd_mDns":[]}]}'
CONFIRM = b'\x03{"connectionClose":[{"phase":"confirm"}]}'


def hello(phase, waiting):
    return b'\x01{"connectionHello":[{"phase":"%s"},{"waiting":%d}]}' % (phase, waiting)


def handshake_error(n):
    return b'\x01{"messageProtocolHandshakeError":[{"error":%d}]}' % n


def announce(reason):
    return b'\x03{"connectionClose":[{"phase":"announce"},{"maxTime":500},{"reason":"%s"}]}' % (
        reason
    )


def data(payload):
    return b'\x02{"data":[{"header":[{"protocolId":"ee1.0"}]},{"payload":%s}]}' % payload


def frame(message, key, first=0x82, wide=0):
    """One frame, masked where there is a key; `wide`: 2 or 8 bytes of length at least."""
    n = len(message)
    bit = 0x80 if key else 0
    if n > 65535 or wide == 8:
        head = bytes((first, bit | 127)) + n.to_bytes(8, "big")
    elif n > 125 or wide == 2:
        head = bytes((first, bit | 126)) + n.to_bytes(2, "big")
    else:
        head = bytes((first, bit | n))
    if key is None:
        return head + message
    masked = bytearray(message)
    for i in range(n):
        masked[i] ^= key[i & 3]
    return head + key + masked


class App:
    """Reads {"message":[{"name":...}]} and keeps the names; says what is in `out`."""

    def __init__(self, conn):
        self.walker = Walker(conn.window, schema)
        self.names = []
        self.taken = []  # names of whole messages, one list each
        self.out = []
        self.dropped = 0
        self.closed = 0
        self.inside = False
        self.due = -1

    def start(self, window):
        assert window is self.walker.window
        self.walker.start()
        self.names = []
        self.inside = True

    def step(self):
        assert self.inside and not self.closed
        while True:
            event = self.walker.step()
            if event == TEXT:
                self.names.append(self.walker.text())
            else:
                return event != NEED

    def commit(self):
        assert self.inside
        self.inside = False
        self.taken.append(self.names)

    def drop(self):
        assert self.inside
        self.inside = False
        self.dropped += 1

    def render(self, w):
        if not self.out:
            return False
        w.raw(self.out.pop(0))
        return True

    def tick(self, now):
        return self.due

    def close(self):
        self.closed += 1


class Wire:
    """One connection of ours, as server or client, at time `now`. What it says is in said():
    messages, ("close", code), ("pong", body); its pings are counted, and answered where `pongs`
    is true."""

    def __init__(self, client=False, trusted=True, asks=False, window=256, node=Node):
        self.now = 0x3FFFFF00  # the clock wraps on the way
        self.states = []
        self.apps = []
        self.node = node(
            SHIP_ID, bytearray(700), window, self._app, self._changed, self._random, asks
        )
        self.node.asks_access = asks
        self.node.access = b',{"dnsSd_mDns":[]}'
        if trusted:
            self.node.trust(SKI)
        self.key = None if client else KEY
        if client:
            self.conn = self.node.connect(SKI, b"/ship/", b"peer")
        else:
            self.conn = self.node.connect(SKI)
        self.http = b""
        self.heard = []
        self.pings = 0
        self.pongs = True
        self.conn.tick(self.now)

    def _random(self, n):
        return b"the sample nonce"[:n]

    def _app(self, conn):
        assert conn is self.conn
        self.apps.append(App(conn))
        return self.apps[-1]

    def _changed(self, conn):
        self.states.append(conn.state)

    @property
    def app(self):
        return self.apps[-1] if self.apps else None

    def collect(self):
        """Takes all that there is to say."""
        while True:
            out = self.conn.tx()
            if out is None:
                return
            self._hear(bytes(out))

    def _hear(self, out):
        if out[:2] in (b"HT", b"GE"):
            self.http += out
            return
        n = out[1] & 0x7F
        at = 2
        if n == 126:
            n = out[2] << 8 | out[3]
            at = 4
        if self.key is None:
            assert out[1] & 0x80 and out[at : at + 4] == bytes(4)
            at += 4
        else:
            assert not out[1] & 0x80
        payload = out[at:]
        assert len(payload) == n
        if out[0] == 0x82:
            self.heard.append(payload)
        elif out[0] == 0x88:
            self.heard.append(("close", payload[0] << 8 | payload[1]))
        elif out[0] == 0x8A:
            self.heard.append(("pong", payload))
        else:
            assert out[0] == 0x89 and payload == b""
            self.pings += 1
            if self.pongs:
                self.bytes(frame(b"", self.key, 0x8A))

    def bytes(self, raw, chunk=0):
        """Bytes from the socket, in pieces of `chunk`."""
        chunk = chunk or len(raw) or 1
        for at in range(0, len(raw), chunk):
            piece = bytearray(raw[at : at + chunk])
            off = 0
            while off < len(piece):
                to = self.conn.rx(piece, off, len(piece))
                assert to > off
                off = to
                self.collect()

    def send(self, *messages):
        for message in messages:
            self.bytes(frame(message, self.key))
        return self

    def said(self):
        """What it has said since the last time."""
        self.collect()
        said = self.heard
        self.heard = []
        return said

    def wait(self, ms):
        """Lets time pass: from deadline to deadline."""
        while True:
            due = self.conn.tick(self.now)
            assert due == -1 or due > 0
            self.collect()
            step = ms if due < 0 else min(ms, due)
            ms -= step
            self.now = (self.now + step) & 0x3FFFFFFF
            if not step:
                return self

    def closed(self):
        return self.conn.state == CLOSED

    # into a state

    def upgraded(self):
        self.collect()
        if self.key:
            self.bytes(UPGRADE)
            assert self.http == UPGRADED
        else:
            self.bytes(UPGRADED)
        return self

    def in_hello(self):
        self.upgraded().send(INIT)
        return self

    def in_handshake(self):
        self.in_hello().send(READY)
        return self

    def in_pin(self):
        self.in_handshake()
        if self.key:
            self.send(ANNOUNCE_MAX)
        self.send(SELECT)
        return self

    def in_data(self):
        self.in_pin().send(PIN_NONE)
        assert self.app
        self.said()
        return self
