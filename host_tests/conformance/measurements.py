"""The tester's verbs for MPC: a car that draws or feeds back, and the values that arrive of it."""

import asyncio

from host_tests.conformance import declarations as par
from host_tests.conformance.limits import ACK, UNREACHED_GUARD, LimitBench
from host_tests.conformance.outcome import Failed, Inconclusive, demand
from tools.hems.energyguard import EnergyGuard
from tools.hems.monitor import VALUES, Monitor


class MeasurementBench(LimitBench):
    """Bench with a monitoring appliance; `monitor.values` follow the device's messages."""

    def __init__(self, dut, identity):
        super().__init__(dut, identity, "lpc")
        self.monitor = None

    async def subscribed(self, milliamps=6000):
        """Neither direction limited, Measurement subscribed, a car draws (negative: feeds)."""
        await self.cs_uc()
        self.monitor = Monitor(self.link)
        try:
            await self._free_production()
            await self.monitor.setup()
        except (LookupError, *UNREACHED_GUARD) as error:
            raise Inconclusive(f"precondition: {error}") from None
        await self.dut.command("plug")
        await self.draw(milliamps)

    async def _free_production(self):
        """Where the device takes LPP limits too: none of them applies."""
        feeding = EnergyGuard(self.link, "produce")
        if self.link.remote.entity_of("ControllableSystem", feeding.use_case) is None:
            return
        await feeding.attach()
        number = await feeding.write_limit(value=0, active=False)
        self._judge("W07 of LPP", number, ACK)

    async def draw(self, milliamps):
        """The car draws this current per phase from now on; 20 s for it to start."""
        await self.dut.command("ev", state="C", draw_ma=[milliamps] * 3)
        await self.wait(20, beating=True)
        await self.HB()
        await asyncio.sleep(0.1)

    def value(self, point):
        """Last value of a data point that is fit for use."""
        demand(point in self.monitor.values, f"{point} is not published")
        number, state = self.monitor.values[point]
        demand(state == "normal", f"{point} has state {state}")
        demand(number is not None, f"{point} has no value")
        return number

    async def notified(self, point, fits):
        """A notify brings a value of the point that meets `fits`, within 120 s from now."""
        mark = self.link.spine.mark()
        for _ in range(0, par.MPC_INTERVAL, 5):
            await self.dut.advance(5)
            await asyncio.sleep(0.05)
            seen = self.link.spine.seen_since(
                mark, lambda d: d.classifier == "notify" and d.function == VALUES
            )
            if seen and fits(self.value(point)):
                return
            await self.HB()
        raise Failed(f"{point} is {self.value(point)} after {par.MPC_INTERVAL} s")
