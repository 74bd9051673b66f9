"""ATC_LPC and ATC_LPP: what the device does after a start and takes or refuses in each state."""

from host_tests.conformance import declarations as par
from host_tests.conformance.limit_cases import both
from host_tests.conformance.limits import FAILSAFE, INIT, LIMITED, NACK, UA, UC
from host_tests.conformance.outcome import demand


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
    await t.F(t.FL[3])
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
    await t.F(t.FL[3])
    await t.D(par.DUR_02)
    await t.cs_init()
    await t.state(INIT)
    got = await t.failsafe_w()
    demand(got == t.FL[3], f"failsafe limit reads {got} W after the restart")
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
    await t.F(t.FL[3], want=NACK)
    await t.HB()
    await t.W(16, t.L[3])
    await t.state(UC)
    await t.F(t.FL[3])
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
