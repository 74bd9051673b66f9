"""Peer: what TLS says on the wire, in both roles (6.6): suites, versions, curves, records,
renegotiation, resumption, and clients that only look at the certificate.

On loopback, without namespaces. Hellos are made and read byte by byte; what needs keys is done
by OpenSSL."""

import asyncio
import contextlib

from OpenSSL import SSL

from host_tests.conformance.dut import Dut, DutError
from host_tests.interop import field, hostile
from host_tests.interop import tls_wire as wire
from host_tests.interop.checklist import equal
from tools.hems import link, tls
from tools.hems.identity import Identity
from tools.hems.ship import Listener

PEER = "TLS on the wire"
VERSION = ""
HOST = "127.0.0.1"
ANSWER_S = 5
DIALLED_S = 15
PROBES = 10
RECORD = 1024  # bytes of payload in an own record at most (6.6.3)
# what a record holds besides, and how much of that may be less: explicit nonce and tag; IV, MAC
# and padding to whole blocks
OVERHEAD = {
    "ECDHE-ECDSA-AES128-GCM-SHA256": (8 + 16, 0),
    "ECDHE-ECDSA-AES128-SHA256": (16 + 32 + 1, 15),
}
# AES-128-CCM-8, AES-256-GCM, AES-256-CBC, AES-128-CBC-SHA, ChaCha20; with RSA; without ECDHE
REFUSED = (0xC0AE, 0xC02C, 0xC024, 0xC009, 0xCCA9, 0xC02F, 0xC027, 0x009C, 0x003C)
HANDSHAKE_FAILURE, PROTOCOL_VERSION = 40, 70  # alerts

scene = field.Scenes()


class Field(hostile.Field):
    """Also one who takes the place of a partner that the wallbox dials."""

    async def hello(self, **options):
        """The answer to a ClientHello: (ServerHello or None, messages, alert)."""
        reader, writer = await self.tcp()
        writer.write(wire.client_hello(**options))
        said, alert, data = {}, None, b""
        with contextlib.suppress(OSError):
            while wire.SERVER_HELLO_DONE not in said and not alert:
                more = await asyncio.wait_for(reader.read(4096), ANSWER_S)
                if not more:
                    break
                data += more
                said, alert = wire.messages(data)
        writer.transport.abort()
        body = said.get(wire.SERVER_HELLO)
        return body and wire.hello(body, True), said, alert and alert[1]

    async def accepted(self, **options):
        """The ServerHello; whatever was offered, it is what 6.6 wants."""
        answer, said, alert = await self.hello(**options)
        if answer is None:
            raise AssertionError(f"refused with alert {alert}")
        equal("version", answer.version, wire.TLS_1_2)
        equal("compression", answer.compressions, [0])
        curve = said[wire.SERVER_KEY_EXCHANGE][:3]
        equal("curve", curve, bytes((3, 0, wire.SECP256R1)))
        for wanted in (wire.CERTIFICATE, wire.CERTIFICATE_REQUEST):
            if wanted not in said:
                raise AssertionError(f"no handshake message {wanted}")
        return answer

    async def refused(self, alert, **options):
        answer, _, told = await self.hello(**options)
        equal("ServerHello", answer, None)
        equal("alert", told, alert)


def checks(build):
    try:
        for name, ok, detail in scene.play(Field(build)):
            yield PEER, VERSION, name, ok, detail
    except (DutError, *hostile.GONE) as error:
        yield PEER, VERSION, "the wallbox runs", False, str(error)


# as server


@scene("6.6.2 server: AES-128-GCM and AES-128-CBC with SHA-256, each alone")
async def suites(f):
    for suite in (wire.GCM, wire.CBC):
        answer = await f.accepted(suites=(suite,))
        equal("suite", answer.suites, [suite])


@scene("6.6.2 server: every other suite refused")
async def other_suites(f):
    for suite in REFUSED:
        await f.refused(HANDSHAKE_FAILURE, suites=(suite,))
    await f.refused(HANDSHAKE_FAILURE, suites=REFUSED)


@scene("6.6.1 server: TLS 1.0 and 1.1 refused, never 1.3")
async def versions(f):
    for version in (wire.TLS_1_0, wire.TLS_1_1):
        await f.refused(PROTOCOL_VERSION, version=version, suites=(0xC009, wire.CBC))
    both = {wire.VERSIONS: wire.versions(wire.TLS_1_3, wire.TLS_1_2)}
    await f.accepted(suites=(0x1301, wire.CBC), extensions=both)
    alone = {wire.VERSIONS: wire.versions(wire.TLS_1_3)}
    await f.refused(HANDSHAKE_FAILURE, suites=(0x1301,), extensions=alone)


