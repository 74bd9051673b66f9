"""TC_SPINE: compatibility, counters, acknowledgements, NodeManagement (5.3, 5.5)."""

import asyncio
import random
import re
import string

from host_tests.conformance import declarations as par
from host_tests.conformance.outcome import Failed, NotApplicable, case, demand
from tools.hems import ship
from tools.hems.datagram import Address, partial
from tools.hems.ejson import as_list
from tools.hems.spine import NODE_MANAGEMENT, ResultError, SpineTimeout

FUTURE = "1.999.999"
VERSION_PATTERN = re.compile(r"^[1-9][0-9]*\.[0-9]+\.[0-9]+$")
DISCOVERY = "nodeManagementDetailedDiscoveryData"
USE_CASES = "nodeManagementUseCaseData"
ODD_VERSIONS = ("TS1.3.0", "V0.3.0", "v0.3.0", "0.3.0", "2.0.0", "V1.3.0", "v1.3.0")


def letters(count):
    """A random name."""
    return "".join(random.choices(string.ascii_letters, k=count))


async def read(running, function=DISCOVERY, **options):
    """Answer datagram to a NodeManagement read."""
    try:
        return await running.spine.ask(
            "read", NODE_MANAGEMENT, NODE_MANAGEMENT, {function: {}}, **options
        )
    except SpineTimeout as error:
        raise Failed(str(error)) from None


async def reply(running, function=DISCOVERY, **options):
    """As `read`; it must be a reply that names the function."""
    answer = await read(running, function, **options)
    demand(answer.classifier == "reply", f"{answer} instead of a reply")
    demand(answer.function == function, f"reply names {answer.function}")
    return answer


async def result(asking):
    """errorNumber that the device answered with."""
    try:
        return await asking
    except (SpineTimeout, ResultError) as error:
        raise Failed(str(error)) from None


def is_discovery_read(datagram):
    """The device asks for the tool's detailed discovery."""
    return datagram.classifier == "read" and datagram.function == DISCOVERY


async def unanswered_discovery(t):
    """A fresh link on which the tool holds back its discovery; returns it and the read (30 s)."""
    if not par.CLIENT_DISCOVERY:
        raise NotApplicable("PAR_clientDetailedDiscoverySupported=no")
    running = await t.running(prepare=lambda one: setattr(one.spine, "mute", is_discovery_read))
    for _ in range(15):
        try:
            return running, await running.spine.expect(is_discovery_read, 0.3, since=0)
        except SpineTimeout:
            await t.dut.advance(2)
    raise Failed("no detailed discovery read within 30 s")


async def no_error(running, mark, reference, allow_zero=True):
    """Within 2 s nothing but (perhaps) a result 0 refers to this counter."""
    await asyncio.sleep(2)
    for datagram in running.spine.seen_since(mark, lambda d: d.reference == reference):
        demand(allow_zero and datagram.error == 0, f"answered by {datagram}")


# -- compatibility ----------------------------------------------------------------------------


@case("TC_SPINE_COMP_001")
async def comp_001(t):
    running = await t.running()
    name = letters(20)
    answer = await read(running, name, version=FUTURE)
    demand(answer.error is not None and answer.error > 0, f"{answer} instead of an error")
    if answer.error != 6:
        t.warn(f"error {answer.error}, 6 is best practice")


@case("TC_SPINE_COMP_002")
async def comp_002(t):
    running = await t.running()
    await reply(running, version=FUTURE)


async def answer_discovery(running, question, change, **options):
    """Send the tool's discovery reply, altered by `change(data)`; returns its counter."""
    data = running.local.discovery()
    change(data)
    return await running.spine.send(
        "reply",
        NODE_MANAGEMENT,
        question.source,
        {DISCOVERY: data},
        reference=question.counter,
        **options,
    )


