"""Peer: an attacker at TCP, TLS, HTTP, WebSocket and SHIP level, from addresses and with keys that
the wallbox does not know. After each attack a trusted partner is still served and memory is back.

On loopback, without namespaces: the attacker has 127.0.0.2 and above, partners have 127.0.0.1.
"""

import asyncio
import contextlib
import secrets
import struct

from host_tests.conformance.dut import Dut, DutError
from host_tests.interop import field
from host_tests.interop.checklist import equal
from tools import identity
from tools.hems import handshake, link, ship, tls
from tools.hems.handshake import ACCESS_REQUEST, HELLO_READY
from tools.hems.identity import Identity
from tools.hems.websocket import WebSocket, WebSocketError

PEER = "hostile"
VERSION = ""
HOST = "127.0.0.1"
ATTACKER = "127.0.0.2"
BOTNET = [f"127.0.0.{n}" for n in range(2, 10)]
SERVED_S = 3
GAP_S = 0.2
CONNECTS = 200
SETTLED = 20  # connects after which the heap is what it will be
KEPT = 0.98  # of the largest free block
BINARY, PING, TEXT, RESERVED, CONTINUED = 0x82, 0x89, 0x81, 0x83, 0x00
LIMIT = {
    "header": {"specificationVersion": "1.3.0", "msgCounter": 1, "cmdClassifier": "write"},
    "payload": {"cmd": [{"loadControlLimitListData": {"loadControlLimitData": []}}]},
}
GONE = (OSError, tls.TlsError, WebSocketError, ship.ShipError)

scene = field.Scenes()


class Field(field.Field):
    """The wallbox, one partner in data exchange, another who comes, and the attacker."""

    def __init__(self, build):
        super().__init__(build)
        self.partner = Identity.create("partner")
        self.other = Identity.create("other partner")
        self.stranger = Identity.create("stranger")
        trust = ["--trust", self.partner.ski, "--trust", self.other.ski]
        self.log = self.folder / "wallbox.log"
        self.dut = Dut(self.folder / "state", self.log, options=trust)
        self.session = None

    async def start(self):
        await super().start()
        self.session = await self.link(self.partner)

    async def stop(self):
        if self.session:
            self.session.cut()
        await super().stop()

    async def tcp(self, source=ATTACKER):
        return await asyncio.open_connection(HOST, self.dut.port, local_addr=(source, 0))

    async def tls(self, identity=None, source=ATTACKER):
        reader, writer = await self.tcp(source)
        stream = tls.TlsStream(reader, writer, identity or self.stranger, server=False)
        try:
            await asyncio.wait_for(stream.handshake(), 10)
        except (tls.TlsError, TimeoutError):
            stream.abort()
            raise
        return stream

    async def ship(self, identity=None, source=ATTACKER):
        stream = await self.tls(identity, source)
        try:
            return ship.ShipConnection(await WebSocket.client(stream, HOST), server=False)
        except WebSocketError:
            stream.abort()
            raise

    async def link(self, identity):
        conn = await self.ship(identity, HOST)
        return await link.adopt(conn, identity)

    async def served(self):
        """The partner's connection still answers."""
        reply = asyncio.create_task(self.session.expect_ship("accessMethods", SERVED_S))
        await asyncio.sleep(0)
        await self.session.connection.send(ACCESS_REQUEST)
        try:
            await reply
        except ship.ShipError as error:
            raise AssertionError(f"the partner is not served: {error}") from None

    async def comes_in(self, seconds=15):
        """The other partner gets a connection; seconds that it took."""
        begin = self.loop.time()
        while True:
            with contextlib.suppress(*GONE, TimeoutError):
                other = await self.link(self.other)
                other.cut()
                return self.loop.time() - begin
            if self.loop.time() - begin > seconds:
                raise AssertionError(f"the other partner was not let in within {seconds} s")
            await asyncio.sleep(0.5)

    async def quiet(self):
        """Waits until the partner's is the only connection; its status."""
        for _ in range(150):
            status = await self.dut.status()
            if len(status["peers"]) == 1:
                return status
            await asyncio.sleep(0.1)
        raise AssertionError(f"still there: {status['peers']}")


