"""Energy guard: the client half of LPC and LPP (limit, failsafe values, heartbeat, nominal)."""

import asyncio
import contextlib
import datetime

from tools.hems import durations
from tools.hems.datagram import partial
from tools.hems.ejson import as_list
from tools.hems.spine import SpineTimeout

HEARTBEAT_S = 50  # at least once in 60 s
HEARTBEAT_TIMEOUT = "PT120S"
LIMIT = "loadControlLimitListData"
CONFIG = "deviceConfigurationKeyValueListData"
HEARTBEAT = "deviceDiagnosisHeartbeatData"
DIRECTIONS = {
    "consume": ("limitationOfPowerConsumption", "failsafeConsumptionActivePowerLimit"),
    "produce": ("limitationOfPowerProduction", "failsafeProductionActivePowerLimit"),
}
FAILSAFE_DURATION = "failsafeDurationMinimum"


class GuardError(Exception):
    """The partner does not offer what the use case needs."""


class Limit:
    """A limit as read: `watts`, `active`, `duration` in s or None, `scale` as stored."""

    def __init__(self, entry):
        value = entry.get("value") or {}
        self.scale = value.get("scale", 0)
        self.watts = scaled(value)
        self.active = entry.get("isLimitActive")
        end = (entry.get("timePeriod") or {}).get("endTime")
        self.duration = durations.parse(end) if end and end.startswith("P") else None

    def __repr__(self):
        state = "active" if self.active else "inactive"
        return f"{self.watts} W {state}, duration {self.duration}"


def scaled(value):
    """number * 10^scale, None without a number."""
    if not isinstance(value, dict) or "number" not in value:
        return None
    number, scale = value["number"], value.get("scale", 0)
    return number * 10**scale if scale >= 0 else number / 10**-scale