@case("TC_SPINE_COMP_003")
async def comp_003(t):
    running, question = await unanswered_discovery(t)

    def unknown(data):
        data["entityInformation"].append(
            {
                "description": {
                    "entityAddress": {"entity": [99]},
                    "entityType": "unsupportedEntityType",
                }
            }
        )
        data["featureInformation"].append(
            {
                "description": {
                    "featureAddress": {"entity": [99], "feature": 99},
                    "featureType": "unsupportedFeatureType",
                    letters(15): "testData",
                }
            }
        )

    mark = running.spine.mark()
    counter = await answer_discovery(running, question, unknown, version=FUTURE)
    await no_error(running, mark, counter, allow_zero=False)
    await reply(running)


@case("TC_SPINE_COMP_004")
async def comp_004(t):
    running, question = await unanswered_discovery(t)

    def invalid(data):
        data["entityInformation"][0]["description"]["entityAddress"] = {
            "entity": ["InvalidStringValue"]
        }

    mark = running.spine.mark()
    counter = await answer_discovery(running, question, invalid, ack=True)
    await no_error(running, mark, counter)
    await reply(running)


@case("TC_SPINE_COMP_005")
async def comp_005(t):
    running = await t.running()
    answer = await reply(running)
    versions = as_list(
        (answer.data.get("specificationVersionList") or {}).get("specificationVersion")
    )
    demand(versions, "no specificationVersionList")
    for version in (answer.header.get("specificationVersion"), *versions):
        demand(VERSION_PATTERN.match(str(version)), f"specificationVersion {version!r}")
    answer = await reply(running, USE_CASES)
    for item in as_list(answer.data.get("useCaseInformation")):
        for support in as_list(item.get("useCaseSupport")):
            name = support.get("useCaseName")
            version = str(support.get("useCaseVersion"))
            demand(VERSION_PATTERN.match(version), f"{name}: useCaseVersion {version}")
            demand(support.get("useCaseDocumentSubRevision"), f"{name}: no sub revision")


@case("TC_SPINE_COMP_006")
async def comp_006(t):
    for version in ODD_VERSIONS:
        running = await t.running()
        try:
            answer = await running.spine.ask(
                "read", NODE_MANAGEMENT, NODE_MANAGEMENT, {DISCOVERY: {}}, 3, version=version
            )
        except SpineTimeout:
            if running.connection.is_open:
                t.warn(f"{version}: silence")
        except ship.Closed:
            pass
        else:
            if answer.error is None:
                t.warn(f"{version}: accepted")
        await t.settle()


# -- counters and acknowledgements ------------------------------------------------------------


@case("TC_SPINE_DATA_001")
async def data_001(t):
    running = await t.running()
    counters = [(await reply(running)).counter for _ in range(20)]
    rising = all(a < b for a, b in zip(counters, counters[1:], strict=False))
    demand(rising, f"msgCounter does not rise: {counters}")


@case("TC_SPINE_DATA_002")
async def data_002(t):
    running = await t.running()
    for counter in (21012, 123321):
        await reply(running, counter=counter)


@case("TC_SPINE_DATA_003")
async def data_003(t):
    running = await t.running()
    for counter in (123456, 1000, 2000):
        await reply(running, counter=counter)


@case("TC_SPINE_DATA_004")
async def data_004(t):
    running = await t.running()
    for n in range(20):
        counter = 88777 + 200 * n
        answer = await reply(running, counter=counter)
        demand(answer.reference == counter, f"{answer} to #{counter}")


@case("TC_SPINE_DATA_005")
async def data_005(t):
    if not par.CLIENT_SUBSCRIPTION:
        raise NotApplicable("PAR_clientSubscriptionSupported=no")
    running = await t.running()
    await running.discover()
    entity = {"device": running.local.address, "entity": [0]}
    information = {"description": {"entityAddress": entity, "lastStateChange": "modified"}}
    notify = partial(DISCOVERY, {"entityInformation": [information]})
    number = await result(running.spine.command("notify", NODE_MANAGEMENT, notify))
    demand(number == 0, f"notify answered with error {number}")


@case("TC_SPINE_DATA_006")
async def data_006(t):
    running = await t.running()
    answer = await reply(running)
    mark = running.spine.mark()
    counter = await running.spine.send(
        "result",
        NODE_MANAGEMENT,
        NODE_MANAGEMENT,
        {"resultData": {"errorNumber": 0}},
        ack=True,
        reference=answer.counter,
    )
    await no_error(running, mark, counter, allow_zero=False)


