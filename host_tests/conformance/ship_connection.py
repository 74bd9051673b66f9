"""TC_SHIP: CMI, hello, protocol handshake, roles (6.10.2 - 6.10.4)."""

import asyncio

from host_tests.conformance import declarations
from host_tests.conformance.bench import ANSWER_S, GRACE_S
from host_tests.conformance.outcome import case, demand
from tools.hems import handshake
from tools.hems.handshake import ANNOUNCE_MAX, HELLO_PENDING, HELLO_PROLONGATION, HELLO_READY
from tools.hems.identity import Identity
from tools.hems.ship import CMI

INVALID_TYPE = bytes((1, 0))
INVALID_HEAD = bytes((0, 1))


async def ready(t):
    """The device's connectionHello phase ready."""
    hello = await t.expect("connectionHello")
    demand(hello.field("phase") == "ready", f"phase {hello.field('phase')}, not ready")
    return hello


async def in_protocol_handshake(t):
    """Proof that the device left hello: it answers announceMax, which is the client's to say."""
    await t.send(ANNOUNCE_MAX)
    answer = await t.expect("messageProtocolHandshake")
    demand(answer.field("handshakeType") == "select", f"no select: {answer}")


def formats(message):
    """Formats of a messageProtocolHandshake."""
    return (message.field("formats") or {}).get("format") or []


def version(message):
    """(major, minor) of a messageProtocolHandshake."""
    plain = message.field("version") or {}
    return plain.get("major"), plain.get("minor")


# -- roles ------------------------------------------------------------------------------------


@case("TC_SHIP_ROLE_001")
async def role_001(t):
    await t.open()
    await t.silence(7)
    await t.send(CMI)
    await t.expect("cmi")
    await t.expect("connectionHello")


@case("TC_SHIP_ROLE_002", "client")
async def role_002(t):
    await t.open()
    await t.expect("cmi")
    await t.silence(7)
    await t.send(CMI)
    await t.expect("connectionHello")


# -- CMI --------------------------------------------------------------------------------------


@case("TC_SHIP_CMI_001")
async def cmi_001(t):
    await t.open()
    await t.send(INVALID_TYPE)
    await t.expect("cmi")
    await t.closed()


@case("TC_SHIP_CMI_002", "client")
async def cmi_002(t):
    await t.open()
    await t.expect("cmi")
    await t.send(INVALID_TYPE)
    await t.closed()


@case("TC_SHIP_CMI_003")
async def cmi_003(t):
    await t.open()
    await t.silence(7)
    await t.closed_within(25)


@case("TC_SHIP_CMI_004", "client")
async def cmi_004(t):
    await t.open()
    await t.expect("cmi")
    await t.silence(7)
    await t.closed_within(25)


@case("TC_SHIP_CMI_005")
async def cmi_005(t):
    await t.open()
    await t.send(INVALID_HEAD)
    await t.expect("cmi")
    await t.closed()


@case("TC_SHIP_CMI_006", "client")
async def cmi_006(t):
    await t.open()
    await t.expect("cmi")
    await t.send(INVALID_HEAD)
    await t.closed()


# -- hello ------------------------------------------------------------------------------------


@case("TC_SHIP_HELLO_001")
async def hello_001(t):
    await t.open()
    await t.send(CMI)
    await t.expect("cmi")
    await ready(t)
    await t.send(HELLO_READY)
    await in_protocol_handshake(t)


@case("TC_SHIP_HELLO_002")
async def hello_002(t):
    await t.open()
    await t.send(CMI)
    await t.expect("cmi")
    await ready(t)
    await t.silence(45)
    for _ in range(declarations.PROLONGATION_COUNT):
        await t.send(HELLO_PROLONGATION)
        await ready(t)
        await t.silence(60)
    await t.send(HELLO_READY)
    await in_protocol_handshake(t)


