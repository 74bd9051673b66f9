"""WebSocket with sub protocol `ship` (6.7) on a TlsStream: whole messages in and out.

Pings are answered here, whatever the layers above are told to keep quiet about.
"""

import asyncio

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from tools.hems.tls import TlsError

SUBPROTOCOL = "ship"
UPGRADE_S = 10


class WebSocketError(Exception):
    """The upgrade failed."""


class WebSocket:
    """`messages` is a queue of bytes; `closed` is set when the connection is gone."""

    def __init__(self, stream, server):
        self.stream = stream
        kind = ConnectionType.SERVER if server else ConnectionType.CLIENT
        self._ws = WSConnection(kind)
        self._server = server
        self._parts = []
        self._upgraded = asyncio.Event()
        self._pump_task = None
        self.messages = asyncio.Queue()
        self.closed = asyncio.Event()
        self.close_code = None
        self.pings = 0
        self.target = None

    @classmethod
    async def client(cls, stream, host, path="/ship/"):
        """Upgrade as client; raises WebSocketError."""
        self = cls(stream, server=False)
        request = Request(host=host, target=path, subprotocols=[SUBPROTOCOL])
        await stream.write(self._ws.send(request))
        await self._start()
        return self

    @classmethod
    async def server(cls, stream):
        """Wait for the client's upgrade and accept it; raises WebSocketError."""
        self = cls(stream, server=True)
        await self._start()
        return self

    async def _start(self):
        self._pump_task = asyncio.create_task(self._pump())
        done = asyncio.create_task(self._upgraded.wait())
        gone = asyncio.create_task(self.closed.wait())
        try:
            await asyncio.wait(
                (done, gone), timeout=UPGRADE_S, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            done.cancel()
            gone.cancel()
        if not self._upgraded.is_set():
            self.abort()
            raise WebSocketError("no WebSocket upgrade")

    async def _pump(self):
        try:
            while data := await self.stream.read():
                self._ws.receive_data(data)
                for event in self._ws.events():
                    await self._handle(event)
        except (TlsError, LocalProtocolError, RemoteProtocolError):
            pass
        finally:
            self.stream.abort()
            self.closed.set()
            self.messages.put_nowait(None)

    async def _handle(self, event):
        if isinstance(event, Request):
            self.target = event.target
            if SUBPROTOCOL not in event.subprotocols:
                await self.stream.write(self._ws.send(RejectConnection(status_code=400)))
                return
            await self.stream.write(self._ws.send(AcceptConnection(subprotocol=SUBPROTOCOL)))
            self._upgraded.set()
        elif isinstance(event, AcceptConnection):
            if event.subprotocol == SUBPROTOCOL:
                self._upgraded.set()
        elif isinstance(event, Ping):
            self.pings += 1
            await self.stream.write(self._ws.send(event.response()))
        elif isinstance(event, CloseConnection):
            self.close_code = event.code
            await self.stream.write(self._ws.send(event.response()))
            if self._server:
                self.stream.abort()  # the server ends TCP first (RFC 6455 7.1.1)
        elif isinstance(event, (BytesMessage, TextMessage)):
            data = event.data
            self._parts.append(data.encode() if isinstance(data, str) else bytes(data))
            if event.message_finished:
                self.messages.put_nowait(b"".join(self._parts))
                self._parts.clear()

    async def send(self, data):
        """One binary message in one frame; raises TlsError when the link is gone."""
        try:
            await self.stream.write(self._ws.send(BytesMessage(data=bytes(data))))
        except LocalProtocolError as error:
            raise TlsError(str(error)) from None

    async def close(self, code=1000, timeout=2):
        """Closing handshake, then the end of TLS and TCP."""
        try:
            await self.stream.write(self._ws.send(CloseConnection(code=code)))
            await asyncio.wait_for(self.closed.wait(), timeout)
        except (TlsError, LocalProtocolError, TimeoutError):
            pass
        self.abort()

    def abort(self):
        """Cut the link without a word."""
        self.stream.abort()
        if self._pump_task and not self._pump_task.done():
            self._pump_task.cancel()