def attack(name):
    """Registers `async def f(field)`; after it the partner must be served."""

    def register(function):
        async def whole(field):
            detail = await function(field)
            await field.served()
            return detail

        scene(name)(whole)
        return function

    return register


def rows(scene, field, peer, version):
    """What the scenes have come to; a row of its own when the wallbox or a peer breaks off."""
    try:
        for name, ok, detail in scene.play(field):
            yield peer, version, name, ok, detail
    except (DutError, *GONE) as error:
        yield peer, version, "the wallbox runs", False, str(error)


def checks(build):
    yield from rows(scene, Field(build), PEER, VERSION)


def frame(first, payload, masked=True, length=None):
    """A WebSocket frame; `length`: what its header claims."""
    n = len(payload) if length is None else length
    bit = 0x80 if masked else 0
    head = bytes([first])
    if n < 126:
        head += bytes([bit | n])
    elif n < 65536:
        head += struct.pack("!BH", bit | 126, n)
    else:
        head += struct.pack("!BQ", bit | 127, n)
    return head + (bytes(4) if masked else b"") + payload


async def closed(reader, seconds):
    """Waits for the end of a TCP stream."""
    with contextlib.suppress(OSError):
        while await asyncio.wait_for(reader.read(4096), seconds):
            pass


async def refused(field, *frames):
    """Each sent on a connection of its own must end it."""
    for raw in frames:
        conn = await field.ship()
        with contextlib.suppress(tls.TlsError):
            await conn.ws.stream.write(raw)
        if not await conn.wait_closed(3):
            raise AssertionError(f"open after {raw[:16].hex(' ')}")
        conn.cut()
        await field.quiet()


@attack("TCP connections that say nothing: a partner comes in beside them")
async def silent_tcp(f):
    held = []
    for n in range(24):
        with contextlib.suppress(OSError):
            held.append(await f.tcp(BOTNET[n % len(BOTNET)]))
    await f.served()
    took = await f.comes_in(8)
    for _, writer in held:
        writer.transport.abort()
    await f.quiet()
    return f"after {took:.1f} s"


@attack("half a TLS handshake: gives way")
async def half_tls(f):
    held = []
    for source in BOTNET[:4]:
        reader, writer = await f.tcp(source)
        writer.write(bytes.fromhex("160301020001 0001fc0303") + secrets.token_bytes(20))
        held.append(writer)
    took = await f.comes_in(8)
    for writer in held:
        writer.transport.abort()
    await f.quiet()
    return f"after {took:.1f} s"


@attack("garbage instead of TLS")
async def no_tls(f):
    for garbage in (b"GET / HTTP/1.1\r\n\r\n", bytes(500), secrets.token_bytes(3000)):
        reader, writer = await f.tcp()
        writer.write(garbage)
        await closed(reader, 12)
        writer.transport.abort()
    await f.quiet()


@attack("HTTP request, a byte a second: closed within 12 s")
async def slow_http(f):
    stream = await f.tls()
    begin = f.loop.time()
    with contextlib.suppress(tls.TlsError):
        for byte in b"GET /ship/ HTTP/1.1\r\nHost: x\r\n":
            await stream.write(bytes([byte]))
            await asyncio.sleep(1)
            if len((await f.dut.status())["peers"]) == 1:
                break
    took = f.loop.time() - begin
    stream.abort()
    if took > 12:
        raise AssertionError(f"open after {took:.0f} s")
    await f.quiet()


@attack("HTTP request that never ends: closed")
async def endless_http(f):
    stream = await f.tls()
    with contextlib.suppress(tls.TlsError):
        for _ in range(100):
            await stream.write(b"X-Filler: " + b"x" * 900 + b"\r\n")
    await f.quiet()
    stream.abort()


@attack("WebSocket: masking, opcodes, reserved bits, text, long control frames: closed")
async def bad_frames(f):
    await refused(
        f,
        frame(BINARY, b"\0\0", masked=False),
        frame(RESERVED, b"\0\0"),
        frame(0x8B, b""),
        frame(BINARY | 0x40, b"\0\0"),
        frame(TEXT, b"\0\0"),
        frame(PING, bytes(126)),
        frame(PING & 0x7F, b""),
        frame(0x80, b"x"),
    )


