"""NodeManagement (5.5): detailed discovery, use case data, subscriptions and bindings, at entity [0] feature 0."""

from micropython import const

from ejson import ABSENT
from spine import schema
from spine.device import CALL, PARTIAL, READ, WRITE, Feature, Part, name, put_path

MAX_SUBSCRIPTIONS = 40  # evcc makes about 20 on a wallbox with a car
MAX_BINDINGS = 8

_DISCOVERY = const(1)  # enum function nodeManagementDetailedDiscoveryData
_USE_CASES = const(2)  # enum function nodeManagementUseCaseData
_SUBSCRIPTIONS = const(3)  # enum function nodeManagementSubscriptionData
_BINDINGS = const(4)  # enum function nodeManagementBindingData
_SUBSCRIBE = const(5)  # enum function nodeManagementSubscriptionRequestCall
_UNSUBSCRIBE = const(6)  # enum function nodeManagementSubscriptionDeleteCall
_BIND = const(7)  # enum function nodeManagementBindingRequestCall
_UNBIND = const(8)  # enum function nodeManagementBindingDeleteCall

_CLIENT = const(0)  # enum role client
_SERVER = const(1)  # enum role server
_SPECIAL = const(2)  # enum role special
_NODE = const(1)  # enum feature NodeManagement

_REJECTED = const(7)
_OVERLOAD = const(3)

# leaves of a request or delete call
_ID = const(0)
_C_ENTITY = const(1)
_C_FEATURE = const(2)
_S_ENTITY = const(3)
_S_FEATURE = const(4)

_DEVICE = (
    b'{"specificationVersionList":[{"specificationVersion":["1.3.0"]}]},{"deviceInformation":'
    b'[{"description":[{"deviceAddress":[{"device":%}]},{"deviceType":"%"},'
    b'{"networkFeatureSet":"simple"}]}]},{"entityInformation":['
)
_ENTITY = b'[{"description":[{"entityAddress":[{"entity":[%]}]},{"entityType":"%"}]}]'
_FEATURES = b']},{"featureInformation":['
_FEATURE = (
    b'[{"description":[{"featureAddress":[{"entity":[%]},{"feature":%}]},{"featureType":"%"},'
    b'{"role":"%"}'
)
_FUNCTION = b'[{"function":"%"},{"possibleOperations":['
_USE_CASE_OF = b'[{"address":[{"device":%},{"entity":[%]}]},{"actor":"%"},{"useCaseSupport":['
_USE_CASE = (
    b'[{"useCaseName":"%"},{"useCaseVersion":"%"},{"useCaseAvailable":true},{"scenarioSupport":['
)
_ENTRY = (
    b'[{"%":%},{"clientAddress":[{"device":%},{"entity":[%]},{"feature":%}]},'
    b'{"serverAddress":[{"device":%},{"entity":[%]},{"feature":%}]}]'
)
_REQUEST = (
    b'{"nodeManagementSubscriptionRequestCall":[{"subscriptionRequest":['
    b'{"clientAddress":[{"device":%},{"entity":[%]},{"feature":%}]},{"serverAddress":['
)
_REQUEST_END = b'{"entity":[%]},{"feature":%}]},{"serverFeatureType":"%"}]}]}'


class Link:
    """A subscription or binding: the partner's feature and ours. `dirty`: functions that have changed, one bit each."""

    def __init__(self, ident, entity, feature, server):
        self.id = ident
        self.entity = entity
        self.feature = feature
        self.server = server
        self.dirty = 0


