"""TC_SPINE: compatibility, counters and acknowledgements (5.3)."""

import asyncio

from host_tests.conformance import declarations as par
from host_tests.conformance.outcome import NotApplicable, case, demand
from host_tests.conformance.spine_verbs import (
    DISCOVERY,
    FUTURE,
    USE_CASES,
    VERSION_PATTERN,
    letters,
    no_error,
    read,
    reply,
    result,
    unanswered_discovery,
)
from tools.hems import ship
from tools.hems.datagram import partial
from tools.hems.ejson import as_list
from tools.hems.spine import NODE_MANAGEMENT, SpineTimeout

ODD_VERSIONS = ("TS1.3.0", "V0.3.0", "v0.3.0", "0.3.0", "2.0.0", "V1.3.0", "v1.3.0")


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
