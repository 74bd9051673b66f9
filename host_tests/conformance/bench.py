"""The tester's verbs on one SHIP connection and the preconditions of the catalogue."""

import asyncio
import contextlib

from host_tests.conformance.outcome import Failed, Inconclusive, demand
from tools.hems import handshake, link, ship
from tools.hems.identity import Identity
from tools.hems.tls import TlsError
from tools.hems.websocket import WebSocketError

ANSWER_S = 10
CLOSE_S = 10
GRACE_S = 0.15  # real time that bytes already under way may take
HOST = "127.0.0.1"
UNREACHED = (
    ship.ShipError,
    TlsError,
    WebSocketError,
    OSError,
    Failed,
    LookupError,
)


class Bench:
    """Tool side of one group of cases.

    `conn` is the connection that the verbs act on; `role` is the device's role in it.
    `listener` is the tool's SHIP server where the device shall dial.
    """

    def __init__(self, dut, identity, role="server", listener=None):
        self.dut = dut
        self.identity = identity
        self.role = role
        self.listener = listener
        self.conn = None
        self.opened = []
        self.warnings = []
        self.links = []

    # -- connections --------------------------------------------------------------------------

    async def open(self, upto=None):
        """A fresh connection in the group's role; `upto` runs the phases up to that one.

        Anything that goes wrong on the way leaves the case inconclusive.
        """
        try:
            self.conn = await (self.dial() if self.role == "server" else self.await_dut())
            if upto:
                await handshake.run(self.conn, link.ship_id(self.identity), upto)
        except UNREACHED as error:
            raise Inconclusive(f"precondition: {error}") from None
        return self.conn

    async def dial(self, identity=None):
        """The tool connects as SHIP client."""
        conn = await ship.dial(HOST, self.dut.port, identity or self.identity, self.dut.ski)
        self.opened.append(conn)
        return conn

    async def await_dut(self, seconds=90):
        """The device connects to the tool's server, within protocol seconds."""
        self.listener.refuse = False
        while not self.listener.connections.empty():
            self.listener.connections.get_nowait().cut()
        for _ in range(0, seconds, 3):
            with contextlib.suppress(ship.Timeout):
                conn = await self.listener.accept(0.25)
                self.listener.refuse = True
                self.opened.append(conn)
                return conn
            await self.dut.advance(3)
        raise Failed(f"the device did not connect within {seconds} s")

    async def running(self, identity=None, **options):
        """Data exchange with SPINE running (P-SPINE): a Link. Inconclusive when not reached."""
        try:
            conn = await (self.dial(identity) if self.role == "server" else self.await_dut())
            running = await link.adopt(conn, identity or self.identity, **options)
        except UNREACHED as error:
            raise Inconclusive(f"precondition: {error}") from None
        self.links.append(running)
        return running

    async def settle(self):
        """Drop all connections and wait until the device noticed."""
        for one in self.links:
            one.cut()
        for conn in self.opened:
            conn.cut()
        self.links.clear()
        self.opened.clear()
        for _ in range(20):
            status = await self.dut.status()
            if all(peer["state"] == "closed" for peer in status["peers"]):
                return
            await asyncio.sleep(0.1)

    def trace(self):
        """Lines of all connections of the case: (seconds, "sent" | "seen", text)."""
        return [line for conn in self.opened for line in conn.trace]

    def warn(self, text):
        """A behaviour that the catalogue tolerates for now."""
        self.warnings.append(text)

    # -- verbs --------------------------------------------------------------------------------

    async def send(self, raw):
        """Send SHIP message bytes."""
        try:
            await self.conn.send(raw)
        except ship.Closed:
            raise Failed("the device closed before the tool could send") from None

    async def expect(self, name, timeout=ANSWER_S, skip=()):
        """The next message must have this name (`skip`: names to pass over). Returns it."""
        end = asyncio.get_running_loop().time() + timeout
        while True:
            left = end - asyncio.get_running_loop().time()
            try:
                message = await self.conn.recv(max(left, 0.01))
            except ship.Timeout:
                raise Failed(f"no {name} within {timeout} s") from None
            except ship.Closed:
                raise Failed(f"closed instead of {name}") from None
            if message.name == name:
                return message
            if message.name not in skip:
                raise Failed(f"{message} instead of {name}")

    async def silence(self, seconds, skip=()):
        """The tool says nothing for protocol seconds; the device must stay silent and open."""
        for start in range(0, seconds, 5):
            await self.dut.advance(min(5, seconds - start))
            await self.nothing(GRACE_S, skip)
            demand(self.conn.is_open, f"closed within {start + 5} s of silence")

    async def nothing(self, seconds, skip=()):
        """No message within real seconds."""
        try:
            while True:
                message = await self.conn.recv(seconds)
                demand(message.name in skip, f"unexpected message {message}")
        except ship.Timeout:
            return
        except ship.Closed:
            raise Failed("closed by the device") from None

    async def expect_within(self, seconds, name):
        """A message that the device's own timer causes, within protocol seconds."""
        for _ in range(0, seconds, 2):
            await self.dut.advance(2)
            try:
                message = await self.conn.recv(GRACE_S)
            except ship.Timeout:
                continue
            except ship.Closed:
                raise Failed(f"closed instead of {name}") from None
            demand(message.name == name, f"{message} instead of {name}")
            return message
        raise Failed(f"no {name} within {seconds} s")

    async def closed(self, timeout=CLOSE_S, allow=()):
        """The device closes within real seconds, saying nothing more (but `allow`)."""
        demand(await self.conn.wait_closed(timeout), f"still open after {timeout} s")
        try:
            while True:
                message = await self.conn.recv(GRACE_S)
                demand(message.name in allow, f"unexpected {message} before the close")
        except ship.ShipError:
            return

    async def closed_within(self, seconds):
        """The device's own timer closes the connection within protocol seconds."""
        for _ in range(0, seconds, 2):
            await self.dut.advance(2)
            if await self.conn.wait_closed(GRACE_S):
                return
        if await self.conn.wait_closed(1):  # the end of TCP takes real time
            return
        raise Failed(f"still open after {seconds} s")

    async def refused(self, identity):
        """The device breaks the TLS handshake with this certificate; an honest one still works."""
        try:
            conn = await ship.dial(HOST, self.dut.port, identity)
        except TlsError:
            return
        except WebSocketError:
            raise Failed("TLS handshake completed, only the HTTP upgrade failed") from None
        self.opened.append(conn)
        raise Failed("TLS handshake completed and WebSocket opened")


def forged(ski):
    """A certificate whose subjectKeyIdentifier is `ski`, which is not that of its key."""
    return Identity.create(claimed_ski=ski)