@attack("WebSocket: a frame of 2^62 bytes, endless fragments: closed")
async def long_frames(f):
    await refused(f, frame(BINARY, b"\1", length=1 << 62))
    conn = await f.ship()
    with contextlib.suppress(tls.TlsError):
        await conn.ws.stream.write(frame(BINARY & 0x7F, b"\1" + bytes(900)))
        for _ in range(200):
            await conn.ws.stream.write(frame(CONTINUED, bytes(900)))
    if not await conn.wait_closed(3):
        raise AssertionError("180 kB were taken")
    conn.cut()
    await f.quiet()


@attack("a message that does not end: closed within 12 s")
async def slow_message(f):
    conn = await f.ship()
    await conn.ws.stream.write(frame(BINARY, b"\1{", length=100))
    begin = f.loop.time()
    while not await conn.wait_closed(1):
        if f.loop.time() - begin > 12:
            raise AssertionError("open after 12 s")
        with contextlib.suppress(tls.TlsError):
            await conn.ws.stream.write(b" ")
    conn.cut()
    await f.quiet()


@attack("2000 pings")
async def pings(f):
    conn = await f.ship()
    with contextlib.suppress(tls.TlsError):
        for _ in range(100):
            await conn.ws.stream.write(frame(PING, b"x" * 40) * 20)
    await f.served()
    conn.cut()
    await f.quiet()


@attack("SPINE before trust: nothing reaches it")
async def early_data(f):
    before = await f.dut.status()
    conn = await f.ship()
    await handshake.run(conn, "x", "cmi")
    with contextlib.suppress(ship.ShipError):
        for _ in range(3):
            await conn.send(ship.data(LIMIT))
        await conn.send(HELLO_READY)
        await conn.send(ship.data(LIMIT))
        await asyncio.sleep(1)
        while True:
            seen = await conn.recv(GAP_S)
            if seen.type == ship.DATA:
                raise AssertionError(f"SPINE to a stranger: {seen}")
    conn.cut()
    after = await f.quiet()
    equal("limits", after["limits"], before["limits"])


@attack("garbage after hello: closed or ignored")
async def garbage(f):
    for junk in (
        b"\1{",
        b"\1[[[[",
        b"\2" + b"[" * 3000,
        b"\3{}",
        b"\1\xff\xfe",
        secrets.token_bytes(5000),
    ):
        conn = await f.ship()
        await handshake.run(conn, "x", "cmi")
        with contextlib.suppress(ship.ShipError):
            await conn.send(junk)
            await conn.recv(GAP_S)
        conn.cut()
        await f.quiet()


@attack("a stranger stays pending: a partner gets the place")
async def pending(f):
    conn = await f.ship()
    await handshake.run(conn, "x", "cmi")
    took = await f.comes_in()
    conn.cut()
    await f.quiet()
    return f"after {took:.1f} s"


async def memory_returns(f, count):
    """Strangers and a partner connect `count` times in turn and leave without a word; raises
    AssertionError when the largest free block has shrunk since the 20th."""
    blocks = []
    for n in range(count):
        with contextlib.suppress(*GONE, TimeoutError):
            if n % 2:
                (await f.link(f.other)).cut()
            else:
                conn = await f.ship(source=BOTNET[n % len(BOTNET)])
                await handshake.run(conn, "x", "cmi")
                conn.cut()
        if n + 1 in (SETTLED, count):
            blocks.append((await f.quiet())["heap_max"])
    if blocks[1] < KEPT * blocks[0]:
        raise AssertionError(f"largest free block {blocks[1]} B, after {SETTLED}: {blocks[0]} B")
    return f"largest free block {blocks[0]} B, then {blocks[1]} B"


@attack(f"{CONNECTS} connects in a row: memory is back")
async def connects(f):
    return await memory_returns(f, CONNECTS)


@attack("no secret and no traceback in the log")
async def log(f):
    text = await asyncio.to_thread(f.log.read_text, errors="replace")
    if "Traceback" in text:
        raise AssertionError(text[text.index("Traceback") :][:300])
    key = identity.load(f.folder / "state").key.hex()
    for at in range(0, len(key) - 16, 8):
        if key[at : at + 16] in text:
            raise AssertionError("bytes of the private key in the log")


CHECKS = scene.names
