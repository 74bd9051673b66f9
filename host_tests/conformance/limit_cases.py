"""ATC_LPC and ATC_LPP: heartbeat, connection, start, what each state takes and refuses."""

import asyncio

from host_tests.conformance import declarations as par
from host_tests.conformance.limits import FAILSAFE, INIT, LIMITED, NACK, UA, UC
from host_tests.conformance.outcome import case, demand
from tools.hems.energyguard import HEARTBEAT


def both(name):
    """Register the LPC and the LPP case of a name."""

    def register(run):
        for use in ("lpc", "lpp"):
            case(f"ATC_{use.upper()}_{name}", "server", use)(run)
        return run

    return register


async def per_value(t, values, run):
    """One execution of `run(value)` per value of a set; the failing value is named."""
    for value in values:
        try:
            await run(value)
        except Exception as error:
            error.args = (f"value {value}: {error}",)
            raise


@both("COM_PT_CSHeartbeat_001")
async def heartbeat(t):
    await t.cs_uc()
    mark = t.link.spine.mark()
    times = [(await t.dut.status())["t_ms"]]
    for second in range(1, 361):
        await t.dut.advance(1)
        if second % 40 == 0:
            await t.HB()
        beats = t.link.spine.seen_since(
            mark, lambda d: d.classifier == "notify" and d.function == HEARTBEAT
        )
        if len(beats) >= len(times):
            times.append((await t.dut.status())["t_ms"])
        if len(times) > 5:
            break
    demand(len(times) > 5, f"{len(times) - 1} heartbeats in 6 min")
    gaps = [after - before for before, after in zip(times, times[1:], strict=False)]
    # The reading is taken once a second.
    demand(max(gaps) <= 61000, f"longest gap between heartbeats {max(gaps)} ms")


@both("COM_NT_CSConnection_001")
async def connection_001(t):
    await t.cs_init()
    await t.W(16, t.L[3], want=NACK)
    await t.state(INIT)
    await t.HB()
    await t.W(16, t.L[3])
    await t.state(UC)


@both("COM_PT_CSConnection_002")
async def connection_002(t):
    await t.cs_init()
    await t.HB()
    await t.F_(t.F[3], want=NACK)
    await t.W(16, t.L[3])
    await t.state(UC)
    await t.F_(t.F[3])
    demand(await t.failsafe_w() == t.F[3], "failsafe limit does not read back")


@both("COM_PT_CSConnection_003")
async def connection_003(t):
    await t.cs_init()
    await t.HB()
    await t.W(14, t.L[6], want=NACK)
    await t.state(UC)
    await t.F_(t.F[6], want=NACK)
    await t.F_(t.F[3])


@both("COM_PT_CSConnection_004")
async def connection_004(t):
    await t.cs_init()
    await t.HB()
    await t.D(par.DUR_02, want=NACK)
    await t.W(16, t.L[3])
    await t.state(UC)
    await t.D(par.DUR_02)


async def too_long(t):
    """D(DUR_03): stored as written after ACK, the own maximum after NACK."""
    number = await t.D(par.DUR_03, want=None)
    want = par.MAX_FAILSAFE_S if number else par.DUR_03
    got = await t.failsafe_s()
    demand(got == want, f"after error {number} the duration reads {got} s, expected {want} s")


@both("COM_PT_CSConnection_005")
async def connection_005(t):
    await t.cs_init()
    await t.HB()
    await t.W(16, t.L[3])
    await t.state(UC)
    await too_long(t)


async def reads_back(t, n):
    """The limit reads as written; L_05 may be cut to the maximum."""
    got = (await t.limit()).watts
    allowed = {t.L[n]}
    if n == 5:
        allowed.add(t.sign * (await t.device())["nominal_w"])
    demand(got in allowed, f"limit reads {got} W, expected {sorted(allowed)}")


@both("COM_PT_CSConnection_006")
async def connection_006(t):
    await t.cs_init()
    await t.HB()
    await t.W(14, t.L[5])
    await t.state(LIMITED)
    await reads_back(t, 5)


@both("COM_PT_CSConnection_007")
async def connection_007(t):
    await t.cs_init()
    await t.HB()
    await t.W(16, t.L[3])
    await t.state(UC)

    async def step(n):
        await t.HB()
        await t.W(14, t.L[n])
        await t.state(LIMITED)
        await reads_back(t, n)

    await per_value(t, (1, 2, 3, 4, 5), step)


@both("COM_PT_CSConnection_008")
async def connection_008(t):
    await t.cs_uc()

    async def step(n):
        await t.F_(t.F[n])
        got = await t.failsafe_w()
        demand(got == t.F[n], f"failsafe limit reads {got} W, expected {t.F[n]} W")

    await per_value(t, (1, 2, 3, 4, 5), step)
    await t.D(par.DUR_01, want=NACK)
    await t.D(par.DUR_02)
    demand(await t.failsafe_s() == par.DUR_02, "failsafe duration does not read back")
    await too_long(t)


@both("COM_PT_CSConnection_009")
async def connection_009(t):
    await t.cs_uc()
    await t.cut_link()
    await t.dut.command("power_cut")
    await asyncio.sleep(0.5)
    await t.dut.reboot("power_on")
    await t.guarded()
    await t.state(INIT)
    await t.HB()
    await t.W(16, t.L[3])
    await t.state(UC)


