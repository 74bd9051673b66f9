"""The tester's verbs for LPC and LPP: the table words W, F, D, HB and the states."""

import asyncio
import contextlib

from host_tests.conformance import declarations as par
from host_tests.conformance.bench import UNREACHED, Bench
from host_tests.conformance.dut import DutError
from host_tests.conformance.outcome import Failed, Inconclusive, demand
from tools.hems.energyguard import EnergyGuard, GuardError
from tools.hems.spine import ResultError, SpineTimeout

ACK, NACK = "ACK", "NACK"
UC, LIMITED, FAILSAFE, UA, INIT = "uc", "limited", "failsafe", "ua", "init"
LOST_S = 130  # 120 s supervision and a margin
UNREACHED_GUARD = (*UNREACHED, GuardError, ResultError, SpineTimeout, DutError)

# MSG_nn: (value, activation, duration, delete) facets of the official limit messages.
MESSAGES = {
    1: "v",
    2: "a",
    3: "d",
    4: "x",
    5: "t",
    6: "va",
    7: "vd",
    8: "vx",
    9: "vt",
    10: "ax",
    11: "at",
    12: "dx",
    13: "dt",
    14: "vax",
    15: "vat",
    16: "vdx",
    17: "vdt",
}


class LimitBench(Bench):
    """Bench with an energy guard; `L` and `FL` are the value sets L_n and F_n, {1..6: W}.

    LPP limits are 0 or negative on the wire, so L is turned there; FL never is.
    """

    def __init__(self, dut, identity, use):
        super().__init__(dut, identity)
        self.use = use
        self.direction = "consume" if use == "lpc" else "produce"
        self.sign = 1 if use == "lpc" else -1
        self.delete = "filter"
        self.guard = None
        self.link = None
        self.L = {}
        self.FL = {}

    async def ranges(self):
        """Draw the value sets from the nominal maximum that the device states."""
        nominal = (await self.device())["nominal_w"]
        self.FL = par.value_set(0, nominal)
        self.L = {n: self.sign * value for n, value in self.FL.items()}

    async def device(self):
        """status.lpc or status.lpp of the control port."""
        return (await self.dut.status())[self.use]

    # -- preconditions ------------------------------------------------------------------------

    async def guarded(self):
        """Connect, discover, bind, subscribe; no heartbeat, no limit (EG-MAN)."""
        self.link = await self.running()
        self.guard = EnergyGuard(self.link, self.direction)
        try:
            await self.guard.setup()
        except UNREACHED_GUARD as error:
            raise Inconclusive(f"precondition: {error}") from None

    async def cs_init(self):
        """CS-INIT: restarted, connected to a guard that says nothing yet."""
        await self.cut_link()
        await self.dut.reboot("restart")
        await self.guarded()
        await self.ranges()
        await self.reached(INIT)

    async def cs_reset_init(self):
        """CS-RESET-INIT: factory reset, trusted again, connected."""
        await self.cut_link()
        await self.dut.reboot("factory_reset")
        await self.dut.command("trust", ski=self.identity.ski)
        await self.guarded()
        await self.ranges()
        await self.reached(INIT)

    async def cs_uc(self):
        """CS-UC by HB and W16(L_03)."""
        await self.cs_init()
        await self._prepared(16, UC)

    async def cs_limited(self):
        """CS-LIM without duration, by HB and W14(L_03)."""
        await self.cs_init()
        await self._prepared(14, LIMITED)

    async def cs_failsafe(self, back=True):
        """CS-FS: CS-UC, link silent for 130 s, then (`back`) link back without heartbeat."""
        await self.cs_uc()
        await self.lose_link(LOST_S)
        if back:
            await self.guarded()
        await self.reached(FAILSAFE)

    async def cs_ua(self):
        """CS-UA: init and 130 s of silence."""
        await self.cs_init()
        await self.wait(LOST_S)
        await self.reached(UA)

    async def _prepared(self, message, name):
        try:
            await self.HB()
            await self.W(message, self.L[3])
        except (Failed, *UNREACHED_GUARD) as error:
            raise Inconclusive(f"precondition: {error}") from None
        await self.reached(name)

    async def reached(self, name):
        """A state that is a precondition."""
        try:
            await self.state(name)
        except Failed as error:
            raise Inconclusive(f"precondition: {error}") from None

    # -- steps --------------------------------------------------------------------------------

    async def HB(self):
        """Heartbeat, acknowledged with 0."""
        number = await self._ask(self.guard.heartbeat())
        demand(number == 0, f"heartbeat answered with error {number}")

    async def W(self, message, value=None, duration=par.LIMIT_DURATION, want=ACK):
        """Write of MSG_nn; `want` ACK (result 0) or NACK (result above 0)."""
        facets = MESSAGES[message]
        activation = {"a": True, "d": False}
        number = await self._ask(
            self.guard.write_limit(
                value=value if "v" in facets else None,
                active=next((activation[f] for f in facets if f in activation), None),
                duration=duration if "t" in facets else None,
                delete=self.delete if "x" in facets else None,
            )
        )
        self._judge(f"W{message:02}({value})", number, want)

    async def F(self, watts, want=ACK):
        """Write of the failsafe limit."""
        number = await self._ask(self.guard.write_failsafe(watts))
        self._judge(f"F({watts})", number, want)

    async def D(self, seconds, want=ACK):
        """Write of failsafeDurationMinimum; `want` None takes both. Returns the errorNumber."""
        number = await self._ask(self.guard.write_failsafe_duration(seconds))
        if want:
            self._judge(f"D({seconds} s)", number, want)
        return number

    async def _ask(self, asking):
        try:
            return await asking
        except (SpineTimeout, ResultError, GuardError) as error:
            raise Failed(str(error)) from None

    @staticmethod
    def _judge(what, number, want):
        got = NACK if number else ACK
        demand(got == want, f"{what} answered {got} (error {number}), expected {want}")

    async def limit(self):
        """The limit as read over the wire."""
        return await self._ask(self.guard.read_limit())

    async def failsafe_w(self):
        """The failsafe limit as read over the wire."""
        return await self._ask(self.guard.read_failsafe())

    async def failsafe_s(self):
        """failsafeDurationMinimum as read over the wire."""
        return await self._ask(self.guard.read_failsafe_duration())

    async def wait(self, seconds, beating=False):
        """Protocol seconds pass; `beating`: a heartbeat every 30 s or less."""
        while seconds > 0:
            chunk = min(seconds, 30) if beating else seconds
            await self.dut.advance(chunk)
            seconds -= chunk
            if beating and seconds > 0:
                await self.HB()

    async def cut_link(self):
        """The link to the guard breaks."""
        await self.settle()
        self.guard = self.link = None

    async def lose_link(self, seconds):
        """The link is cut for protocol seconds."""
        await self.cut_link()
        await self.dut.advance(seconds, step=60)

    async def state(self, *names):
        """The device is in one of these states: by its status and by what the wire reads.

        The status must also show what follows from the state: the limit in force is the written
        one (limited), the failsafe limit (init, failsafe) or none (uc, ua).
        """
        for _ in range(10):
            device = await self.device()
            if device["state"] in names:
                break
            await asyncio.sleep(0.1)
        name = device["state"]
        demand(name in names, f"state {name}, expected {' or '.join(names)}")
        await self._in_force(name, device)
        if self.guard:
            limit = await self.limit()
            active = name == LIMITED
            demand(limit.active is active, f"state {name}, but isLimitActive {limit.active}")
        return name

    async def _in_force(self, name, device):
        entries = (await self.dut.status())["limits"]
        mine = [e for e in entries if e["origin"] == self.use and e.get("active", True)]
        if name in (UC, UA):
            demand(not mine, f"state {name}, but a limit is in force: {mine}")
            return
        demand(mine, f"state {name}, but no {self.use} limit is in force")
        watts = abs(mine[0]["w"])
        if name in (INIT, FAILSAFE):
            want = device["failsafe_w"]
            demand(watts == want, f"{watts} W in force in {name}, failsafe limit is {want} W")
        elif self.guard:
            want = abs((await self.limit()).watts)
            demand(watts == want, f"{watts} W in force, limit is {want} W")

    @contextlib.asynccontextmanager
    async def permitted_reason(self):
        """A reason for which a limit may be refused: self-protection."""
        await self.dut.command("fault", name="overtemp", on=True)
        await self.dut.advance(2)
        try:
            yield
        finally:
            await self.dut.command("fault", name="overtemp", on=False)
