"""The energy manager's part: one who limits, and what it gets to know over the wire."""

import time
from collections import namedtuple

from tools.hems import EnergyGuard, Monitor, connect

Reading = namedtuple("Reading", "limit_w power_w current_a energy_wh operating")
Reading.__doc__ = """What the manager has read: limit_w: W of the active limit, None when there is
none; current_a: greatest of the phases; operating: operating state of the wallbox."""


class Manager:
    """`identity`: tools.hems.Identity. Without a link, `link` is None."""

    def __init__(self, identity):
        self.identity = identity
        self.link = None
        self._guard = None
        self._monitor = None
        self._limit = None
        self.told = []  # (monotonic s, W): powers that the wallbox has told by itself

    async def connect(self, host, port, ski):
        """SHIP connection to the wallbox that must have this SKI; it may have to trust us first.

        Raises OSError, TlsError, WebSocketError, ShipError.
        """
        self.link = await connect(host, port, self.identity, ski)

    async def attach(self):
        """Discovery, bindings, subscriptions, first reading.

        Raises GuardError, ResultError, SpineTimeout, LookupError.
        """
        self._guard = EnergyGuard(self.link)
        await self._guard.setup()
        self._monitor = Monitor(self.link)
        await self._monitor.setup()
        self.link.spine.listeners.append(self._listen)
        self._limit = await self._guard.read_limit()

    def _listen(self, datagram):
        limit = self._guard.limit_notified(datagram)
        if limit:
            self._limit = limit
        elif datagram.classifier == "notify" and datagram.function == "measurementListData":
            self.told.append((time.monotonic(), self._monitor.values["power"][0]))

    def known(self):
        """The Reading by what the wallbox has told last; None without a link."""
        if not self.link or self.link.closed.is_set() or self._limit is None:
            return None
        values = self._monitor.values
        currents = [number for name, (number, _) in values.items() if name.startswith("current.")]
        return Reading(
            self._limit.watts if self._limit.active else None,
            values["power"][0],
            max(currents),
            values["energy.consumed"][0],
            self._monitor.operating_state,
        )

    async def read(self):
        """The Reading, asked for anew; None without a link. Raises SpineTimeout, ResultError."""
        if self.known() is None:
            return None
        self._limit = await self._guard.read_limit()
        await self._monitor.read()
        return self.known()

    async def about(self):
        """Of the wallbox: name, nominal maximum in W, failsafe limit in W and duration in s."""
        guard = self._guard
        maker = self._monitor.manufacturer
        return (
            f"{maker.get('brandName')} {maker.get('deviceName')}",
            (await guard.read_characteristics())["powerConsumptionNominalMax"],
            await guard.read_failsafe(),
            await guard.read_failsafe_duration(),
        )

    def use_cases(self):
        """Names of the use cases that the wallbox offers."""
        return [name for _, _, name in self.link.remote.use_cases]

    async def heartbeat(self):
        """One heartbeat; the errorNumber of its result."""
        return await self._guard.heartbeat()

    def beat(self):
        """Heartbeats by itself from now on."""
        self._guard.start_heartbeat()

    async def limit(self, watts):
        """Writes a limit in W, or lifts it with None: errorNumber of the result, ms until it."""
        begin = time.monotonic()
        if watts is None:
            number = await self._guard.write_limit(active=False)
        else:
            number = await self._guard.write_limit(value=watts, active=True)
        return number, (time.monotonic() - begin) * 1000

    def crash(self):
        """No heartbeat, no goodbye: the TCP connection is dropped."""
        if self._guard:
            self._guard.stop_heartbeat()
        if self.link:
            self.link.cut()
        self.link = self._limit = None

    async def goodbye(self):
        """Ends the SHIP connection in good order."""
        self._guard.stop_heartbeat()
        await self.link.close()
        self.link = self._limit = None
