"""Entities that come and go while the device runs, as a car does (5.5.2). Loaded for that
and let go."""

from micropython import const

from spine import schema
from spine.device import name, put_address
from spine.nodemgmt import drop, put_feature

_USE_CASES = const(2)  # enum function nodeManagementUseCaseData
_ADDED = const(0)  # enum change added
_REMOVED = const(1)  # enum change removed

# who follows NodeManagement is told of a change with the entity alone, not with all of them
_NEWS = (
    b'{"function":"nodeManagementDetailedDiscoveryData"},{"filter":[[{"cmdControl":[{"partial":[]'
    b'}]}]]},{"nodeManagementDetailedDiscoveryData":[{"deviceInformation":[{"description":'
    b'[{"deviceAddress":[{"device":%}]}]}]},{"entityInformation":[[{"description":'
    b'[{"entityAddress":%},{"entityType":"%"},{"lastStateChange":"%"}]}]]}'
)


def attach(node, entity):
    """An entity has come to the device of that NodeManagement, with all its features."""
    node.device.entities.append(entity)
    _tell(node, entity, _ADDED)


def detach(node, entity):
    """It has gone, and with it what partners had of it (5.5.4, 5.5.5)."""
    node.device.entities.remove(entity)
    for session in node.device.sessions:
        for links in (session.subs, session.binds):
            drop(session, links, [k for k in links if k[3].entity is entity])
    _tell(node, entity, _REMOVED)


def _tell(node, entity, change):
    for session in node.device.sessions:
        news = session.news
        for sub in session.subs:
            if sub[3] is node.feature:
                if (sub, _USE_CASES) in news:
                    news.remove((sub, _USE_CASES))  # that comes behind it
                added = sub, (entity, _ADDED)
                if change == _REMOVED and added in news:
                    news.remove(added)  # never heard of, not missed
                else:
                    news.append((sub, (entity, change)))
    node.entities_changed()


def render(w, device, entity, change):
    """The cmd that tells of it."""
    put_address(w.t(_NEWS).text(device.address), None, entity.path)
    name(w, schema.ENTITY, entity.kind)
    name(w, schema.CHANGE, change).end()
    if change == _ADDED:
        w.raw(b',{"featureInformation":[')
        for feature in entity.features:
            put_feature(w, feature)
        w.raw(b"]}")
    w.raw(b"]}")
