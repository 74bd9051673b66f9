"""ATC_LPC and ATC_LPP: the twelve transitions of the controllable system."""

from host_tests.conformance import declarations as par
from host_tests.conformance.limit_cases import both, per_value
from host_tests.conformance.limits import FAILSAFE, INIT, LIMITED, LOST_S, NACK, UA, UC
from host_tests.conformance.outcome import demand


@both("COM_PT_CSTransition1_001")
async def transition_1_refused(t):
    await t.cs_init()
    await t.HB()
    await t.W(14, t.L[6], want=NACK)
    await t.state(UC)


@both("COM_PT_CSTransition1_002")
async def transition_1_deactivated(t):
    # The declared duration set belongs to this case: once with MSG_17 (60 s), once without.
    for message in (17, 16):
        await t.cs_init()
        await t.HB()
        await t.W(message, t.L[3])
        await t.state(UC)


@both("COM_PT_CSTransition2_001")
async def transition_2(t):
    async def run(n):
        await t.cs_init()
        await t.HB()
        await t.W(15, t.L[n])
        await t.state(LIMITED)
        demand((await t.limit()).watts == t.L[n], "the limit does not read back")

    await per_value(t, (2, 3, 4), run)


@both("COM_PT_CSTransition3_001")
async def transition_3_silence(t):
    await t.cs_init()
    await t.wait(LOST_S)
    await t.state(UA, INIT)


@both("COM_PT_CSTransition3_002")
async def transition_3_heartbeat(t):
    await t.cs_init()
    await t.HB()
    await t.wait(LOST_S)
    await t.state(UA, INIT)


@both("COM_PT_CSTransition4_001")
async def transition_4(t):
    async def run(n):
        await t.cs_uc()
        await t.W(15, t.L[n])
        await t.state(LIMITED)
        demand((await t.limit()).watts == t.L[n], "the limit does not read back")

    await per_value(t, (2, 3, 4), run)


@both("COM_PT_CSTransition5_001")
async def transition_5(t):
    await t.cs_uc()
    await t.HB()
    await t.cut_link()
    await t.dut.advance(90, step=30)
    await t.state(UC)
    await t.dut.advance(LOST_S - 90, step=10)
    await t.state(FAILSAFE)


@both("COM_PT_CSTransition6_001")
async def transition_6_expired(t):
    await t.cs_limited()
    await t.W(15, t.L[3])
    await t.state(LIMITED)
    await t.dut.advance(30)
    await t.HB()
    await t.dut.advance(20)
    await t.state(LIMITED)
    await t.dut.advance(12)
    await t.state(UC)
    duration = (await t.limit()).duration
    if duration:
        t.warn(f"duration reads {duration} s after its end")


@both("COM_PT_CSTransition6_002")
async def transition_6_deactivated(t):
    # "Delete the duration" is written in two ways in the field; both have to work.
    for delete in ("filter", "element"):
        await t.cs_limited()
        await t.W(15, t.L[3])
        await t.state(LIMITED)
        t.delete = delete
        try:
            await t.W(14, t.L[3])
            await t.state(LIMITED)
            left = (await t.limit()).duration
            demand(not left, f"duration {left} s is still there (deleted by {delete})")
            await t.W(16, t.L[3])
        finally:
            t.delete = "filter"
        await t.state(UC)


@both("COM_PT_CSTransition7_001")
async def transition_7(t):
    async def run(n):
        await t.cs_limited()
        await t.F(t.FL[n])
        await t.lose_link(LOST_S)
        await t.state(FAILSAFE)
        held = (await t.device())["failsafe_w"]
        demand(held == t.FL[n], f"failsafe limit is {held} W, {t.FL[n]} W was written")

    await per_value(t, (2, 3, 4), run)


@both("COM_PT_CSTransition8_001")
async def transition_8_refused(t):
    await t.cs_failsafe()
    await t.HB()
    await t.state(FAILSAFE)
    await t.W(14, t.L[6], want=NACK)
    await t.state(UC)


@both("COM_PT_CSTransition8_002")
async def transition_8_deactivated(t):
    async def run(n):
        await t.cs_failsafe()
        await t.HB()
        await t.W(16, t.L[n])
        await t.state(UC)

    await per_value(t, (2, 3, 4), run)


@both("COM_PT_CSTransition9_001")
async def transition_9(t):
    async def run(n):
        await t.cs_failsafe()
        await t.HB()
        await t.W(14, t.L[n])
        await t.state(LIMITED)

    await per_value(t, (2, 3, 4), run)


@both("COM_PT_CSTransition10_001")
async def transition_10_minimum(t):
    await t.cs_uc()
    await t.D(par.DUR_02)
    await t.lose_link(LOST_S)
    await t.state(FAILSAFE)
    # ten minutes are room for the time that the steps themselves take
    await t.dut.advance(par.DUR_02 - 600, step=300)
    await t.state(FAILSAFE)
    await t.dut.advance(600 + LOST_S)
    await t.state(UA, FAILSAFE)


@both("COM_PT_CSTransition10_002")
async def transition_10_heartbeat(t):
    await t.cs_failsafe()
    await t.HB()
    await t.wait(LOST_S)
    await t.state(UA, FAILSAFE)


@both("COM_PT_CSTransition11_001")
async def transition_11_refused(t):
    await t.cs_ua()
    await t.HB()
    await t.W(14, t.L[6], want=NACK)
    await t.state(UC)


@both("COM_PT_CSTransition11_002")
async def transition_11_deactivated(t):
    await t.cs_ua()
    await t.HB()
    await t.W(7, t.L[3])
    await t.state(UC)


@both("COM_PT_CSTransition12_001")
async def transition_12(t):
    async def run(n):
        await t.cs_ua()
        await t.HB()
        await t.W(14, t.L[n])
        await t.state(LIMITED)

    await per_value(t, (2, 3, 4), run)


@both("INS2_PT_CSTransition1_001")
async def transition_1_permitted_reason(t):
    async def run(n):
        await t.cs_init()
        await t.HB()
        await t.W(16, t.L[n])
        await t.state(UC)
        async with t.permitted_reason():
            await t.W(15, t.L[n], want=NACK)
            await t.state(UC)

    await per_value(t, (2, 3), run)
