"""Monitoring appliance: MPC values and the EVSE's own data (EVSECC) of the partner."""

from tools.hems.ejson import as_list
from tools.hems.energyguard import scaled

VALUES = "measurementListData"


class Monitor:
    """`values` maps a point name to (number, state); names: power, power.a, energy.consumed,
    energy.produced, current.a, voltage.a, voltage.ab, frequency ... in the units of the wire.
    """

    def __init__(self, link, entity=None):
        self.link = link
        self.entity = entity
        self.names = {}
        self.values = {}
        self.manufacturer = {}
        self.operating_state = None
        self.updates = 0

    async def setup(self):
        """Subscribe to measurements and diagnosis (discovery is done), read all once."""
        remote = self.link.remote
        if self.entity is None:
            use_case = "monitoringOfPowerConsumption"
            self.entity = remote.entity_of("MonitoredUnit", use_case)
        self.link.spine.listeners.append(self._listen)
        for kind in ("Measurement", "ElectricalConnection", "DeviceDiagnosis"):
            address = remote.find(kind, "server", self.entity)
            if address is not None:
                await self.link.subscribe(self.link.source_for(kind), address, kind)
        await self._name_points()
        await self.read()
        await self._evse()

    async def _name_points(self):
        read = self.link.read
        data = await read(
            "electricalConnectionParameterDescriptionListData",
            "ElectricalConnection",
            self.entity,
        )
        parameters = {
            item.get("measurementId"): item
            for item in as_list(data.get("electricalConnectionParameterDescriptionData"))
            if item.get("measurementId") is not None
        }
        data = await read("measurementDescriptionListData", "Measurement", self.entity)
        for item in as_list(data.get("measurementDescriptionData")):
            number = item.get("measurementId")
            self.names[number] = _point(item, parameters.get(number, {}))

    async def read(self):
        """Read the measurement list once; returns `values`."""
        data = await self.link.read(VALUES, "Measurement", self.entity)
        self._take(data)
        return self.values

    async def _evse(self):
        for kind, function in (
            ("DeviceClassification", "deviceClassificationManufacturerData"),
            ("DeviceDiagnosis", "deviceDiagnosisStateData"),
        ):
            address = self.link.remote.find(kind, "server", self.entity)
            if address is None or function not in self.link.remote.functions(address):
                continue
            data = await self.link.read(function, kind, self.entity)
            if kind == "DeviceClassification":
                self.manufacturer = data
            else:
                self.operating_state = data.get("operatingState")

    def _listen(self, datagram):
        if datagram.classifier != "notify":
            return
        if datagram.function == VALUES:
            self._take(datagram.data)
        elif datagram.function == "deviceDiagnosisStateData":
            self.operating_state = datagram.data.get("operatingState")

    def _take(self, data):
        self.updates += 1
        for item in as_list(data.get("measurementData")):
            name = self.names.get(item.get("measurementId"))
            if name and item.get("valueType", "value") == "value":
                state = item.get("valueState", "normal")
                self.values[name] = (scaled(item.get("value")), state)


def _point(description, parameter):
    """Name of a data point from scope and measured phases."""
    scope = description.get("scopeType")
    phases = parameter.get("acMeasuredPhases", "")
    if scope == "acPowerTotal":
        return "power"
    if scope == "acEnergyConsumed":
        return "energy.consumed"
    if scope == "acEnergyProduced":
        return "energy.produced"
    if scope == "acFrequency":
        return "frequency"
    quantity = {"acPower": "power", "acCurrent": "current", "acVoltage": "voltage"}.get(scope)
    if quantity is None:
        return f"{scope}.{description.get('measurementId')}"
    reference = parameter.get("acMeasuredInReferenceTo")
    if quantity == "voltage" and reference in ("a", "b", "c"):
        phases += reference
    return f"{quantity}.{phases}"
