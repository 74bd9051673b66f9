"""Peer: records of TLS as a proxy sees them (6.6.3), and clients that only look at the certificate
(6.6.8). On loopback, without namespaces."""

import asyncio
import contextlib

from host_tests.conformance.dut import Dut
from host_tests.interop import field, hostile
from host_tests.interop import tls_wire as wire
from host_tests.interop.checklist import equal
from host_tests.interop.tls_stance import DIALLED_S, HOST, Field, dialling
from tools.hems import link, tls
from tools.hems.ship import Listener

PEER = "TLS records, probes"
VERSION = ""
PROBES = 10
RECORD = 1024  # bytes of payload in an own record at most
# what a record holds besides, and how much of that may be less: explicit nonce and tag; IV, MAC
# and padding to whole blocks
OVERHEAD = {
    "ECDHE-ECDSA-AES128-GCM-SHA256": (8 + 16, 0),
    "ECDHE-ECDSA-AES128-SHA256": (16 + 32 + 1, 15),
}

scene = field.Scenes()


def checks(build):
    yield from hostile.rows(scene, Field(build), PEER, VERSION)


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
