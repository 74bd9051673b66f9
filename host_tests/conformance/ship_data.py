"""TC_SHIP: message rules, PIN, access methods, data, termination (6.10)."""

import asyncio

from host_tests.conformance import declarations
from host_tests.conformance.bench import ANSWER_S
from host_tests.conformance.outcome import (
    Failed,
    NotApplicable,
    case,
    demand,
)
from tools.hems import ejson, link, ship
from tools.hems.datagram import header
from tools.hems.handshake import ACCESS_REQUEST, PIN_NONE, access_methods
from tools.hems.spine import NODE_MANAGEMENT

# What a device in the data phase may say on its own while the tool waits for something else.
OWN_TALK = ("data", "accessMethodsRequest")


def either(case_id):
    """Register a case of role "either": once with the device as server, once as client."""

    def register(run):
        case(case_id, "server")(run)
        return case(case_id, "client")(run)

    return register


# -- message rules ----------------------------------------------------------------------------


async def drops_or_closes(t, raw):
    """An invalid message is followed by a close or by nothing; an open link still works."""
    await t.open("access")
    await t.send(raw)
    try:
        await t.nothing(3, OWN_TALK)
    except Failed:
        if t.conn.is_open:
            raise
        return
    await t.send(ACCESS_REQUEST)
    await t.expect("accessMethods", skip=OWN_TALK)


@either("TC_SHIP_MSG_001")
async def msg_001(t):
    await drops_or_closes(t, bytes((2,)))


@either("TC_SHIP_MSG_002")
async def msg_002(t):
    await drops_or_closes(t, bytes((0xFF, 0)))


@either("TC_SHIP_MSG_003")
async def msg_003(t):
    await t.open("access")
    spaced = ejson.spaced(ejson.dumps({"accessMethodsRequest": {}}))
    await t.send(bytes((ship.CONTROL,)) + spaced.encode())
    await t.expect("accessMethods", skip=OWN_TALK)


# -- PIN, access methods ----------------------------------------------------------------------


async def expect_access_methods(t, timeout=ANSWER_S, skip=("data",)):
    """accessMethods; the device's own request is answered on the way."""
    end = asyncio.get_running_loop().time() + timeout
    while True:
        left = max(end - asyncio.get_running_loop().time(), 0.01)
        try:
            message = await t.conn.recv(left)
        except ship.ShipError as error:
            raise Failed(f"no accessMethods: {error}") from None
        if message.name == "accessMethods":
            return message
        if message.name == "accessMethodsRequest":
            await t.send(access_methods(link.ship_id(t.identity)))
        else:
            demand(message.name in skip, f"{message} instead of accessMethods")


@either("TC_SHIP_PIN_001")
async def pin_001(t):
    await t.open("protocol")
    await t.send(PIN_NONE)
    pin = await t.expect("connectionPinState")
    demand(pin.field("pinState") == "none", f"pinState {pin.field('pinState')}")
    await t.send(ACCESS_REQUEST)
    await expect_access_methods(t)


@either("TC_SHIP_AM_001")
async def am_001(t):
    await t.open("access")
    await t.send(ACCESS_REQUEST)
    answer = await t.expect("accessMethods", skip=OWN_TALK)
    ship_id = answer.field("id")
    demand(ship_id == t.dut.ready["ship_id"], f"id {ship_id} is not the SHIP ID")


# -- SPINE data beside access methods ---------------------------------------------------------


def read_message(t, function, counter):
    """SHIP data message with a NodeManagement read."""
    source = NODE_MANAGEMENT._replace(device=link.device_address(t.identity))
    datagram = {
        "header": header("1.3.0", source, NODE_MANAGEMENT, counter, "read"),
        "payload": {"cmd": [{function: {}}]},
    }
    return ship.data(datagram)


def reference(message):
    """msgCounterReference of a reply in a SHIP data message, else None."""
    datagram = (message.field("payload") or {}).get("datagram") or {}
    head = datagram.get("header") or {}
    if head.get("cmdClassifier") != "reply":
        return None
    return head.get("msgCounterReference")


