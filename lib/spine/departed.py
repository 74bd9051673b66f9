"""What goes with entities of a partner that have gone (5.5.2, 5.5.4, 5.5.5), and with a device
that is not the one of interest any more. Loaded for that and let go."""

from ejson.walker import unpack
from spine.nodemgmt import drop


def _levels(path):
    return unpack(path) if isinstance(path, int) else path


def below(path, gone):
    """Whether an entity is one of those or belongs to one."""
    path = _levels(path)
    for one in gone:
        one = _levels(one)
        if path[: len(one)] == one:
            return True
    return False


def leave(session):
    """The entities in partner.gone have left the device that the message at hand is from."""
    partner = session.partner
    gone = partner.gone
    for links in (session.subs, session.binds):
        drop(session, links, [k for k in links if k[4] == session.peer and below(k[1], gone)])
    if session.peer == partner.device:
        partner.sources = tuple([s for s in partner.sources if not below(s[0], gone)])
        partner.guards = tuple([g for g in partner.guards if not below(g, gone)])
        partner.wants = tuple([w for w in partner.wants if not below(w[1], gone)])
        if partner.asked and below(partner.asked[1], gone):
            partner.answered(partner.counter)


def turn(partner):
    """Another device behind the connection is the one that matters (5.4.3): who has bound."""
    partner.device = partner.session.peer
    partner.known = False
    partner.asked = None
    partner.sources = partner.guards = partner.followed = partner.wants = ()
