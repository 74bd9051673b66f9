"""ATC_LPC and ATC_LPP: heartbeat and what a newly connected guard may do (CSConnection)."""

import asyncio

from host_tests.conformance import declarations as par
from host_tests.conformance.limits import INIT, LIMITED, NACK, UC
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
    await t.F(t.FL[3], want=NACK)
    await t.W(16, t.L[3])
    await t.state(UC)
    await t.F(t.FL[3])
    demand(await t.failsafe_w() == t.FL[3], "failsafe limit does not read back")


@both("COM_PT_CSConnection_003")
async def connection_003(t):
    await t.cs_init()
    await t.HB()
    await t.W(14, t.L[6], want=NACK)
    await t.state(UC)
    await t.F(t.FL[6], want=NACK)
    await t.F(t.FL[3])


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
        await t.F(t.FL[n])
        got = await t.failsafe_w()
        demand(got == t.FL[n], f"failsafe limit reads {got} W, expected {t.FL[n]} W")

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
