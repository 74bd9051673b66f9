"""One SHIP connection, from the HTTP upgrade to the close (6.7, 6.10), sans-I/O, both roles.

    rx(buf, off, end) -> where it stopped; call tx() until None before going on with the rest
    tx()              -> bytes or memoryview of the shared send buffer to write, or None
    tick(now)         -> ms to the next deadline, -1: none
    state             CLOSED: everything is said, close the socket

The node (node.py) gives identity and trust, and makes the application of the data phase: an
object with `start(walker window)`, `step()` -> True when its value is complete, then `commit()`
(the message was whole) or `drop()` (it was not), `render(writer)` -> True when it wrote a
datagram, `tick(now)`, `close()`.
"""

from late import load
from micropython import const

from ejson.walker import DONE, FOREIGN, NEED, JsonError, Walker, Window
from ship import schema
from ship.sme import Sme
from ship.ws import HEAD, WebSocket, WsError
from ticks import add, diff, sooner

_HTTP = const(0)
HELLO = 2
DATA = 5
_DATA = const(5)
_FAREWELL = const(7)  # nothing more is taken in; CLOSED when all is out
CLOSED = 8
_CLOSED = const(8)

_PING_MS = const(50000)  # Table 21
_PONG_MS = const(10000)

# first byte of a frame (RFC 6455 5.2)
_BINARY = const(0x82)
_CLOSE = const(0x88)
_PING = const(0x89)
_PONG = const(0x8A)

# how the bytes of a message are taken
_TYPE = const(0)  # its first byte comes
_INIT = const(1)  # Table 31: value of type 0
_SKIP = const(2)  # its content does not matter, or is malformed
_WALK = const(3)
_FOREIGN = const(4)  # the application walks over the payload of a data message
_WHOLE = const(5)  # the JSON value is complete; white space or NUL may follow

_S_MSG = const(0)  # slot ~msg
# slot accessMethods.id
_S_TEXT = const(1)  # and that of a PIN

_HEAD = const(b'\x02{"data":[{"header":[{"protocolId":"ee1.0"}]},{"payload":')
_TAIL = const(b"}]}")


