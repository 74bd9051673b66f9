"""Picture of the partner: what its detailed discovery and use case data say (5.5.2, 5.5.6)."""

from collections import namedtuple

from tools.hems.datagram import Address
from tools.hems.ejson import as_list

RemoteFeature = namedtuple("RemoteFeature", "address type role functions")


class RemoteDevice:
    """Entities {tuple: type} and features of the partner, use cases as (entity, actor, name)."""

    def __init__(self):
        self.device = None
        self.minimum_trust_level = None
        self.entities = {}
        self.features = []
        self.use_cases = []

    def take_discovery(self, data):
        """Replace the picture by a nodeManagementDetailedDiscoveryData (plain)."""
        device = (data.get("deviceInformation") or {}).get("description") or {}
        self.device = (device.get("deviceAddress") or {}).get("device")
        self.minimum_trust_level = device.get("minimumTrustLevel")
        self.entities = {}
        self.features = []
        for item in as_list(data.get("entityInformation")):
            description = item.get("description") or {}
            address = Address.parse(description.get("entityAddress"))
            self.entities[address.entity] = description.get("entityType")
        for item in as_list(data.get("featureInformation")):
            description = item.get("description") or {}
            address = Address.parse(description.get("featureAddress"))
            functions = {
                one.get("function"): one.get("possibleOperations") or {}
                for one in as_list(description.get("supportedFunction"))
            }
            self.features.append(
                RemoteFeature(
                    address._replace(device=self.device),
                    description.get("featureType"),
                    description.get("role"),
                    functions,
                )
            )

    def take_use_cases(self, data):
        """Replace the use cases by a nodeManagementUseCaseData (plain)."""
        self.use_cases = []
        for item in as_list(data.get("useCaseInformation")):
            entity = Address.parse(item.get("address")).entity
            for support in as_list(item.get("useCaseSupport")):
                self.use_cases.append((entity, item.get("actor"), support.get("useCaseName")))

    def find(self, feature_type, role="server", entity=None):
        """Address of a feature, None when there is none; `entity` None takes the first."""
        for feature in self.features:
            fits = feature.type == feature_type and feature.role == role
            if fits and entity in (None, feature.address.entity):
                return feature.address
        return None

    def functions(self, address):
        """{function: possibleOperations} of a feature."""
        for feature in self.features:
            if feature.address.same_place(address):
                return feature.functions
        return {}

    def entity_of(self, actor, use_case):
        """Entity that plays an actor in a use case; None when not announced."""
        for entity, its_actor, name in self.use_cases:
            if (its_actor, name) == (actor, use_case):
                return entity or None
        return None