class EnergyGuard:
    """The guard of one controllable system over one Link.

    `direction` is "consume" (LPC) or "produce" (LPP); `entity` the own entity it acts from.
    """

    def __init__(self, link, direction="consume", entity=(1,)):
        self.link = link
        self.spine = link.spine
        self.entity = entity
        self.direction = direction
        self.use_case, self.failsafe_key = DIRECTIONS[direction]
        self.counter = 0
        self.remote_entity = None
        self.limit_id = None
        self.keys = {}
        self._beat = None

    async def setup(self):
        """Discovery, subscriptions, bindings and descriptions (B13); sends no heartbeat."""
        await self.link.discover()
        await self.attach()

    async def attach(self):
        """The part of `setup` after discovery."""
        remote = self.link.remote
        self.remote_entity = remote.entity_of("ControllableSystem", self.use_case)
        if self.remote_entity is None:
            raise GuardError(f"no ControllableSystem for {self.use_case}")
        for kind in ("LoadControl", "DeviceConfiguration"):
            client, server = self._own(kind), self._feature(kind)
            for relate in (self.link.subscribe, self.link.bind):
                number = await relate(client, server, kind)
                if number:
                    raise GuardError(f"{kind}: {relate.__name__} answered error {number}")
        diagnosis = self._feature("DeviceDiagnosis")
        if await self.link.subscribe(self._own("DeviceDiagnosis"), diagnosis, "DeviceDiagnosis"):
            raise GuardError("DeviceDiagnosis: subscription refused")
        await self._descriptions()
        await self._wait_for_subscription()

    async def _descriptions(self):
        data = await self._read("LoadControl", "loadControlLimitDescriptionListData")
        for item in as_list(data.get("loadControlLimitDescriptionData")):
            if (
                item.get("limitDirection") == self.direction
                and item.get("limitCategory") == "obligation"
                and item.get("scopeType") == "activePowerLimit"
                and item.get("limitType") == "signDependentAbsValueLimit"
            ):
                self.limit_id = item.get("limitId")
        if self.limit_id is None:
            raise GuardError(f"no limit description for {self.direction}")
        function = "deviceConfigurationKeyValueDescriptionListData"
        data = await self._read("DeviceConfiguration", function)
        for item in as_list(data.get("deviceConfigurationKeyValueDescriptionData")):
            self.keys[item.get("keyName")] = item.get("keyId")
        for key in (self.failsafe_key, FAILSAFE_DURATION):
            if key not in self.keys:
                raise GuardError(f"no key {key}")

    async def _wait_for_subscription(self, timeout=10):
        """The CS has to subscribe to the heartbeat of the entity that bound."""
        for _ in range(timeout * 50):
            if self.subscriber():
                return
            await asyncio.sleep(0.02)
        raise GuardError("no subscription to the guard's DeviceDiagnosis")

    def subscriber(self):
        """Address of the partner's client that subscribed to this guard's heartbeat, or None."""
        own = self.link.local.place("DeviceDiagnosis", "server", self.entity)
        for client, server in self.link.local.subscriptions:
            if server.same_place(own):
                return client
        return None

    async def heartbeat(self):
        """One heartbeat notify with ackRequest; returns the errorNumber of the result."""
        self.counter += 1
        now = datetime.datetime.now(datetime.UTC)
        data = {
            "timestamp": now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now.microsecond // 100000}Z",
            "heartbeatCounter": self.counter,
            "heartbeatTimeout": HEARTBEAT_TIMEOUT,
        }
        own = self.link.local.place("DeviceDiagnosis", "server", self.entity)
        self.link.local.data[own.entity, own.feature, HEARTBEAT] = data
        to = self.subscriber()
        if to is None:
            raise GuardError("no subscription to the guard's DeviceDiagnosis")
        return await self.spine.command("notify", to, {HEARTBEAT: data}, own)

    def start_heartbeat(self, interval=HEARTBEAT_S):
        """Send heartbeats by itself until `stop_heartbeat` or the end of the link."""
        if not self._beat:
            self._beat = asyncio.create_task(self._beating(interval))

    def stop_heartbeat(self):
        """No heartbeats any more."""
        if self._beat:
            self._beat.cancel()
            self._beat = None

    async def _beating(self, interval):
        while not self.link.closed.is_set():
            with contextlib.suppress(
                SpineTimeout
            ):  # one lost acknowledgement is no reason to stop
                await self.heartbeat()
            await asyncio.sleep(interval)

    async def write_limit(self, value=None, active=None, duration=None, delete=None, extra=None):
        """Partial write of some facets of the limit; returns the errorNumber.

        value in W, duration in s. `delete` removes the stored duration: "element" writes an
        empty timePeriod, "filter" adds a delete filter. `extra`: unknown elements of the entry.
        """
        entry = {"limitId": self.limit_id}
        if active is not None:
            entry["isLimitActive"] = active
        if duration is not None:
            entry["timePeriod"] = {"endTime": f"PT{int(duration)}S"}
        elif delete == "element":
            entry["timePeriod"] = {}
        if value is not None:
            number = value if isinstance(value, dict) else {"number": value, "scale": 0}
            entry["value"] = number
        entry.update(extra or {})
        cmd = partial(LIMIT, {"loadControlLimitData": [entry]})
        if delete == "filter":
            cmd["filter"].insert(
                0,
                {
                    "cmdControl": {"delete": {}},
                    LIMIT + "Selectors": {"limitId": self.limit_id},
                    "loadControlLimitDataElements": {"timePeriod": {}},
                },
            )
        return await self._write("LoadControl", cmd)

    async def read_limit(self):
        """The stored Limit. Raises GuardError when the list lacks it."""
        data = await self._read("LoadControl", LIMIT)
        for entry in as_list(data.get("loadControlLimitData")):
            if entry.get("limitId") == self.limit_id:
                return Limit(entry)
        raise GuardError("the limit list lacks the described limit")

    async def write_failsafe(self, watts):
        """Write the failsafe limit; returns the errorNumber."""
        value = {"scaledNumber": {"number": watts, "scale": 0}}
        return await self._write_key(self.failsafe_key, value)

    async def write_failsafe_duration(self, seconds):
        """Write failsafeDurationMinimum; returns the errorNumber."""
        return await self._write_key(FAILSAFE_DURATION, {"duration": durations.render(seconds)})

    async def read_failsafe(self):
        """Failsafe limit in W."""
        return scaled((await self._read_key(self.failsafe_key)).get("scaledNumber"))

    async def read_failsafe_duration(self):
        """failsafeDurationMinimum in s."""
        return durations.parse((await self._read_key(FAILSAFE_DURATION)).get("duration", ""))

    async def read_characteristics(self):
        """{characteristicType: W} of the controllable system's entity."""
        data = await self._read(
            "ElectricalConnection", "electricalConnectionCharacteristicListData"
        )
        return {
            item.get("characteristicType"): scaled(item.get("value"))
            for item in as_list(data.get("electricalConnectionCharacteristicData"))
        }

    def limit_notified(self, datagram):
        """The Limit that a notify of the partner carries, None when it carries none."""
        if datagram.classifier != "notify" or datagram.function != LIMIT:
            return None
        for entry in as_list(datagram.data.get("loadControlLimitData")):
            if entry.get("limitId") == self.limit_id:
                return Limit(entry)
        return None

    def _own(self, feature_type):
        return self.link.source_for(feature_type, self.entity)

    def _feature(self, feature_type):
        address = self.link.remote.find(feature_type, "server", self.remote_entity)
        if address is None:
            raise GuardError(f"no {feature_type} server on entity {self.remote_entity}")
        return address

    async def _read(self, feature_type, function):
        return await self.spine.read(
            function, self._feature(feature_type), self._own(feature_type)
        )

    async def _write(self, feature_type, cmd):
        return await self.spine.command(
            "write", self._feature(feature_type), cmd, self._own(feature_type)
        )

    async def _write_key(self, key, value):
        entry = {"keyId": self.keys[key], "value": value}
        cmd = partial(CONFIG, {"deviceConfigurationKeyValueData": [entry]})
        return await self._write("DeviceConfiguration", cmd)

    async def _read_key(self, key):
        data = await self._read("DeviceConfiguration", CONFIG)
        for entry in as_list(data.get("deviceConfigurationKeyValueData")):
            if entry.get("keyId") == self.keys[key]:
                return entry.get("value") or {}
        raise GuardError(f"the configuration lacks {key}")