@case("TC_SHIP_HELLO_003")
async def hello_003(t):
    await t.open()
    await t.send(CMI)
    await t.expect("cmi")
    hello = await ready(t)
    waiting = hello.field("waiting")
    demand(isinstance(waiting, int), "no waiting in hello ready")
    demand(58000 <= waiting <= 240000, f"waiting {waiting} ms is not within 58000..240000")
    # The catalogue only asks for the end after `waiting`; ending well before it would make the
    # announcement a lie.
    await t.silence(waiting // 1000 - 5)
    aborted = await t.expect_within(7, "connectionHello")
    demand(aborted.field("phase") == "aborted", f"phase {aborted.field('phase')}, not aborted")
    await t.closed(2)


@case("TC_SHIP_HELLO_004")
async def hello_004(t):
    await t.open()
    await t.send(CMI)
    await t.expect("cmi")
    await ready(t)
    await t.send(HELLO_PENDING)
    await t.silence(30)
    await t.send(HELLO_READY)
    await in_protocol_handshake(t)


# -- protocol handshake -----------------------------------------------------------------------


@case("TC_SHIP_PROT_001")
async def prot_001(t):
    await t.open("hello")
    await t.send(ANNOUNCE_MAX)
    select = await t.expect("messageProtocolHandshake")
    demand(select.field("handshakeType") == "select", f"no select: {select}")
    demand(formats(select) == ["JSON-UTF8"], f"formats {formats(select)}")
    demand(version(select) <= (1, 0), f"version {version(select)} is above the announced one")
    await t.send(select.raw)
    await t.expect("connectionPinState")


@case("TC_SHIP_PROT_002", "client")
async def prot_002(t):
    await t.open("hello")
    announced = await t.expect("messageProtocolHandshake")
    kind = announced.field("handshakeType")
    demand(kind == "announceMax", f"handshakeType {kind}, not announceMax")
    demand("JSON-UTF8" in formats(announced), f"formats {formats(announced)}")
    demand(version(announced) == declarations.SHIP_VERSION, f"version {version(announced)}")
    await t.send(handshake.SELECT)
    echo = await t.expect("messageProtocolHandshake")
    demand(echo.body == _select_body(), f"select not echoed: {echo}")
    await t.expect("connectionPinState")


def _select_body():
    return {"handshakeType": "select", **handshake.HANDSHAKE}


def error(message, number):
    """The messageProtocolHandshakeError must carry this number."""
    demand(message.field("error") == number, f"error {message.field('error')}, not {number}")


@case("TC_SHIP_PROT_003")
async def prot_003(t):
    await t.open("hello")
    error(await t.expect_within(12, "messageProtocolHandshakeError"), 1)
    await t.closed(2)


@case("TC_SHIP_PROT_004", "client")
async def prot_004(t):
    await t.open("hello")
    await t.expect("messageProtocolHandshake")
    error(await t.expect_within(12, "messageProtocolHandshakeError"), 1)
    await t.closed(2)


@case("TC_SHIP_PROT_005")
async def prot_005(t):
    await t.open("hello")
    await t.send(HELLO_READY)
    error(await t.expect("messageProtocolHandshakeError"), 2)
    await t.closed(2)


@case("TC_SHIP_PROT_006", "client")
async def prot_006(t):
    await t.open("hello")
    await t.expect("messageProtocolHandshake")
    await t.send(HELLO_READY)
    error(await t.expect("messageProtocolHandshakeError"), 2)
    await t.closed(2)


# -- two connections --------------------------------------------------------------------------


@case("TC_SHIP_CONN_001", "server+client", "client")
async def conn_001(t):
    demand(int(t.identity.ski, 16) < int(t.dut.ski, 16), "tool SKI is not the smaller one")
    arrived = asyncio.get_running_loop().create_future()
    t.listener.on_tcp = lambda: arrived.done() or arrived.set_result(asyncio.create_task(t.dial()))
    try:
        older = await t.await_dut()
        younger = await (await asyncio.wait_for(arrived, ANSWER_S))
    finally:
        t.listener.on_tcp = None
    t.conn = younger
    await t.send(CMI)
    await t.expect("cmi")
    await ready(t)
    for _ in range(15):
        if not older.is_open:
            break
        await t.dut.advance(2)
        await asyncio.sleep(GRACE_S)
    demand(not older.is_open, "the older connection is still open after 30 s")
    demand(younger.is_open, "the younger connection was closed")


@case("TC_SHIP_ROLE_003", "server+client", "client")
async def role_003(t):
    client = Identity.create("plugship bench A")
    await t.dut.command("trust", ski=client.ski)
    try:
        inbound, outbound = await asyncio.gather(t.await_dut(300), t.dial(client))
        for conn in (inbound, outbound):
            await conn.send(CMI)
        for conn in (inbound, outbound):
            t.conn = conn
            await t.expect("cmi")
            await ready(t)
        demand(inbound.is_open and outbound.is_open, "not both connections live together")
    finally:
        await t.dut.command("untrust", ski=client.ski)
