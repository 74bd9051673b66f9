"""SHIP messages and connections, client and server (6.10.1).

A ShipConnection does nothing by itself: the caller sends and receives single messages, so a
tester can say anything at any time. `tools.hems.handshake` drives one through its phases.
"""

import asyncio
import re
import time

from tools.hems import ejson, tls
from tools.hems.websocket import WebSocket, WebSocketError

INIT, CONTROL, DATA, END = range(4)
TYPES = ("init", "control", "data", "end")
CMI = bytes(2)
PROTOCOL_ID = "ee1.0"
_SECRET = re.compile(r'("pin":")[^"]*')  # shown nowhere


class ShipError(Exception):
    """The connection cannot go on."""


class Closed(ShipError):
    """The partner closed the connection."""


class Timeout(ShipError):
    """Nothing arrived in time."""


class Message:
    """One received message: `type` byte, `raw` whole bytes, `name` and `body` of its JSON."""

    def __init__(self, raw):
        self.raw = raw
        self.type = raw[0] if raw else -1
        self.name = None
        self.body = None
        if self.type in (CONTROL, DATA, END):
            try:
                self.name, self.body = next(iter(ejson.loads(raw[1:]).items()))
            except (ValueError, AttributeError, StopIteration):
                self.name = "unreadable"
        elif raw == CMI:
            self.name = "cmi"

    def field(self, key):
        """A child element of the message, None when absent."""
        return self.body.get(key) if isinstance(self.body, dict) else None

    def __str__(self):
        return text(self.raw)


def text(raw):
    """Message bytes for people: type and JSON, or hex."""
    if raw and raw[0] in (CONTROL, DATA, END) and len(raw) > 1:
        words = _SECRET.sub(r"\1...", raw[1:].decode(errors="replace"))
        return f"{TYPES[raw[0]]} {words}"
    return raw.hex(" ")


def control(name, body=None):
    """Bytes of a control message."""
    return bytes((CONTROL,)) + ejson.dumps({name: body or {}}).encode()


def data(datagram):
    """Bytes of a data message around one SPINE datagram (plain form)."""
    payload = ejson.Plain(datagram=datagram)
    body = {"header": {"protocolId": PROTOCOL_ID}, "payload": payload}
    return bytes((DATA,)) + ejson.dumps({"data": body}).encode()


def close_message(phase, max_time=None, reason=None):
    """Bytes of a connectionClose; `max_time` in ms."""
    body = {"phase": phase}
    if max_time is not None:
        body["maxTime"] = max_time
    if reason:
        body["reason"] = reason
    return bytes((END,)) + ejson.dumps({"connectionClose": body}).encode()


class ShipConnection:
    """One SHIP connection over an upgraded WebSocket.

    `trace` lists (seconds since opening, "sent" or "seen", text) of every message. All time-outs
    are `patience` times as long as they say, for a partner whose clock is slow.
    """

    patience = 1

    def __init__(self, ws, server):
        self.ws = ws
        self.server = server
        self.peer_ski = ws.stream.peer_ski
        self.peer_ship_id = None
        self.minor = 0  # of our SHIP version, then of the one that was selected
        self.pin = None  # of the partner, to be entered when it asks
        self.trace = []
        self._backlog = []
        self._opened = time.monotonic()

    def note(self, direction, words):
        """Add a line to the trace."""
        self.trace.append((time.monotonic() - self._opened, direction, words))

    @property
    def is_open(self):
        """False once the partner (or the caller) ended TCP."""
        return not self.ws.closed.is_set()

    async def send(self, raw):
        """Send message bytes as they are; raises Closed."""
        self.note("sent", text(raw))
        try:
            await self.ws.send(raw)
        except tls.TlsError as error:
            raise Closed(str(error)) from None

    async def recv(self, timeout):
        """Next message; raises Timeout after `timeout` s, Closed when the link has ended."""
        if self._backlog:
            return self._backlog.pop(0)
        try:
            raw = await asyncio.wait_for(self.ws.messages.get(), timeout * self.patience)
        except TimeoutError:
            raise Timeout(f"nothing within {timeout} s") from None
        if raw is None:
            self.ws.messages.put_nowait(None)
            raise Closed("closed by the partner")
        self.note("seen", text(raw))
        return Message(raw)

    def put_back(self, messages):
        """Messages to be received again, before anything newer."""
        self._backlog.extend(messages)

    async def wait_closed(self, timeout):
        """True when the link ended within `timeout` s. Pending messages stay readable."""
        try:
            await asyncio.wait_for(self.ws.closed.wait(), timeout)
        except TimeoutError:
            return False
        return True

    async def close(self):
        """WebSocket close, then TCP."""
        await self.ws.close()

    def cut(self):
        """Drop TCP without a word."""
        self.ws.abort()


async def dial(host, port, identity, expected_ski=None, path="/ship/"):
    """Connect as SHIP client. Raises OSError, TlsError, WebSocketError, ShipError."""
    stream = await tls.dial(host, port, identity)
    if expected_ski and stream.peer_ski != expected_ski.lower():
        stream.abort()
        raise ShipError(f"partner's SKI is {stream.peer_ski}, expected {expected_ski}")
    name = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return ShipConnection(await WebSocket.client(stream, name, path), server=False)


class Listener:
    """SHIP server socket: upgraded connections queue up in `connections`.

    `attempts` holds the outcome of each TCP connection: "open" or why it failed. `on_tcp` is
    called with no argument the moment a TCP stream arrives. While `refuse` is true, a TCP stream
    is dropped at once.
    """

    def __init__(self, identity):
        self.identity = identity
        self.connections = asyncio.Queue()
        self.attempts = asyncio.Queue()
        self.on_tcp = None
        self.refuse = False
        self._server = None

    async def start(self, host="127.0.0.1", port=0):
        """Listen; returns the port."""
        self._server = await asyncio.start_server(self._accept, host, port)
        return self._server.sockets[0].getsockname()[1]

    async def _accept(self, reader, writer):
        if self.refuse:
            writer.transport.abort()
            return
        if self.on_tcp:
            self.on_tcp()
        stream = tls.TlsStream(reader, writer, self.identity, server=True)
        try:
            await stream.handshake()
            ws = await WebSocket.server(stream)
        except (tls.TlsError, WebSocketError) as error:
            stream.abort()
            self.attempts.put_nowait(str(error))
            return
        self.attempts.put_nowait("open")
        self.connections.put_nowait(ShipConnection(ws, server=True))

    async def accept(self, timeout):
        """Next upgraded connection; raises Timeout."""
        try:
            return await asyncio.wait_for(self.connections.get(), timeout)
        except TimeoutError:
            raise Timeout(f"no connection within {timeout} s") from None

    def stop(self):
        """Close the listening socket; open connections stay."""
        if self._server:
            self._server.close()