async def three_at_once(t, answer_request_after=None):
    """Two SPINE reads around an accessMethodsRequest; all three are answered within 10 s."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    await t.send(read_message(t, "nodeManagementDetailedDiscoveryData", 4711))
    await t.send(ACCESS_REQUEST)
    await t.send(read_message(t, "nodeManagementUseCaseData", 4712))
    missing = {"accessMethods", 4711, 4712}
    while missing:
        left = start + 10 - loop.time()
        try:
            message = await t.conn.recv(max(left, 0.01))
        except ship.ShipError as error:
            raise Failed(f"missing {sorted(map(str, missing))}: {error}") from None
        if message.name == "accessMethods":
            missing.discard("accessMethods")
        elif message.name == "data":
            missing.discard(reference(message))
    if answer_request_after:
        await t.dut.advance(answer_request_after)
        await t.send(access_methods(link.ship_id(t.identity)))
    await t.nothing(0.5, OWN_TALK)


@either("TC_SHIP_AMDATA_001")
async def amdata_001(t):
    await t.open("access")
    await three_at_once(t)


@either("TC_SHIP_AMDATA_002")
async def amdata_002(t):
    if not declarations.QUERY_ACCESS_METHODS:
        raise NotApplicable("PAR_queryAccessMethods=no")
    await t.open("pin")
    await t.expect("accessMethodsRequest", skip=("data",))
    await three_at_once(t, answer_request_after=8)


@either("TC_SHIP_AMDATA_003")
async def amdata_003(t):
    if not declarations.CLIENT_DISCOVERY:
        raise NotApplicable("PAR_clientDetailedDiscoverySupported=no")
    asked = asyncio.get_running_loop().create_future()

    def silent(datagram):
        reads = datagram.function == "nodeManagementDetailedDiscoveryData"
        if reads and datagram.classifier == "read" and not asked.done():
            asked.set_result(datagram)
        return reads

    running = await t.running(prepare=lambda one: setattr(one.spine, "mute", silent))
    try:
        datagram = await asyncio.wait_for(asked, ANSWER_S)
    except TimeoutError:
        raise Failed("no detailed discovery read from the device") from None
    waiting = asyncio.create_task(running.expect_ship("accessMethods", 8))
    await asyncio.sleep(0)
    await running.connection.send(ACCESS_REQUEST)
    try:
        await waiting
    except ship.Timeout as error:
        raise Failed(str(error)) from None
    running.spine.mute = None
    await running.local.handle(running.spine, datagram)
    await asyncio.sleep(0.5)
    demand(running.connection.is_open, "closed after the discovery reply")


# PAR_queryAccessMethods is yes in all groups but these
@case("TC_SHIP_AMDATA_004", "server", "quiet")
@case("TC_SHIP_AMDATA_004", "client", "quiet client")
async def amdata_004(t):
    await t.open("pin")
    await t.send(ACCESS_REQUEST)
    await t.expect("accessMethods", skip=("data",))
    # the device leaves a partner that never says anything in SPINE
    await t.send(read_message(t, "nodeManagementDetailedDiscoveryData", 4711))
    await t.silence(120, ("data",))


# -- termination ------------------------------------------------------------------------------


@either("TC_SHIP_TERM_001")
async def term_001(t):
    if not declarations.INITIATE_CLOSE:
        raise NotApplicable("PAR_initiateClose=no")
    await t.open("access")
    await t.dut.command("untrust", ski=t.identity.ski)
    try:
        close = await t.expect("connectionClose", skip=OWN_TALK)
        demand(close.field("phase") == "announce", f"phase {close.field('phase')}")
        demand(close.field("reason"), "no reason in the announcement")
        maximum = close.field("maxTime")
        demand(isinstance(maximum, int), "no maxTime in the announcement")
        await t.closed_within(maximum // 1000 + 2)
    finally:
        await t.dut.command("trust", ski=t.identity.ski)