@both("COM_PT_CSInit_001")
async def init_001(t):
    await t.cs_reset_init()
    got = await t.failsafe_w()
    demand(got == par.PRESET_FAILSAFE_W, f"failsafe limit reads {got} W")
    demand((await t.limit()).active is False, "limit is active")
    await t.state(INIT)
    if t.use == "lpc":
        await holds(t, par.PRESET_FAILSAFE_W)


async def holds(t, watts):
    """A car that wants 16 A on three phases draws no more than `watts`."""
    await t.dut.command("plug")
    try:
        await t.dut.command("ev", state="C", draw_ma=[16000] * 3)
        await t.dut.advance(20)
        power = (await t.dut.status())["power_w"]
        demand(0 < power <= watts, f"{power} W drawn, {watts} W allowed")
    finally:
        await t.dut.command("unplug")


@both("COM_PT_CSInit_002")
async def init_002(t):
    await t.cs_uc()
    await t.F_(t.F[3])
    await t.D(par.DUR_02)
    await t.cs_reset_init()
    await t.HB()
    demand((await t.limit()).active is False, "limit is active")
    got = await t.failsafe_w()
    demand(got == par.PRESET_FAILSAFE_W, f"failsafe limit reads {got} W")
    got = await t.failsafe_s()
    demand(got == par.PRESET_FAILSAFE_S, f"failsafe duration reads {got} s")


@both("COM_PT_CSInit_003")
async def init_003(t):
    await t.cs_init()
    await t.HB()
    await t.W(16, t.L[3])
    await t.state(UC)
    await t.F_(t.F[3])
    await t.D(par.DUR_02)
    await t.cs_init()
    await t.state(INIT)
    got = await t.failsafe_w()
    demand(got == t.F[3], f"failsafe limit reads {got} W after the restart")
    got = await t.failsafe_s()
    demand(got == par.DUR_02, f"failsafe duration reads {got} s after the restart")


@both("COM_NT_CSLimited_001")
async def limited_001(t):
    await t.cs_limited()
    before = await t.limit()
    demand(before.active is True, "limit is inactive")
    await t.W(14, t.L[6], want=NACK)
    await t.state(LIMITED)
    demand((await t.limit()).watts == before.watts, "the refused value was stored")


@both("COM_PT_CSLimited_002")
async def limited_002(t):
    await t.cs_init()
    await t.HB()
    await t.W(14, t.L[3])
    await t.state(LIMITED)
    await t.HB()
    await t.wait(90)
    await t.W(14, t.L[3])
    await t.HB()
    await t.state(LIMITED)


@both("COM_NT_CSUnlCntrl_001")
async def uc_001(t):
    await t.cs_uc()
    demand((await t.limit()).active is False, "limit is active")
    await t.W(14, t.L[6], want=NACK)
    await t.state(UC)


@both("COM_PT_CSUnlCntrl_003")
async def uc_003(t):
    await t.cs_uc()
    word = "Consumption" if t.use == "lpc" else "Production"
    values = await t.guard.read_characteristics()
    demand(f"contractual{word}NominalMax" not in values, f"contractual maximum in {values}")
    nominal = values.get(f"power{word}NominalMax")
    demand(nominal is not None and nominal >= 0, f"power{word}NominalMax reads {nominal}")
    if nominal == 0:
        t.warn(f"power{word}NominalMax is 0")


async def late_limit(t, name):
    """CSFS_001 and CSUnlAuto_001: a limit 90 s after the heartbeat is none."""
    await t.HB()
    await t.wait(90)
    await t.W(16, t.L[3], want=NACK)
    await t.state(name)
    await t.F_(t.F[3], want=NACK)
    await t.HB()
    await t.W(16, t.L[3])
    await t.state(UC)
    await t.F_(t.F[3])
    await t.D(par.DUR_02)


@both("COM_PT_CSFS_001")
async def fs_001(t):
    await t.cs_failsafe()
    await late_limit(t, FAILSAFE)


@both("COM_PT_CSFS_002")
async def fs_002(t):
    await t.cs_uc()
    # Earlier cases may have stored another duration; the clock need not run for that long.
    await t.D(par.PRESET_FAILSAFE_S)
    await t.lose_link(125)
    await t.state(FAILSAFE)
    await t.dut.advance(par.PRESET_FAILSAFE_S - 60 - 5, step=60)
    await t.state(FAILSAFE)
    await t.dut.advance(180)
    await t.state(FAILSAFE, UA)


@both("COM_PT_CSFS_003")
async def fs_003(t):
    await t.cs_failsafe()
    demand((await t.limit()).active is False, "limit is active")
    await t.HB()
    await t.D(par.DUR_02, want=NACK)
    await t.state(FAILSAFE)


@both("COM_NT_CSUnlAuto_001")
async def ua_001(t):
    await t.cs_ua()
    await late_limit(t, UA)


@both("COM_PT_CSUnlAuto_002")
async def ua_002(t):
    await t.cs_ua()
    word = "Consumption" if t.use == "lpc" else "Production"
    nominal = (await t.guard.read_characteristics()).get(f"power{word}NominalMax")
    demand(nominal is not None, "no nominal maximum")
    draw = 16000 if t.use == "lpc" else -16000
    await t.dut.command("plug")
    try:
        await t.dut.command("ev", state="C", draw_ma=[draw] * 3)
        await t.dut.advance(20)
        power = t.sign * (await t.dut.status())["power_w"]
        # 16 A at the nominal voltage is 40 W above the rounded rating.
        demand(power <= nominal * 1.005, f"{power} W, nominal maximum {nominal} W")
    finally:
        await t.dut.command("unplug")
    demand((await t.limit()).active is False, "limit is active")
