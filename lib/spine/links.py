"""What partners seldom ask of their subscriptions and bindings (5.5.4, 5.5.5): a list of them, and
the end of some. Loaded for that and let go."""

from micropython import const

from ejson.walker import ABSENT
from spine.device import put_address
from spine.nodemgmt import drop

_BINDINGS = const(4)  # enum function nodeManagementBindingData

_REJECTED = const(7)

_ENTRY = b'[{"%Id":%},{"clientAddress":%},{"serverAddress":%}]'


def render(fn, w, session):
    """nodeManagementSubscriptionData or nodeManagementBindingData: those of this partner."""
    links, word = session.subs, b"subscription"
    if fn == _BINDINGS:
        links, word = session.binds, b"binding"
    if not links:
        return  # no empty list, see Feature.render
    w.raw(b'{"').raw(word).raw(b'Entry":[')
    for ident, entity, number, server, device in links:
        w.sep().t(_ENTRY).lit(word).num(ident)
        put_address(w, device, entity, number)
        put_address(w, session.device.address, server.entity.path, server.number).end()
    w.raw(b"]}")


def delete(session, links, rec):
    """A delete call, its leaves in `rec`: what is left out is a wildcard, but for the device,
    which is the one that calls; the error number."""
    path = session.path
    gone = []
    for link in links:
        server = link[3]
        if link[4] != session.peer:
            continue
        own = link[:3] + (server.entity.path, server.number)
        for i in range(5):
            if rec[i] != ABSENT and own[i] != (path(rec[i]) if i & 1 else rec[i]):
                break
        else:
            gone.append(link)
    drop(session, links, gone)
    return 0 if gone else _REJECTED
