"""A grid connection point of the bench manager's own (MGCP), for wallboxes that read one."""

from tools.hems.datagram import Address
from tools.hems.device import READ, Feature

ENTITY = (9,)
MEASUREMENT, ELECTRICAL = 3, 5  # features
VALUES = "measurementListData"
_CURRENTS = {"a": 11, "b": 12, "c": 13}  # measurementId of each phase
_TOTAL = 10


class GridMeter:
    """Adds the entity to `local`, a LocalDevice; `amperes`: of phases a, b, c, positive from the
    grid."""

    def __init__(self, local, amperes=(0, 0, 0)):
        self.local = local
        self.amperes = amperes
        local.entities[ENTITY] = "GridConnectionPointOfPremises"
        functions = ("measurementDescriptionListData", VALUES)
        parameters = "electricalConnectionParameterDescriptionListData"
        local.features += [
            Feature(ENTITY, MEASUREMENT, "Measurement", "server", dict.fromkeys(functions, READ)),
            Feature(ENTITY, ELECTRICAL, "ElectricalConnection", "server", {parameters: READ}),
        ]
        name = "monitoringOfGridConnectionPoint"
        local.use_cases.append((ENTITY, "GridConnectionPoint", name, "1.0.0", [2, 5]))
        local.data[ENTITY, MEASUREMENT, functions[0]] = {
            "measurementDescriptionData": [
                _description(_TOTAL, "power", "W", "acPowerTotal"),
                *(_description(n, "current", "A", "acCurrent") for n in _CURRENTS.values()),
            ]
        }
        local.data[ENTITY, ELECTRICAL, parameters] = {
            "electricalConnectionParameterDescriptionData": [
                _parameter(0, _TOTAL, "abc"),
                *(_parameter(n, n, phase) for phase, n in _CURRENTS.items()),
            ]
        }
        self._render()

    def _render(self):
        items = [_value(_TOTAL, round(230 * sum(self.amperes)), 0)]
        for n, ampere in zip(_CURRENTS.values(), self.amperes, strict=True):
            items.append(_value(n, round(ampere * 1000), -3))
        self.local.data[ENTITY, MEASUREMENT, VALUES] = {"measurementData": items}

    async def tell(self, spine, amperes):
        """The currents are these from now on; subscribers are notified."""
        self.amperes = amperes
        self._render()
        source = Address(None, ENTITY, MEASUREMENT)
        for client, server in self.local.subscriptions:
            if server.same_place(source):
                cmd = {VALUES: self.local.data[ENTITY, MEASUREMENT, VALUES]}
                await spine.send("notify", source, client, cmd)


def _description(ident, kind, unit, scope):
    return {
        "measurementId": ident,
        "measurementType": kind,
        "commodityType": "electricity",
        "unit": unit,
        "scopeType": scope,
    }


def _parameter(number, ident, phases):
    return {
        "electricalConnectionId": 0,
        "parameterId": number,
        "measurementId": ident,
        "voltageType": "ac",
        "acMeasuredPhases": phases,
    }


def _value(ident, number, scale):
    return {
        "measurementId": ident,
        "valueType": "value",
        "value": {"number": number, "scale": scale},
        "valueSource": "measuredValue",
        "valueState": "normal",
    }
