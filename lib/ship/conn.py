"""One SHIP connection, from the HTTP upgrade to the close (6.7, 6.10), sans-I/O, both roles.

    rx(buf, off, end) -> where it stopped; call tx() until None before going on with the rest
    tx()              -> memoryview of the shared send buffer to write, or None
    tick(now)         -> ms to the next deadline, -1: none
    state             CLOSED: everything is said, close the socket

The node (node.py) gives identity and trust, and makes the application of the data phase: an object with
`start(walker window)`, `step()` -> True when its value is complete, `drop()` (the rest will not come),
`commit()` (the message was whole), `render(writer)` -> True when it wrote a datagram, `tick(now)`, `close()`.
"""

from micropython import const

import ship.messages as m
from ejson import DONE, FOREIGN, NEED, TEXT, JsonError, Walker, Window, Writer
from ship import schema
from ship.sme import Sme
from ship.ws import HEAD, WebSocket, WsError
from ticks import add, diff, sooner

HTTP = 0
CMI = 1
HELLO = 2
PROTOCOL = 3
PIN = 4
DATA = 5
CLOSING = 6  # close announced, waiting for the confirm
FAREWELL = 7  # nothing more is taken in; CLOSED when all is out
CLOSED = 8

STATES = ("http", "cmi", "hello", "protocol", "pin", "data", "closing", "closing", "closed")

_PING_MS = const(50000)  # Table 21
_PONG_MS = const(10000)

# how the bytes of a message are taken
_TYPE = const(0)  # its first byte comes
_INIT = const(1)  # Table 31: value of type 0
_WALK = const(2)
_FOREIGN = const(3)  # the application walks over the payload of a data message
_WHOLE = const(4)  # the JSON value is complete; white space or NUL may follow
_SKIP = const(5)  # not for us, or malformed

_S_MSG = const(0)  # slot ~msg
_M_DATA = const(9)  # enum message data