@scene("6.6.3 server: maximum fragment length is not agreed upon")
async def fragment(f):
    for code in b"\1\2\3\4":
        answer = await f.accepted(extensions={wire.MAX_FRAGMENT: bytes([code])})
        equal("in the answer", wire.MAX_FRAGMENT in answer.extensions, False)


@scene("6.6.4 server: no compression, whatever is offered")
async def compression(f):
    await f.accepted(compressions=b"\1\0")


@scene("6.6.5 server: renegotiation ends the connection")
async def renegotiation(f):
    await f.accepted(extensions={wire.RENEGOTIATION: b"\0"})
    conn = await f.ship()
    connection = conn.ws.stream.connection
    before = connection.get_peer_finished()
    connection.renegotiate()
    with contextlib.suppress(SSL.Error):
        connection.do_handshake()  # a new ClientHello; what is read from now on would go on
    await conn.ws.stream.flush()
    equal("closed", await conn.wait_closed(ANSWER_S), True)
    equal("a second handshake", connection.get_peer_finished() != before, False)
    conn.cut()
    await f.served()
    await f.quiet()


@scene("6.6.6 server: no session is resumed, no ticket given")
async def resumption(f):
    first = await f.accepted(extensions={wire.TICKET: b""})
    equal("ticket", wire.TICKET in first.extensions, False)
    answer = await f.accepted(session=first.session)
    equal("same session", answer.session == first.session, False)
    # also not one whose handshake was completed
    stream = await f.tls(f.other)
    old = stream.connection
    stream.abort()
    await f.quiet()
    reader, writer = await f.tcp()
    again = tls.TlsStream(reader, writer, f.other, server=False)
    again.connection.set_context(old.get_context())
    again.connection.set_session(old.get_session())
    await again.handshake()
    again.abort()
    equal("the same keys", again.connection.master_key() == old.master_key(), False)
    await f.quiet()


@scene("6.6.7 server: no brainpool curve, secp256r1 whatever comes before it")
async def curves(f):
    await f.refused(HANDSHAKE_FAILURE, groups=wire.BRAINPOOL)
    await f.accepted(groups=(*wire.BRAINPOOL, wire.SECP256R1))


@scene("server: a server name is ignored")
async def server_name(f):
    answer = await f.accepted(extensions={wire.SNI: wire.server_name(b"nobody.example")})
    equal("in the answer", wire.SNI in answer.extensions, False)


# as client


@scene("client: TLS 1.2, two suites, no compression, ticket, server name, brainpool")
async def client_hello(f):
    got = asyncio.get_running_loop().create_future()

    async def take(reader, writer):
        data = b""
        while wire.CLIENT_HELLO not in wire.messages(data)[0]:
            if not (more := await reader.read(4096)):
                return
            data += more
        if not got.done():
            got.set_result(wire.hello(wire.messages(data)[0][wire.CLIENT_HELLO], False))
        writer.transport.abort()

    server = await asyncio.start_server(take, HOST, 0)
    port = server.sockets[0].getsockname()[1]
    async with dialling(f, port, Identity.create().ski):
        said = await asyncio.wait_for(got, DIALLED_S)
    server.close()
    equal("version", said.version, wire.TLS_1_2)
    equal("suites", said.suites, [wire.GCM, wire.CBC, wire.SCSV])
    equal("compression", said.compressions, [0])
    equal("session", said.session, b"")
    for name in ("SNI", "MAX_FRAGMENT", "TICKET", "VERSIONS"):
        equal(name, getattr(wire, name) in said.extensions, False)
    groups = said.numbers(wire.GROUPS)
    equal("secp256r1 first", groups[0], wire.SECP256R1)
    equal("brainpool", [g for g in groups if g in wire.BRAINPOOL], [])
    equal("ECDSA with SHA-256", wire.ECDSA_SHA256 in said.numbers(wire.SIGNATURES), True)
    return f"curves {groups}"


@contextlib.asynccontextmanager
async def dialling(f, port, ski):
    """A wallbox of its own that dials that port."""
    folder = f.folder / "client"
    folder.mkdir(exist_ok=True)
    dut = Dut(folder / "state", folder / "log", options=["--peer", f"{HOST}:{port}:{ski}"])
    try:
        await dut.start()
        yield dut
    finally:
        await dut.stop()


