"""TC_SPINE: discovery, subscriptions and bindings of NodeManagement (5.5)."""

from host_tests.conformance import declarations as par
from host_tests.conformance.outcome import Failed, NotApplicable, case, demand
from host_tests.conformance.spine_verbs import (
    bindings,
    has_node_management,
    is_discovery_read,
    reply,
    result,
    subscriptions,
    unanswered_discovery,
)
from tools.hems.datagram import Address
from tools.hems.spine import NODE_MANAGEMENT, SpineTimeout

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