class NodeManagement(Part):
    """The part of the feature at [0]/0."""

    def __init__(self, device, device_type):
        self.device = device
        self.type = device_type
        self.feature = Feature(0, _NODE, _SPECIAL)
        functions = b""
        for fn in range(_DISCOVERY, _SUBSCRIBE):
            functions += bytes((fn, READ))
        for fn in range(_SUBSCRIBE, _UNBIND + 1):
            functions += bytes((fn, CALL))
        self.feature.offer(self, functions)

    def render(self, fn, w, session):
        if fn == _DISCOVERY:
            self._discovery(w)
        elif fn == _USE_CASES:
            self._use_cases(w)
        else:
            links = session.subs if fn == _SUBSCRIPTIONS else session.binds
            w.raw(b'{"subscriptionEntry":[' if fn == _SUBSCRIPTIONS else b'{"bindingEntry":[')
            for link in links:
                w.sep().t(_ENTRY).lit(
                    b"subscriptionId" if fn == _SUBSCRIPTIONS else b"bindingId"
                ).num(link.id).text(session.peer or b"")
                put_path(w, link.entity).num(link.feature).text(self.device.address)
                put_path(w, link.server.entity.path).num(link.server.number).end()
            w.raw(b"]}")

    def _discovery(self, w):
        device = self.device
        w.t(_DEVICE).text(device.address).lit(self.type).end()
        for entity in device.entities:
            put_path(w.sep().t(_ENTITY), entity.path)
            name(w, schema.ENTITY, entity.kind).end()
        w.raw(_FEATURES)
        for entity in device.entities:
            for feature in entity.features:
                self._feature(w, entity, feature)
        w.raw(b"]}")

    def _feature(self, w, entity, feature):
        put_path(w.sep().t(_FEATURE), entity.path).num(feature.number)
        name(w, schema.FEATURE, feature.kind)
        name(w, schema.ROLE, feature.role).end()
        if feature.role != _CLIENT:
            w.raw(b',{"supportedFunction":[')
            functions = feature.functions
            for i in range(0, len(functions), 2):
                name(w.sep().t(_FUNCTION), schema.FUNCTION, functions[i]).end()
                operations = functions[i + 1]
                if operations & READ:
                    w.raw(b'{"read":[]}')
                if operations & WRITE:
                    w.sep().raw(
                        b'{"write":[{"partial":[]}]}' if operations & PARTIAL else b'{"write":[]}'
                    )
                w.raw(b"]}]")
            w.raw(b"]}")
        w.raw(b"]}]")

    def _use_cases(self, w):
        w.raw(b'{"useCaseInformation":[')
        last = None
        for entity in self.device.entities:
            for actor, uc, version, scenarios, revision in entity.use_cases:
                if (entity, actor) == last:
                    w.raw(b",")
                else:
                    if last:
                        w.raw(b"]}],")
                    last = (entity, actor)
                    w.t(_USE_CASE_OF).text(self.device.address)
                    put_path(w, entity.path).lit(actor).end()
                w.t(_USE_CASE).lit(uc).lit(version).end()
                for scenario in scenarios:
                    w.sep().num(scenario)
                w.raw(b']},{"useCaseDocumentSubRevision":"').raw(revision).raw(b'"}]')
        w.raw(b"]}]]}" if last else b"]}")


def call(session, fn, rec):
    """A request or delete call; the error number."""
    links = session.subs if fn == _SUBSCRIBE or fn == _UNSUBSCRIBE else session.binds
    path = session._path
    entity = path(rec[_C_ENTITY])
    if fn == _UNSUBSCRIBE or fn == _UNBIND:
        gone = [k for k in links if _names(session, k, rec)]
        if fn == _UNSUBSCRIBE:
            for link in gone:
                links.remove(link)
        else:
            unbind(session, lambda b: b in gone)
        return 0 if gone else _REJECTED
    server = session.device.find(path(rec[_S_ENTITY]), rec[_S_FEATURE])
    feature = rec[_C_FEATURE]
    if server is None or server.role == _CLIENT or entity is None or feature < 0:
        return _REJECTED
    if fn == _BIND and server.role == _SPECIAL:
        return _REJECTED  # SPINE-TS-BIND-01
    for link in links:
        if link.server is server and link.entity == entity and link.feature == feature:
            return 0
    if fn == _SUBSCRIBE:
        if len(links) >= MAX_SUBSCRIPTIONS:
            return _OVERLOAD
    else:
        # one writer per feature: the guideline's rule, and eebus-go's
        for other in session.device.sessions:
            for b in other.binds:
                if b.server is server:
                    return _REJECTED
        if len(links) >= MAX_BINDINGS:
            return _OVERLOAD
    session.ids += 1
    links.append(Link(session.ids, entity, feature, server))
    if fn == _BIND:
        for part in server.parts:
            part.bound(session, entity)
    return 0


def _names(session, link, rec):
    """Whether a delete call means that link; what it leaves out is a wildcard."""
    path = session._path
    return (
        (rec[_ID] == ABSENT or rec[_ID] == link.id)
        and (rec[_C_ENTITY] == ABSENT or path(rec[_C_ENTITY]) == link.entity)
        and (rec[_C_FEATURE] == ABSENT or rec[_C_FEATURE] == link.feature)
        and (rec[_S_ENTITY] == ABSENT or path(rec[_S_ENTITY]) == link.server.entity.path)
        and (rec[_S_FEATURE] == ABSENT or rec[_S_FEATURE] == link.server.number)
    )


def unbind(session, which):
    for b in [b for b in session.binds if which(b)]:
        session.binds.remove(b)
        for part in b.server.parts:
            part.unbound(session)


def subscription_request(w, session, entity, feature, to_entity, to_feature, kind):
    """The cmd of a call with which we subscribe; eebus-go needs the serverFeatureType."""
    w.t(_REQUEST).text(session.device.address)
    put_path(w, entity).num(feature).end()
    if session.peer:
        w.raw(b'{"device":').text(session.peer).raw(b"},")
    put_path(w.t(_REQUEST_END), to_entity).num(to_feature).lit(kind).end()
