"""One session of the bench manager: guard and monitor on a link, and the typed commands."""

from tools.hems import durations
from tools.hems.energyguard import EnergyGuard, GuardError
from tools.hems.monitor import Monitor
from tools.hems.spine import ResultError, SpineTimeout

HELP = (
    "limit W [60s|5m|2h] · off · failsafe W · failsafe-duration 2h · heartbeat on|off · read · "
    "quit"
)


class CommandError(Exception):
    """Something typed that cannot be carried out."""


class Session:
    """`limit`, `failsafe_w`, `failsafe_s`, `nominal_w` are the last known values."""

    def __init__(self, link):
        self.link = link
        self.guard = EnergyGuard(link)
        self.monitor = Monitor(link)
        self.limit = None
        self.failsafe_w = None
        self.failsafe_s = None
        self.nominal_w = None
        self.heard = 0  # heartbeats of the wallbox
        self.beating = False

    async def setup(self, heartbeat=True):
        """Bind, subscribe, read everything; start heartbeats unless told not to."""
        await self.guard.setup()
        self.link.spine.listeners.append(self._listen)
        await self.monitor.setup()
        if heartbeat:
            self.heartbeat(True)
        await self.read()

    def _listen(self, datagram):
        limit = self.guard.limit_notified(datagram)
        if limit:
            self.limit = limit
        elif datagram.function == "deviceDiagnosisHeartbeatData":
            self.heard += datagram.classifier == "notify"

    def heartbeat(self, on):
        """Switch the guard's own heartbeats."""
        self.beating = on
        if on:
            self.guard.start_heartbeat()
        else:
            self.guard.stop_heartbeat()

    async def read(self):
        """Read limit, failsafe values, nominal maximum and measurements."""
        guard = self.guard
        self.limit = await guard.read_limit()
        self.failsafe_w = await guard.read_failsafe()
        self.failsafe_s = await guard.read_failsafe_duration()
        self.nominal_w = (await guard.read_characteristics()).get("powerConsumptionNominalMax")
        await self.monitor.read()

    async def execute(self, line):
        """Carry out a typed line; returns what to tell. Raises CommandError."""
        word, *arguments = line.split()
        try:
            answer = await self._execute(word, arguments)
            if isinstance(answer, int):
                await self.read()
                verdict = f"refused, error {answer}" if answer else "accepted"
                return f"{line}: {verdict}"
            return answer
        except (ValueError, IndexError):
            raise CommandError(f"not understood: {line!r}") from None
        except (SpineTimeout, ResultError, GuardError) as error:
            raise CommandError(str(error)) from None

    async def _execute(self, word, arguments):
        guard = self.guard
        if word == "limit":
            watts = int(arguments[0])
            if len(arguments) > 1:
                seconds = durations.short(arguments[1])
                return await guard.write_limit(value=watts, active=True, duration=seconds)
            return await guard.write_limit(value=watts, active=True, delete="filter")
        if word == "off":
            return await guard.write_limit(active=False)
        if word == "failsafe":
            return await guard.write_failsafe(int(arguments[0]))
        if word == "failsafe-duration":
            return await guard.write_failsafe_duration(durations.short(arguments[0]))
        if word == "heartbeat":
            if arguments[0] not in ("on", "off"):
                raise ValueError
            self.heartbeat(arguments[0] == "on")
            return f"heartbeat {arguments[0]}"
        if word == "read":
            await self.read()
            return "read"
        raise ValueError
