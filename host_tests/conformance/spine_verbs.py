"""What the TC_SPINE cases share: reads, answers, the device's relations."""

import asyncio
import random
import re
import string

from host_tests.conformance import declarations as par
from host_tests.conformance.outcome import Failed, NotApplicable, demand
from tools.hems.datagram import Address
from tools.hems.ejson import as_list
from tools.hems.spine import NODE_MANAGEMENT, ResultError, SpineTimeout

FUTURE = "1.999.999"
VERSION_PATTERN = re.compile(r"^[1-9][0-9]*\.[0-9]+\.[0-9]+$")
DISCOVERY = "nodeManagementDetailedDiscoveryData"
USE_CASES = "nodeManagementUseCaseData"


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
