"""Finds partners by mDNS (6.4.5): whoever announces `_ship._tcp` becomes a target of the dialer,
until the announcement is withdrawn or runs out. Nobody is dialled whom we do not trust."""

from binascii import unhexlify

from mdns import Browser


def node(txt):
    """(SKI, path) of a TXT record as a dict; None when it is not that of a SHIP node (6.4.2)."""
    path = txt.get("path", b"")
    if txt.get("txtvers") != b"1" or not path or len(txt.get("ski", b"")) != 40:
        return None
    try:
        return unhexlify(txt["ski"]), path
    except ValueError:
        return None


class Finder:
    """`ski`: our own, 20 bytes; `buf`: for packets that go out; `legacy`: see Browser."""

    def __init__(self, dialer, ski, buf, legacy=False):
        self.dialer = dialer
        self.ski = ski
        self.found = {}  # SKIs by instance name
        self.browser = Browser("_ship._tcp", self.seen, buf, legacy)

    def seen(self, instance, port, addrs, txt):
        """What the browser tells: port 0 is a node that has gone."""
        old = self.found.pop(instance, None)
        one = port and node(txt)
        hosts = ["%d.%d.%d.%d" % tuple(a) for a in addrs if len(a) == 4]
        if one and one[0] != self.ski and hosts:
            self.found[instance] = one[0]
            self.dialer.add(one[0], hosts, port, one[1], True)
            if old == one[0]:
                return
        if old:
            self.dialer.gone(old)
