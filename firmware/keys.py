"""Keys and trust for SHIP 1.1 (6.3.2, 6.9.7): what a commissioning tool may change in the trust
list, and how the keys of partners and our own go over to their successors. Only on boards with
COMMISSIONING.

A tool is a trusted partner that the user has made one, or that asks while the pairing button has
just been pressed, and then for that connection. It trusts others with its own level at most, and
removes nobody but whom a tool has brought."""

from late import load

from firmware.store import StoreFull
from ship.material import PREDECESSOR, MaterialNode
from ship.node import MAX_TRUSTED, TrustFull

_COMMISSIONS = 32  # least user trust or second factor of a tool (Table 30)


class Keys:
    def __init__(self, app):
        self.app = app
        self.silent = []  # partners that have answered none of our announcements
        load("firmware.successor").finish(app.store)

    def node(self, *args):
        """The Node of the application, with what a Node is made of."""
        # nobody is trusted with less; a string in SPINE, eebus-go drops a discovery with a number
        self.app.eebus.device.trust = b',{"minimumTrustLevel":"32"}'
        return MaterialNode(self, *args)

    def _trust(self):
        return load("firmware.trust")

    # for commissioning tools

    def accepts(self, conn):
        commissioning = self.app.commissioning
        trust = self._trust()
        about = trust.about(commissioning.store, conn.ski)
        if about is None or max(about[trust.USER], about[trust.SECOND]) < _COMMISSIONS:
            return False
        if about[trust.FLAGS] & trust.TOOL:
            return True
        pressed = commissioning.window >= 0
        commissioning.window = -1  # one press, one partner
        return pressed

    def trusted(self):
        trust = self._trust()
        store = self.app.store
        return [(ski, trust.about(store, ski)[trust.USER]) for ski in self.app.node.trusted]

    def install(self, conn, entries):
        trust = self._trust()
        commissioning = self.app.commissioning
        most = trust.about(commissioning.store, conn.ski)[trust.USER]
        done = []
        for ski, level in entries:
            if ski == self.app.ski:
                continue
            try:
                trust.add(commissioning, ski, min(level, most), trust.BROUGHT)
            except (TrustFull, StoreFull):
                continue  # it is not in the answer: the tool has to make room
            done.append((ski, trust.about(commissioning.store, ski)[trust.USER]))
        return done

    def remove(self, conn, entries):
        trust = self._trust()
        commissioning = self.app.commissioning
        done = []
        for ski, _ in entries:
            about = trust.about(commissioning.store, ski)
            if about and about[trust.FLAGS] & trust.BROUGHT and ski != conn.ski:
                trust.remove(commissioning, ski)
                done.append((ski, about[trust.USER]))
        return done

    # keys of partners

    def known(self, conn):
        trust = self._trust()
        about = trust.about(self.app.store, conn.ski)
        return about[trust.HEARD] if about else 0

    def partner(self, conn, counter, entries):
        trust = self._trust()
        commissioning = self.app.commissioning
        store = self.app.store
        about = trust.about(store, conn.ski)
        new = [ski for ski, state in entries if state != PREDECESSOR]
        # a counter that goes back is not to be trusted; a list without the key that the partner
        # has just shown is that of somebody else
        if about is None or not about[trust.HEARD] <= counter <= 0xFFFF or conn.ski not in new:
            return False
        old = trust.keys(store, conn.ski)
        # who is trusted already, and not as this partner, is not its to speak of
        come = {ski for ski in new if trust.about(store, ski) is None}
        gone = [ski for ski in old if ski not in new]
        if len(self.app.node.trusted) + len(come) - len(gone) > MAX_TRUSTED:
            return False
        try:
            for ski in gone:
                trust.forget(commissioning, ski)
            for ski in come:
                trust.join(commissioning, conn.ski, ski)
            for ski in trust.keys(store, conn.ski):
                trust.note(commissioning, ski, trust.HEARD, counter)
        except (TrustFull, StoreFull):
            return False
        return True

    # our own

    def own(self):
        return load("firmware.successor").own(self.app.store)

    def news(self, conn):
        counter, entries = self.own()
        trust = self._trust()
        about = trust.about(self.app.store, conn.ski)
        return bool(about) and counter > max(about[trust.TOLD], 1)

    def told(self, conn):
        trust = self._trust()
        counter = self.own()[0]
        try:
            for ski in trust.keys(self.app.store, conn.ski):
                trust.note(self.app.commissioning, ski, trust.TOLD, counter)
        except StoreFull:
            pass  # it is told again

    def unheard(self, conn):
        if conn.ski in self.silent:
            return False  # it does not know the message: better charged than told
        self.silent = self.silent[1 - MAX_TRUSTED :] + [conn.ski]
        return True