class Connection(Sme):
    def __init__(self, node, ski, path=None, host=None):
        """`ski`: 20 bytes, from the certificate that TLS has checked. A client has a `path` and a
        `host`, bytes for its HTTP request."""
        self.window = Window(node.window)
        self.walker = Walker(self.window, schema)
        super().__init__(node, ski, path is not None, self.walker.rec)
        self.ws = WebSocket(self, self.client)
        self.http = None
        if path:
            self.http = load("ship.upgrade").request(self.ws, path, host, node.random(16))
        self.mode = _TYPE
        self.kind = self.size = 0
        self.good = False
        self.ping_at = self.pong_at = -1
        self.want_ping = False

    # in

    def rx(self, buf, off, end):
        ws = self.ws
        try:
            if self.state == _HTTP:
                return self._http(buf, off, end)
            if self.state < _FAREWELL:
                off = ws.rx(buf, off, end)
                if not ws.got_close:
                    return off
                self.farewell(1000)
        except WsError as e:
            self.farewell(e.args[0])
        return end

    def _http(self, buf, off, end):
        win = self.window
        ws = self.ws
        n = min(win.room(), end - off)
        win.put(buf, off, n)
        i = win.buf.find(b"\r\n\r\n", 0, win.w)
        if i >= 0:
            n -= win.w - i - 4
            self.http = load("ship.upgrade").http(ws, bytes(memoryview(win.buf)[:i]))
            win.clear()
            if ws.open:
                self.ping_at = add(self.now, _PING_MS)
                self.open()
        if not win.room() or i >= 0 and not ws.open:
            self.farewell(1002)
        return off + n

    def room(self):
        """How many payload bytes of the message are wanted at once."""
        if self.mode < _WALK:
            return 4096 if self.mode else 1
        return self.window.room()

    def payload(self, buf, off, n):
        mode = self.mode
        if mode == _TYPE:
            self._begin(buf[off])
            return
        self.size += n
        if mode == _INIT:
            self.good = self.size == 1 and buf[off] == 0
        elif mode != _SKIP:
            self.window.put(buf, off, n)
            try:
                self._walk()
            except JsonError:
                self.mode = _SKIP

    def _begin(self, kind):
        self.kind = kind
        self.size = 0
        self.good = False
        self.text = self.uri = None
        if kind == 0:
            self.mode = _INIT
        elif kind == 1 or (kind == 2 and self.state == _DATA):
            self.window.clear()
            self.walker.start()
            self.mode = _WALK
        else:
            self.mode = _SKIP

    def _walk(self):
        walker = self.walker
        win = self.window
        while self.mode != _WHOLE:
            if self.mode == _FOREIGN:
                if not self.app.step():
                    return
                self.mode = _WALK
            ev = walker.step()
            if ev == NEED:
                return
            if ev == DONE:
                self.mode = _WHOLE
            elif ev == FOREIGN:
                if self.kind != 2:
                    raise JsonError
                self.good = True
                self.app.start(win)
                self.mode = _FOREIGN
            else:
                self.heard(ev)
        while win.r < win.w:
            if win.buf[win.r] not in b"\0 \t\r\n":
                raise JsonError
            win.r += 1

    def heard(self, ev):
        """A text leaf has come."""
        if self.walker.slot == _S_TEXT:
            self.text = self.walker.text()
        else:
            self.uri = self.walker.text()

    def message_end(self):
        whole = self.mode == _WHOLE
        self.mode = _TYPE
        if self.kind == 2 and self.state == _DATA:
            if whole and self.good:
                self.app.commit()
            elif self.good:
                self.app.drop()
        elif self.size:  # SHIP-TS-MSG-01: a type byte alone is no message
            self.message(self.kind, self.rec[_S_MSG] if whole else 0, self.good)
        self.kind = self.size = 0  # for a message without even a type

    def ask(self):
        """Sends a ping: the peer has to show that it lives."""
        if self.pong_at < 0:
            self.pong_at = add(self.now, _PONG_MS)
            self.want_ping = True

    def pong(self):
        self.pong_at = -1

    # out

    def tx(self):
        """The next bytes to write, all of them before the next call; None: nothing to say."""
        ws = self.ws
        state = self.state
        http = self.http
        if http:
            self.http = None
            return http
        if state == _HTTP or state == _CLOSED:
            return None
        out = self.node.out
        out.begin()
        op = _BINARY
        if self.queue:
            self.render(out)
        elif state == _FAREWELL:
            self._closed()
            if not ws.open:
                return None
            out.raw(bytes((self.code >> 8, self.code & 255)))
            op = _CLOSE
        elif ws.ping is not None:
            out.raw(ws.ping)
            ws.ping = None
            op = _PONG
        elif self.want_ping:
            self.want_ping = False
            op = _PING
        elif state == _DATA and self.app.render(out.raw(_HEAD)):
            out.raw(_TAIL)
        else:
            return None
        return ws.frame(out.buf, HEAD, out.n, op)

    def tick(self, now):
        if self.state >= _FAREWELL:
            return -1
        wait = super().tick(now)
        if self.ping_at >= 0:
            if diff(now, self.ping_at) >= 0:  # 6.7.5
                self.ping_at = add(now, _PING_MS)
                self.ask()
            wait = sooner(wait, diff(self.ping_at, now))
        if self.pong_at >= 0:
            if diff(now, self.pong_at) >= 0:
                self._closed()
                return -1
            wait = sooner(wait, diff(self.pong_at, now))
        if self.app:
            wait = sooner(wait, self.app.tick(now))
        return wait

    # the end

    def lost(self):
        """The socket is gone."""
        self._closed()
        self.node.on_change(self)

    def _closed(self):
        self.state = _CLOSED
        if self.app:
            self.app.close()
            self.app = None
