"""The bench manager's own SPINE device: description, subscriptions, answers (5.5)."""

from collections import namedtuple

from tools.hems.datagram import Address
from tools.hems.spine import VERSION

Feature = namedtuple("Feature", "entity number type role functions")
Feature.__doc__ = "entity: tuple, functions: {name: possibleOperations} of a server feature."

READ = {"read": {}}
_CALLS = ("SubscriptionRequestCall", "SubscriptionDeleteCall", "BindingRequestCall")
MANAGEMENT = {
    **{
        f"nodeManagement{name}Data": READ
        for name in ("DetailedDiscovery", "UseCase", "Subscription", "Binding")
    },
    **{f"nodeManagement{name}": {} for name in (*_CALLS, "BindingDeleteCall")},
}
ERROR_UNKNOWN_DESTINATION, ERROR_NOT_SUPPORTED, ERROR_REJECTED = 4, 6, 7


class LocalDevice:
    """Entities, features and data of this side; `handle` answers the partner (Table 2).

    `data` maps (entity, feature number, function) to plain data. `subscriptions` and `bindings`
    are the partner's, as (client Address, server Address).
    """

    def __init__(self, address, entities, features, use_cases, device_type):
        self.address = address
        self.entities = entities
        self.features = features
        self.use_cases = use_cases
        self.device_type = device_type
        self.subscriptions = []
        self.bindings = []
        self.data = {}

    def place(self, feature_type, role, entity=None):
        """Address of the own feature of a type and role. Raises LookupError."""
        for feature in self.features:
            fits = feature.type == feature_type and feature.role == role
            if fits and entity in (None, feature.entity):
                return Address(self.address, feature.entity, feature.number)
        raise LookupError(f"no {role} {feature_type} on {entity}")

    def discovery(self):
        """nodeManagementDetailedDiscoveryData."""
        return {
            "specificationVersionList": {"specificationVersion": [VERSION]},
            "deviceInformation": {
                "description": {
                    "deviceAddress": {"device": self.address},
                    "deviceType": self.device_type,
                    "networkFeatureSet": "simple",
                }
            },
            "entityInformation": [
                {"description": {"entityAddress": {"entity": list(entity)}, "entityType": kind}}
                for entity, kind in self.entities.items()
            ],
            "featureInformation": [self._describe(feature) for feature in self.features],
        }

    def _describe(self, feature):
        description = {
            "featureAddress": {"entity": list(feature.entity), "feature": feature.number},
            "featureType": feature.type,
            "role": feature.role,
        }
        if feature.functions:
            description["supportedFunction"] = [
                {"function": name, "possibleOperations": operations}
                for name, operations in feature.functions.items()
            ]
        return {"description": description}

    def use_case_data(self):
        """nodeManagementUseCaseData."""
        information = []
        for entity, actor, name, version, scenarios in self.use_cases:
            support = {
                "useCaseName": name,
                "useCaseVersion": version,
                "useCaseAvailable": True,
                "scenarioSupport": scenarios,
                "useCaseDocumentSubRevision": "release",
            }
            address = {"device": self.address, "entity": list(entity)}
            information.append({"address": address, "actor": actor, "useCaseSupport": [support]})
        return {"useCaseInformation": information}

    async def handle(self, spine, datagram):
        """React to a datagram as the acknowledge rules demand."""
        if datagram.classifier == "read":
            await self._read(spine, datagram)
        elif datagram.classifier == "call":
            await self._call(spine, datagram)
        elif datagram.classifier == "write":
            await spine.acknowledge(datagram, ERROR_NOT_SUPPORTED, "nothing is writable here")
        elif datagram.classifier in ("notify", "reply") and datagram.ack:
            await spine.acknowledge(datagram)

    async def _read(self, spine, datagram):
        function = datagram.function
        feature = self._feature(datagram.destination)
        if feature is None:
            await spine.acknowledge(datagram, ERROR_UNKNOWN_DESTINATION, "unknown feature")
        elif function not in feature.functions:
            await spine.acknowledge(datagram, ERROR_NOT_SUPPORTED, "unknown function")
        else:
            await spine.send(
                "reply",
                datagram.destination,
                datagram.source,
                {function: self._content(feature, function)},
                reference=datagram.counter,
            )

    def _feature(self, address):
        for feature in self.features:
            if (feature.entity, feature.number) == (address.entity, address.feature):
                return feature
        return None

    def _content(self, feature, function):
        if function == "nodeManagementDetailedDiscoveryData":
            return self.discovery()
        if function == "nodeManagementUseCaseData":
            return self.use_case_data()
        if function == "nodeManagementSubscriptionData":
            return {"subscriptionEntry": _entries("subscriptionId", self.subscriptions)}
        if function == "nodeManagementBindingData":
            return {"bindingEntry": _entries("bindingId", self.bindings)}
        return self.data.get((feature.entity, feature.number, function), {})

    async def _call(self, spine, datagram):
        number = self._change_relations(datagram)
        if number or datagram.ack:
            await spine.acknowledge(datagram, number)

    def _change_relations(self, datagram):
        """Carry out a subscription or binding call; returns the errorNumber."""
        function = datagram.function or ""
        relations = self.subscriptions if "Subscription" in function else self.bindings
        key = "subscription" if "Subscription" in function else "binding"
        if datagram.destination.entity != (0,) or datagram.destination.feature != 0:
            return ERROR_REJECTED
        if function.endswith("RequestCall"):
            request = datagram.data.get(key + "Request") or {}
            pair = _pair(request)
            feature = self._feature(pair[1])
            if feature is None or feature.role == "client":
                return ERROR_REJECTED
            if key == "binding" and feature.role == "special":
                return ERROR_REJECTED
            if pair not in relations:
                relations.append(pair)
            return 0
        if function.endswith("DeleteCall"):
            pair = _pair(datagram.data.get(key + "Delete") or {})
            relations[:] = [one for one in relations if one != pair]
            return 0
        return ERROR_NOT_SUPPORTED


