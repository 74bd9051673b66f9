"""NodeManagement (5.5): detailed discovery, use case data, subscriptions and bindings, at entity
[0] feature 0."""

from late import load
from micropython import const

from spine import schema
from spine.device import PARTIAL, READ, WRITE, Feature, Part, name, put_address

MAX_SUBSCRIPTIONS = 40  # evcc makes about 20 on a wallbox with a car
MAX_BINDINGS = 8

_DISCOVERY = const(1)  # enum function nodeManagementDetailedDiscoveryData
_USE_CASES = const(2)  # enum function nodeManagementUseCaseData
_SUBSCRIBE = const(5)  # enum function nodeManagementSubscriptionRequestCall
_UNSUBSCRIBE = const(6)  # enum function nodeManagementSubscriptionDeleteCall
_BIND = const(7)  # enum function nodeManagementBindingRequestCall
_UNBIND = const(8)  # enum function nodeManagementBindingDeleteCall

_CLIENT = const(0)  # enum role client
_SPECIAL = const(2)  # enum role special
_NODE = const(1)  # enum feature NodeManagement

_OVERLOAD = const(3)
_REJECTED = const(7)

# leaves of a request or delete call; the first is the identifier
_C_ENTITY = const(1)
_C_FEATURE = const(2)
_S_ENTITY = const(3)
_S_FEATURE = const(4)

_DEVICE = (
    b'{"specificationVersionList":[{"specificationVersion":["1.3.0"]}]},{"deviceInformation":'
    b'[{"description":[{"deviceAddress":[{"device":%}]},{"deviceType":"%"},'
    b'{"networkFeatureSet":"%"}%]}]},{"entityInformation":['
)
_ENTITY = b'[{"description":[{"entityAddress":%},{"entityType":"%"}]}]'
_FEATURE = b'[{"description":[{"featureAddress":%},{"featureType":"%"},{"role":"%"}'
_FUNCTION = b'[{"function":"%"},{"possibleOperations":[%]}]'


class NodeManagement(Part):
    """The part of the feature at [0]/0."""

    network = b"simple"  # networkFeatureSet (5.4)

    def __init__(self, device, device_type):
        self.device = device
        self.type = device_type
        self.feature = Feature(0, _NODE, _SPECIAL)
        # the functions from _DISCOVERY on: four to read, four to call
        self.feature.offer(self, b"\1\1\2\1\3\1\4\1\5\x08\6\x08\7\x08\x08\x08")

    def entities_changed(self):
        """The use case data has changed with the entities."""
        self.device.changed(self.feature, _USE_CASES)

    def render(self, fn, w, session):
        device = self.device
        if fn == _DISCOVERY:
            w.t(_DEVICE).text(device.address).lit(self.type).lit(self.network)
            w.lit(device.trust).end()
            for entity in device.entities:
                put_address(w.sep().t(_ENTITY), None, entity.path)
                name(w, schema.ENTITY, entity.kind).end()
            w.raw(b']},{"featureInformation":[')
            for entity in device.entities:
                for feature in entity.features:
                    put_feature(w, feature)
            w.raw(b"]}")
        elif fn == _USE_CASES:
            load("spine.use_cases").render(w, device)
        elif fn < _SUBSCRIBE:
            load("spine.links").render(fn, w, session)


def put_feature(w, feature):
    """An item of featureInformation."""
    put_address(w.sep().t(_FEATURE), None, feature.entity.path, feature.number)
    name(w, schema.FEATURE, feature.kind)
    name(w, schema.ROLE, feature.role).end()
    functions = feature.functions
    if feature.role != _CLIENT:
        w.raw(b',{"supportedFunction":[')
        for i in range(0, len(functions), 2):
            name(w.sep().t(_FUNCTION), schema.FUNCTION, functions[i]).lit(b"")
            operations = functions[i + 1]
            if operations & READ:
                w.raw(b'{"read":[]}')
            if operations & WRITE:
                w.sep().raw(b'{"write":[')
                w.raw(b'{"partial":[]}]}' if operations & PARTIAL else b"]}")
            w.end()
        w.raw(b"]}")
    w.raw(b"]}]")


def call(session, fn, rec):
    """A request or delete call, its leaves in `rec`; the error number."""
    links = session.subs if fn < _BIND else session.binds
    path = session.path
    entity = path(rec[_C_ENTITY])
    feature = rec[_C_FEATURE]
    if fn == _UNSUBSCRIBE or fn == _UNBIND:
        return load("spine.links").delete(session, links, rec)
    server = session.device.find(path(rec[_S_ENTITY]), rec[_S_FEATURE])
    if server is None or server.role == _CLIENT or entity is None or feature < 0:
        return _REJECTED
    if fn == _BIND and server.role == _SPECIAL:
        return _REJECTED  # SPINE-TS-BIND-01
    if fn == _BIND and session.link.restricted:
        return _REJECTED  # who has not entered the PIN reads, and writes nothing (6.10.4.6)
    for link in links:
        if link[1:] == (entity, feature, server, session.peer):
            return 0
    if len(links) >= (MAX_SUBSCRIPTIONS if fn == _SUBSCRIBE else MAX_BINDINGS):
        return _OVERLOAD
    if fn == _BIND:
        # one writer per feature: the guideline's rule, and eebus-go's
        for other in session.device.sessions:
            for link in other.binds:
                if link[3] is server:
                    return _REJECTED
    session.ids += 1
    links.append((session.ids, entity, feature, server, session.peer))
    if fn == _BIND:
        for part in server.parts:
            part.bound(server, session, entity)
    return 0


def drop(session, links, gone):
    """Ends those of the subscriptions or bindings."""
    for link in gone:
        links.remove(link)
        if links is session.binds:
            for part in link[3].parts:
                part.unbound(link[3], session)
    session.news = [told for told in session.news if told[0] not in gone]
