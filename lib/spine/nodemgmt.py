"""NodeManagement (5.5): detailed discovery, use case data, subscriptions and bindings, at entity
[0] feature 0."""

from late import load
from micropython import const

from spine import schema
from spine.device import CALL, PARTIAL, READ, WRITE, Feature, Part, name, put_address

MAX_SUBSCRIPTIONS = 40  # evcc makes about 20 on a wallbox with a car
MAX_BINDINGS = 8

_DISCOVERY = const(1)  # enum function nodeManagementDetailedDiscoveryData
_USE_CASES = const(2)  # enum function nodeManagementUseCaseData
_SUBSCRIBE = const(5)  # enum function nodeManagementSubscriptionRequestCall
_UNSUBSCRIBE = const(6)  # enum function nodeManagementSubscriptionDeleteCall
_BIND = const(7)  # enum function nodeManagementBindingRequestCall
_UNBIND = const(8)  # enum function nodeManagementBindingDeleteCall

_ADDED = const(0)  # enum change added
_REMOVED = const(1)  # enum change removed
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
    b'{"networkFeatureSet":"simple"}]}]},{"entityInformation":['
)
_ENTITY = b'[{"description":[{"entityAddress":%},{"entityType":"%"}]}]'
_FEATURE = b'[{"description":[{"featureAddress":%},{"featureType":"%"},{"role":"%"}'
_FUNCTION = b'[{"function":"%"},{"possibleOperations":[%]}]'
_USE_CASE_OF = b'[{"address":%},{"actor":"%"},{"useCaseSupport":['
_USE_CASE = (
    b'[{"useCaseName":"%"},{"useCaseVersion":"%"},{"useCaseAvailable":true},{"scenarioSupport":['
)
# 5.5.2: who follows NodeManagement is told of a change with the entity alone, not with all of them
_NEWS = (
    b'{"function":"nodeManagementDetailedDiscoveryData"},{"filter":[[{"cmdControl":[{"partial":[]'
    b'}]}]]},{"nodeManagementDetailedDiscoveryData":[{"deviceInformation":[{"description":'
    b'[{"deviceAddress":[{"device":%}]}]}]},{"entityInformation":[[{"description":'
    b'[{"entityAddress":%},{"entityType":"%"},{"lastStateChange":"%"}]}]]}'
)


class NodeManagement(Part):
    """The part of the feature at [0]/0."""

    def __init__(self, device, device_type):
        self.device = device
        self.type = device_type
        self.feature = Feature(0, _NODE, _SPECIAL)
        functions = bytearray()
        for fn in range(_DISCOVERY, _UNBIND + 1):
            functions += bytes((fn, READ if fn < _SUBSCRIBE else CALL))
        self.feature.offer(self, functions)

    def attach(self, entity):
        """An entity has come, with all its features."""
        self.device.entities.append(entity)
        self._tell(entity, _ADDED)

    def detach(self, entity):
        """It has gone, and with it what partners had of it (5.5.4, 5.5.5)."""
        self.device.entities.remove(entity)
        for session in self.device.sessions:
            for links in (session.subs, session.binds):
                drop(session, links, [k for k in links if k[3].entity is entity])
        self._tell(entity, _REMOVED)

    def _tell(self, entity, change):
        for session in self.device.sessions:
            news = session.news
            for sub in session.subs:
                if sub[3] is self.feature:
                    if (sub, _USE_CASES) in news:
                        news.remove((sub, _USE_CASES))  # that comes behind it
                    added = sub, (entity, _ADDED)
                    if change == _REMOVED and added in news:
                        news.remove(added)  # never heard of, not missed
                    else:
                        news.append((sub, (entity, change)))
        self.entities_changed()

    def entities_changed(self):
        """The use case data has changed with the entities."""
        self.device.changed(self.feature, _USE_CASES)

    def render(self, fn, w, session):
        device = self.device
        if fn == _DISCOVERY:
            w.t(_DEVICE).text(device.address).lit(self.type).end()
            for entity in device.entities:
                put_address(w.sep().t(_ENTITY), None, entity.path)
                name(w, schema.ENTITY, entity.kind).end()
            w.raw(b']},{"featureInformation":[')
            for entity in device.entities:
                for feature in entity.features:
                    _feature(w, feature)
            w.raw(b"]}")
        elif fn == _USE_CASES:
            _use_cases(w, device)
        else:
            load("spine.links").render(fn, w, session)


def put_change(w, device, entity, change):
    """The cmd that tells of an entity that has come or gone."""
    put_address(w.t(_NEWS).text(device.address), None, entity.path)
    name(w, schema.ENTITY, entity.kind)
    name(w, schema.CHANGE, change).end()
    if change == _ADDED:
        w.raw(b',{"featureInformation":[')
        for feature in entity.features:
            _feature(w, feature)
        w.raw(b"]}")
    w.raw(b"]}")


def _feature(w, feature):
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


def _use_cases(w, device):
    w.raw(b'{"useCaseInformation":[')
    last = None
    for entity in device.entities:
        for actor, uc, version, scenarios, revision in entity.use_cases:
            if (entity, actor) != last:
                if last:
                    w.raw(b"]}]")
                last = entity, actor
                put_address(w.sep().t(_USE_CASE_OF), device.address, entity.path)
                w.lit(actor).end()
            w.sep().t(_USE_CASE).lit(uc).lit(version).end()
            for scenario in scenarios:
                w.sep().dec(scenario)
            w.raw(b']},{"useCaseDocumentSubRevision":"').raw(revision).raw(b'"}]')
    w.raw(b"]}]]}" if last else b"]}")


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
        if link[3] is server and link[1] == entity and link[2] == feature:
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
    links.append((session.ids, entity, feature, server))
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