def _pair(request):
    client = Address.parse(request.get("clientAddress"))
    server = Address.parse(request.get("serverAddress"))
    return client._replace(device=None), server._replace(device=None)


def _entries(id_name, relations):
    return [
        {id_name: number, "clientAddress": client.plain(), "serverAddress": server.plain()}
        for number, (client, server) in enumerate(relations, 1)
    ]


def energy_manager(address, guards=((1,),), client_type=None):
    """An energy management system with one CEM entity per address in `guards`.

    Each has its own heartbeat server and the client features of an energy guard and monitoring
    appliance. `client_type` replaces these client features by a single one of that type, as
    some makers announce them.
    """
    entities = {(0,): "DeviceInformation"}
    features = [
        Feature((0,), 0, "NodeManagement", "special", MANAGEMENT),
        Feature(
            (0,),
            1,
            "DeviceClassification",
            "server",
            {"deviceClassificationManufacturerData": READ},
        ),
    ]
    use_cases = []
    for entity in guards:
        entities[entity] = "CEM"
        features.append(
            Feature(entity, 1, "DeviceDiagnosis", "server", {"deviceDiagnosisHeartbeatData": READ})
        )
        kinds = (client_type,) if client_type else CLIENTS
        features += [Feature(entity, 2 + n, kind, "client", {}) for n, kind in enumerate(kinds)]
        use_cases += [
            (entity, actor, name, version, scenarios)
            for actor, name, version, scenarios in USE_CASES
        ]
    device = LocalDevice(address, entities, features, use_cases, "EnergyManagementSystem")
    device.data[(0,), 1, "deviceClassificationManufacturerData"] = {
        "deviceName": "plugship bench manager",
        "brandName": "plugship",
    }
    return device


CLIENTS = (
    "LoadControl",
    "DeviceConfiguration",
    "ElectricalConnection",
    "Measurement",
    "DeviceClassification",
    "DeviceDiagnosis",
)
USE_CASES = (
    ("EnergyGuard", "limitationOfPowerConsumption", "1.0.0", [1, 2, 3, 4]),
    ("EnergyGuard", "limitationOfPowerProduction", "1.0.0", [1, 2, 3, 4]),
    ("MonitoringAppliance", "monitoringOfPowerConsumption", "1.0.0", [1, 2, 3, 4, 5]),
    ("CEM", "evseCommissioningAndConfiguration", "1.0.1", [1, 2]),
)