class Connection:
    def __init__(self, node, ski, client=False, path=b"/ship/", host=b""):
        """`ski`: 20 bytes, from the certificate that TLS has checked."""
        self.node = node
        self.ski = ski
        self.client = client
        self.state = HTTP
        self.window = Window(node.window)
        self.walker = Walker(self.window, schema)
        self.out = Writer(node.send, HEAD)
        self.ws = WebSocket(self, client)
        self.sme = Sme(self)
        self.app = None
        self.http = self.ws.request(path, host, node.random(16)) if client else b""
        self.queue = []  # messages of the state machine, in order
        self.mode = _TYPE
        self.type = self.size = self.value = 0
        self.text = None
        self.code = 4001
        self.now = 0
        self.ping_at = self.pong_at = -1
        self.want_ping = False

    # in

    def rx(self, buf, off, end):
        if self.state >= FAREWELL:
            return end
        try:
            if self.state == HTTP:
                return self._http(buf, off, end)
            off = self.ws.rx(buf, off, end)
        except WsError as e:
            self.farewell(e.args[0])
            return end
        if self.ws.got_close:
            self.farewell(1000)
        return off

    def _http(self, buf, off, end):
        win = self.window
        n = min(win.room(), end - off)
        win.buf[win.w : win.w + n] = memoryview(buf)[off : off + n]
        win.w += n
        i = win.buf.find(b"\r\n\r\n", 0, win.w)
        if i < 0:
            if not win.room():
                self.state = CLOSED
            return off + n
        off += n - (win.w - i - 4)
        self.http = self.ws.http(bytes(memoryview(win.buf)[:i]))
        win.clear()
        if self.ws.open:
            self.ping_at = add(self.now, _PING_MS)
            self.sme.open()
        else:
            self.state = FAREWELL
        return off

    def room(self):
        """How many payload bytes of the message are wanted at once."""
        mode = self.mode
        if mode == _TYPE:
            return 1
        if mode == _WALK or mode == _FOREIGN:
            return self.window.room()
        return 4096

    def payload(self, buf, off, n):
        mode = self.mode
        if mode == _TYPE:
            self._begin(buf[off])
            return
        self.size += n
        if mode == _INIT:
            self.value = buf[off] if self.size == 1 else -1
        elif mode == _WALK or mode == _FOREIGN:
            win = self.window
            win.buf[win.w : win.w + n] = memoryview(buf)[off : off + n]
            win.w += n
            try:
                self._walk()
            except JsonError:
                if self.mode == _FOREIGN:
                    self.app.drop()
                self.mode = _SKIP

    def _begin(self, kind):
        self.type = kind
        self.size = 0
        self.value = -1
        self.text = None
        self.walker.rec[_S_MSG] = 0
        if kind == 0:
            self.mode = _INIT
        elif kind == 1 or (kind == 2 and self.app) or kind == 3:
            self.window.clear()
            self.walker.start()
            self.mode = _WALK
        else:
            self.mode = _SKIP

    def _walk(self):
        walker = self.walker
        while True:
            if self.mode == _FOREIGN:
                if not self.app.step():
                    return
                self.mode = _WALK
            ev = walker.step()
            if ev == NEED:
                return
            if ev == DONE:
                self.mode = _WHOLE
                return
            if ev == TEXT:
                text = walker.text()
                if self.type != 2:  # id of accessMethods, PIN; the protocolId has ee1.0 as only value (6.11)
                    self.text = text
            elif ev == FOREIGN:
                if self.type != 2:
                    raise JsonError("payload", 0)
                self.app.start(self.window)
                self.mode = _FOREIGN

    def message_end(self):
        mode = self.mode
        self.mode = _TYPE
        if mode == _TYPE:
            return
        msg = self.walker.rec[_S_MSG] if mode == _WHOLE else 0
        if mode == _WALK or mode == _FOREIGN:  # ended too early
            if mode == _FOREIGN:
                self.app.drop()
        elif self.type == 2 and msg == _M_DATA:
            self.app.commit()
            return
        if self.size:  # SHIP-TS-MSG-01: a type byte alone is no message
            self.sme.message(self.type, msg, self.value)

    def pong(self):
        self.pong_at = -1

    # out

    def send(self, template):
        """Queues a message of the state machine (once)."""
        if template not in self.queue:
            self.queue.append(template)

    def tx(self):
        """The next bytes to write, all of them before the next call; None: nothing to say."""
        ws = self.ws
        out = self.out
        if self.http:
            http = self.http
            self.http = b""
            return memoryview(http)
        if self.state == HTTP or self.state == CLOSED:
            return None
        buf = out.buf
        out.begin()
        if self.queue:
            self.sme.render(self.queue.pop(0), out)
        elif self.state == FAREWELL:
            self.close_app()
            self.state = CLOSED
            if not ws.open:
                return None
            start, end = ws.close_frame(buf, HEAD, self.code)
            return memoryview(buf)[start:end]
        elif ws.ping:
            start, end = ws.pong_frame(buf, HEAD)
            return memoryview(buf)[start:end]
        elif self.want_ping:
            self.want_ping = False
            start, end = ws.ping_frame(buf, HEAD)
            return memoryview(buf)[start:end]
        elif self.state == DATA:
            out.raw(m.DATA_HEAD)
            if not self.app.render(out):
                return None
            out.raw(m.DATA_TAIL)
        else:
            return None
        return memoryview(buf)[ws.frame(buf, HEAD, out.n) : out.n]

    def tick(self, now):
        self.now = now
        if self.state >= FAREWELL:
            return -1
        wait = self.sme.tick(now)
        if self.ping_at >= 0:
            if diff(now, self.ping_at) >= 0:  # 6.7.5
                self.ping_at = add(now, _PING_MS)
                self.pong_at = add(now, _PONG_MS)
                self.want_ping = True
            wait = sooner(wait, diff(self.ping_at, now))
        if self.pong_at >= 0:
            if diff(now, self.pong_at) >= 0:
                self.state = CLOSED
                self.close_app()
                return -1
            wait = sooner(wait, diff(self.pong_at, now))
        if self.app:
            wait = sooner(wait, self.app.tick(now))
        return wait

    # states

    def enter(self, state):
        self.state = state
        if state == DATA:
            self.app = self.node.application(self)
        self.node.changed(self)

    def farewell(self, code):
        """Says what is queued, then the WebSocket close."""
        if self.state < FAREWELL:
            self.code = code
            self.state = FAREWELL
            self.node.changed(self)

    def close(self, reason=b"unspecific"):
        """Ends the connection as 6.10.4 wants it in its state."""
        if self.state == DATA:
            self.sme.announce_close(reason)
        else:
            self.farewell(4001)

    def lost(self):
        """The socket is gone."""
        self.state = CLOSED
        self.close_app()

    def close_app(self):
        if self.app:
            self.app.close()
            self.app = None