# records


class Proxy:
    """Passes bytes on to `port` and keeps what comes back, or with `back` what goes there."""

    def __init__(self, port=None, back=True):
        self.target = port
        self.back = back
        self.kept = bytearray()
        self._tasks = []
        self._writers = []

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._accept, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()
        for task in self._tasks:
            task.cancel()
        for writer in self._writers:
            writer.transport.abort()

    async def _accept(self, reader, writer):
        self.kept.clear()  # of one connection
        there = await asyncio.open_connection(HOST, self.target)
        self._writers += [writer, there[1]]
        for source, sink, keep in (
            (reader, there[1], not self.back),
            (there[0], writer, self.back),
        ):
            self._tasks.append(asyncio.create_task(self._pass(source, sink, keep)))

    async def _pass(self, source, sink, keep):
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                if keep:
                    self.kept += data
                sink.write(data)
                await sink.drain()
        sink.close()


def measured(data, suite):
    """The greatest payload of the records in `data`; raises AssertionError when one is too long
    or none is full: then nothing was split."""
    over, slack = OVERHEAD[suite]
    most = 0
    for kind, payload in wire.records(bytes(data)):
        if kind == wire.APPLICATION:
            most = max(most, len(payload) - over)
        elif len(payload) > RECORD:
            raise AssertionError(f"a record of type {kind} with {len(payload)} bytes")
    if not RECORD <= most <= RECORD + slack:
        raise AssertionError(f"records of up to {most} bytes")
    return f"{RECORD} bytes in {len(data)}"


@scene("6.6.3 server: own records of at most 1024 bytes, discovery included")
async def records_server(f):
    told = []
    async with Proxy(f.dut.port) as proxy:
        for suite in OVERHEAD:
            told.append(await with_suite(suite, records_of(f, proxy, suite)))
    await f.quiet()
    return ", ".join(told)


async def with_suite(suite, work):
    """Awaits `work` while tools.hems offers and accepts that suite only."""
    usual, tls.SUITES = tls.SUITES, suite.encode()
    try:
        return await work
    finally:
        tls.SUITES = usual


async def records_of(f, proxy, suite):
    session = await link.connect(HOST, proxy.port, f.other)
    equal("suite", session.connection.ws.stream.connection.get_cipher_name(), suite)
    await session.discover()
    session.cut()
    return measured(proxy.kept, suite)


@scene("6.6.3 client: own records of at most 1024 bytes, discovery included")
async def records_client(f):
    told = []
    for suite in OVERHEAD:
        told.append(await with_suite(suite, dialled_records(f, suite)))
    return ", ".join(told)


async def dialled_records(f, suite):
    listener = Listener(f.other)
    port = await listener.start()
    try:
        async with Proxy(port, back=False) as proxy, dialling(f, proxy.port, f.other.ski):
            conn = await listener.accept(DIALLED_S)
            session = await link.adopt(conn, f.other)
            equal("suite", conn.ws.stream.connection.get_cipher_name(), suite)
            await session.discover()
            session.cut()
            return measured(proxy.kept, suite)
    finally:
        listener.stop()


# probing


@scene(f"6.6.8 {PROBES} probes that read the certificate and leave: nothing lost, nothing logged")
async def probes(f):
    before = f.log.stat().st_size
    for n in range(PROBES):
        stream = await f.tls(f.other if n % 2 else None)
        equal("SKI in the certificate", stream.peer_ski, f.dut.ski)
        if n % 3:
            await stream.close()
        else:
            stream.abort()
    for _ in range(PROBES):
        await f.hello()  # leave even before that
    took = await f.comes_in(5)
    await f.served()
    await f.quiet()
    equal("bytes in the log", f.log.stat().st_size - before, 0)
    return f"a partner comes in after {took:.1f} s"


@scene("6.6.8 one session: a probe that stays, then the real connection from the same address")
async def probe_stays(f):
    folder = f.folder / "single"
    folder.mkdir()
    trust = ["--trust", f.partner.ski]
    dut = Dut(folder / "state", folder / "log", "sim_single", trust)
    try:
        await dut.start()
        probe = await tls.dial(HOST, dut.port, f.partner)
        begin = f.loop.time()
        session = await link.connect(HOST, dut.port, f.partner, dut.ski)
        took = f.loop.time() - begin
        session.cut()
        probe.abort()
    finally:
        await dut.stop()
    return f"after {took:.1f} s"


CHECKS = scene.names