@case("TC_SPINE_DATA_007")
async def data_007(t):
    running = await t.running()
    await reply(running)
    mark = running.spine.mark()
    answer = await reply(running, ack=True)
    await asyncio.sleep(1)
    results = running.spine.seen_since(
        mark, lambda d: d.classifier == "result" and d.reference == answer.reference
    )
    demand(not results, f"reply and {results[:1]}")


@case("TC_SPINE_DATA_008")
async def data_008(t):
    running, question = await unanswered_discovery(t)
    mark = running.spine.mark()
    counter = await running.spine.send(
        "result",
        NODE_MANAGEMENT,
        question.source,
        {"resultData": {"errorNumber": 0}},
        ack=True,
        reference=question.counter,
    )
    await no_error(running, mark, counter, allow_zero=False)


# -- NodeManagement ---------------------------------------------------------------------------


@case("TC_SPINE_FC_001")
async def fc_001(t):
    running = await t.running()
    await reply(running)
    call = running.relation_call("Subscription", "Request", NODE_MANAGEMENT, NODE_MANAGEMENT)
    wrong = Address(None, (1,), 0)
    try:
        answer = await running.spine.ask("call", NODE_MANAGEMENT, wrong, call)
    except SpineTimeout as error:
        raise Failed(str(error)) from None
    demand(answer.error, f"{answer} instead of an error")


@case("TC_SPINE_DDISC_001")
async def ddisc_001(t):
    await unanswered_discovery(t)


@case("TC_SPINE_DDISC_002")
async def ddisc_002(t):
    if not par.INITIAL_TIMEOUT:
        raise NotApplicable("PAR_initialTimeoutSupported=no")
    running, question = await unanswered_discovery(t)
    await t.dut.advance(32)
    again = running.spine.seen_since(
        0, lambda d: is_discovery_read(d) and d.counter != question.counter
    )
    closed = await running.connection.wait_closed(1)
    demand(again or closed, "neither closed nor asked again within 32 s")


def relations(data, key):
    """[(client Address, server Address)] of a subscription or binding list."""
    return [
        (Address.parse(entry.get("clientAddress")), Address.parse(entry.get("serverAddress")))
        for entry in as_list(data.get(key))
    ]


async def subscriptions(running):
    """The device's subscription list."""
    answer = await reply(running, "nodeManagementSubscriptionData")
    return relations(answer.data, "subscriptionEntry")


async def bindings(running):
    """The device's binding list."""
    answer = await reply(running, "nodeManagementBindingData")
    return relations(answer.data, "bindingEntry")


def has_node_management(pairs):
    """An entry from and to NodeManagement."""
    return any(
        client.same_place(NODE_MANAGEMENT) and server.same_place(NODE_MANAGEMENT)
        for client, server in pairs
    )


@case("TC_SPINE_BIND_001")
async def bind_001(t):
    running = await t.running()
    await reply(running)
    number = await result(running.bind(NODE_MANAGEMENT, NODE_MANAGEMENT))
    demand(number > 0, "binding to NodeManagement accepted")
    servers = [server for _, server in await bindings(running)]
    demand(not any(s.same_place(NODE_MANAGEMENT) for s in servers), "binding entry is there")


@case("TC_SPINE_SUBS_001")
async def subs_001(t):
    running = await t.running()
    await reply(running)
    number = await result(running.subscribe(NODE_MANAGEMENT, NODE_MANAGEMENT))
    demand(number == 0, f"subscription answered with error {number}")
    demand(has_node_management(await subscriptions(running)), "no subscription entry")


@case("TC_SPINE_SUBS_002")
async def subs_002(t):
    running = await t.running()
    await reply(running)
    await result(running.subscribe(NODE_MANAGEMENT, NODE_MANAGEMENT))
    delete = ("Subscription", "Delete", NODE_MANAGEMENT, NODE_MANAGEMENT)
    number = await result(running.relate(*delete))
    demand(number == 0, f"delete answered with error {number}")
    await result(running.relate(*delete))
    demand(not has_node_management(await subscriptions(running)), "the entry is still there")
