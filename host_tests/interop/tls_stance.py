"""Peer: what TLS says on the wire, in both roles (6.6): suites, versions, curves,
renegotiation, resumption.

On loopback, without namespaces. Hellos are made and read byte by byte; what needs keys is done
by OpenSSL."""

import asyncio
import contextlib

from OpenSSL import SSL

from host_tests.conformance.dut import Dut
from host_tests.interop import field, hostile
from host_tests.interop import tls_wire as wire
from host_tests.interop.checklist import equal
from tools.hems import tls
from tools.hems.identity import Identity

PEER = "TLS on the wire"
VERSION = ""
HOST = "127.0.0.1"
ANSWER_S = 5
DIALLED_S = 15
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
    yield from hostile.rows(scene, Field(build), PEER, VERSION)


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


CHECKS = scene.names
