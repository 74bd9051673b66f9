"""TC_SPINE: cases with a controllable system (BIND_002, ENTITY_002, RTS_001 - RTS_005)."""

from host_tests.conformance import declarations as par
from host_tests.conformance.limits import UNREACHED_GUARD
from host_tests.conformance.outcome import Failed, Inconclusive, case, demand
from host_tests.conformance.spine_verbs import FUTURE, bindings, letters, result
from tools.hems import link
from tools.hems.device import energy_manager
from tools.hems.energyguard import EnergyGuard, GuardError


async def scenario(guard):
    """The steps of P-LPC; what goes wrong is raised as it is."""
    await guard.setup()
    number = await guard.heartbeat()
    demand(number == 0, f"heartbeat answered with error {number}")
    number = await guard.write_limit(value=par.TEST_VALUE_1, active=True)
    demand(number == 0, f"limit write answered with error {number}")


async def controlled(t, version=None):
    """P-LPC as precondition: a guard whose limit of Test_Value1 is active."""
    running = await t.running()
    if version:
        running.spine.version = version
    guard = EnergyGuard(running)
    try:
        await scenario(guard)
    except UNREACHED_GUARD as error:
        raise Inconclusive(f"precondition: {error}") from None
    return guard


async def runs(t, entity=(1,), client_type=None, version=None):
    """P-LPC as the step itself, with another description of the tool; returns the guard."""
    device = energy_manager(link.device_address(t.identity), (entity,), client_type)

    def prepare(one):
        one.spine.version = version or one.spine.version

    running = await t.running(device=device, prepare=prepare)
    guard = EnergyGuard(running, entity=entity)
    try:
        await scenario(guard)
    except UNREACHED_GUARD as error:
        raise Failed(f"P-LPC: {error}") from None
    return guard


@case("TC_SPINE_BIND_002")
async def bind_002(t):
    guard = await controlled(t)
    running = guard.link
    client = running.source_for("LoadControl", guard.entity)
    server = running.remote.find("LoadControl", "server", guard.remote_entity)
    number = await result(running.relate("Binding", "Delete", client, server))
    demand(number == 0, f"binding delete answered with error {number}")
    number = await result(guard.heartbeat())
    demand(number == 0, f"heartbeat answered with error {number}")
    number = await result(guard.write_limit(value=par.TEST_VALUE_2, active=True))
    demand(number > 0, "write without binding accepted")
    if number != 9:
        t.warn(f"error {number}, 9 is recommended")
    demand((await guard.read_limit()).watts != par.TEST_VALUE_2, "the value was stored")
    servers = [server for _, server in await bindings(running)]
    demand(not any(one.same_place(server) for one in servers), "the binding is still there")


@case("TC_SPINE_ENTITY_002")
async def entity_002(t):
    await controlled(t)
    await t.settle()
    await runs(t, entity=(3,))


@case("TC_SPINE_RTS_001")
async def rts_001(t):
    await runs(t, client_type="Measurement")


@case("TC_SPINE_RTS_002")
async def rts_002(t):
    await runs(t, client_type="CompletelyUnknownFeatureType", version=FUTURE)


@case("TC_SPINE_RTS_003")
async def rts_003(t):
    # B comes first in the list: a device that takes the first guard it finds takes the wrong one.
    device = energy_manager(link.device_address(t.identity), ((2,), (1,)))
    running = await t.running(device=device)
    guard = EnergyGuard(running, entity=(1,))
    try:
        await guard.setup()
    except GuardError as error:
        raise Failed(str(error)) from None
    await t.dut.advance(20)
    other = device.place("DeviceDiagnosis", "server", (2,))
    strangers = [client for client, server in device.subscriptions if server.same_place(other)]
    demand(not strangers, "the device subscribed to the guard that did not bind")


@case("TC_SPINE_RTS_004")
async def rts_004(t):
    guard = await controlled(t, FUTURE)
    number = await result(guard.heartbeat())
    demand(number == 0, f"heartbeat answered with error {number}")
    extra = {letters(15): "testData"}
    number = await result(guard.write_limit(value=par.TEST_VALUE_2, active=True, extra=extra))
    demand(number == 0, f"write with an unknown element answered with error {number}")
    demand((await guard.read_limit()).watts == par.TEST_VALUE_2, "the value was not stored")


@case("TC_SPINE_RTS_005")
async def rts_005(t):
    guard = await controlled(t)
    # A stored scale of 0 would prove nothing.
    number = await result(guard.write_limit(value={"number": 42, "scale": 2}, active=True))
    demand(number == 0, f"write answered with error {number}")
    number = await result(guard.heartbeat())
    demand(number == 0, f"heartbeat answered with error {number}")
    before = await guard.read_limit()
    demand(before.watts == 4200, f"42 * 10^2 W read back as {before.watts} W")
    if before.scale == 0:
        t.warn("the device stores the value in another scale")
    multiple = 4300 / 10**before.scale
    number = await result(guard.write_limit(value={"number": int(multiple)}))
    demand(number == 0, f"write without scale answered with error {number}")
    after = await guard.read_limit()
    demand(after.scale == before.scale, f"scale {before.scale} became {after.scale}")
    demand(after.watts == 4300, f"{after.watts} W, expected 4300 W")
