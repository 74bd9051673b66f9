"""ATC_MPC: the monitored unit's values follow what the car does (5.1 - 5.3)."""

from host_tests.conformance import declarations as par
from host_tests.conformance.outcome import NotApplicable, case, demand
from tools.hems.monitor import VALUES

PHASES = "abc"
TOLERANCE = 0.02
DIRECTIONS = (1, -1)  # consuming, producing


def mpc(name, *arguments):
    """Register ATC_MPC_<name>; `arguments` go to the function after the bench."""

    def register(run):
        async def with_arguments(t):
            try:
                await run(t, *arguments)
            finally:
                await t.dut.command("unplug")

        case(f"ATC_MPC_{name}", "server", "mpc")(with_arguments)
        return run

    return register


def near(want):
    """Predicate: within 2 % of the value (the meter rounds)."""
    return lambda got: abs(got - want) <= abs(want) * TOLERANCE


@mpc("COM_PT_MUPolling_001")
async def polling(t):
    if not par.POLLING:
        raise NotApplicable("Polling=no: the device notifies")
    await t.subscribed()
    for step in range(5):
        await t.draw(6000 + 1000 * step)
        await t.wait(30, beating=True)
        values = await t.monitor.read()
        demand("power" in values, "no total power in the answer")


@mpc("COM_PT_MUNotification_001")
async def notification(t):
    await t.subscribed()
    for step in range(1, 6):
        mark = t.link.spine.mark()
        milliamps = 6000 + 1000 * step
        await t.dut.command("ev", state="C", draw_ma=[milliamps] * 3)
        await t.notified("power", near(3 * 230 * milliamps / 1000))
        seen = t.link.spine.seen_since(mark, lambda d: d.function == VALUES)
        demand(seen, "no notify")
        await t.HB()


async def follows(t, point, per_amp):
    """Both directions: the value changes with the current (6 to 10 A), sign by direction."""
    for sign in DIRECTIONS:
        await t.subscribed(sign * 6000)
        demand(near(sign * 6 * per_amp)(t.value(point)), f"{point} is {t.value(point)} at 6 A")
        await t.dut.command("ev", state="C", draw_ma=[sign * 10000] * 3)
        await t.notified(point, near(sign * 10 * per_amp))
        await t.dut.command("unplug")


@mpc("SCE1_PT_MUTotalActivePower_001")
async def total_power(t):
    await follows(t, "power", 3 * 230)


@mpc("SCE1_PT_MUPhaseActivePower_001", "a")
@mpc("SCE1_PT_MUPhaseActivePower_002", "b")
@mpc("SCE1_PT_MUPhaseActivePower_003", "c")
async def phase_power(t, phase):
    await follows(t, f"power.{phase}", 230)


@mpc("SCE3_PT_MUActiveACCurrent_001", "a")
@mpc("SCE3_PT_MUActiveACCurrent_002", "b")
@mpc("SCE3_PT_MUActiveACCurrent_003", "c")
async def current(t, phase):
    await follows(t, f"current.{phase}", 1)


async def counts(t, point, milliamps, sign):
    """The counter moves by what the car takes or gives in 10 min (sign), or stands (0)."""
    await t.subscribed(milliamps)
    before = t.value(point)
    await t.wait(600, beating=True)
    await t.HB()
    await t.monitor.read()
    moved = t.value(point) - before
    if sign == 0:
        demand(moved == 0, f"{point} moved by {moved} Wh")
        return
    want = sign * abs(milliamps) / 1000 * 3 * 230 / 6
    demand(abs(moved - want) <= abs(want) * 0.1, f"{point} moved by {moved} Wh, not {want:.0f}")
    demand(t.value(point) * sign >= 0, f"{point} has the wrong sign: {t.value(point)}")
    start = t.value(point)
    await t.notified(point, lambda got: abs(got) > abs(start))


@mpc("SCE2_PT_MUTotalConsumedEnergy_001")
async def consumed_moves(t):
    await counts(t, "energy.consumed", 10000, 1)


@mpc("SCE2_PT_MUTotalConsumedEnergy_002")
async def consumed_stands(t):
    await counts(t, "energy.consumed", -10000, 0)


@mpc("SCE2_PT_MUTotalProducedEnergy_001")
async def produced_stands(t):
    await counts(t, "energy.produced", 10000, 0)


@mpc("SCE2_PT_MUTotalProducedEnergy_002")
async def produced_moves(t):
    await counts(t, "energy.produced", -10000, -1)


@mpc("SCE4_PT_MUACVoltage_001", "a")
@mpc("SCE4_PT_MUACVoltage_002", "b")
@mpc("SCE4_PT_MUACVoltage_003", "c")
async def voltage(t, phase):
    for milliamps in (6000, -6000):
        await t.subscribed(milliamps)
        try:
            for millivolts in (230000, 233000):
                await t.dut.command("meter", u_mv=millivolts)
                volts = millivolts / 1000
                await t.notified(f"voltage.{phase}", lambda got, want=volts: abs(got - want) < 1)
        finally:
            await t.dut.command("meter", u_mv=230000)


@mpc("SCE4_PT_MUACVoltage_004", "ab")
@mpc("SCE4_PT_MUACVoltage_005", "bc")
@mpc("SCE4_PT_MUACVoltage_006", "ca")
async def phase_to_phase(t, pair):
    if not par.PHASE_TO_PHASE:
        raise NotApplicable("Phase-to-phase AC Voltage: no")
    await t.subscribed()
    await t.dut.command("meter", u_mv=233000)
    try:
        await t.notified(f"voltage.{pair}", lambda got: abs(got - 233 * 3**0.5) < 2)
    finally:
        await t.dut.command("meter", u_mv=230000)


@mpc("SCE5_PT_MUFrequency_001")
async def frequency(t):
    await t.subscribed()
    demand(abs(t.value("frequency") - 50) < 0.5, f"frequency is {t.value('frequency')} Hz")
    await t.dut.command("meter", hz_m=51000)
    try:
        await t.notified("frequency", lambda got: abs(got - 51) < 0.1)
    finally:
        await t.dut.command("meter", hz_m=50000)
