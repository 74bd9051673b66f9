"""The SHIP Pairing Service on the wallbox: looks for requests of a control unit and trusts the one
that knows the secret on our label, without a person at the wallbox. Only on boards with PAIRING,
and with a secret in the store.

What is trusted is a certificate: its fingerprint admits whoever shows it in the TLS handshake, and
from then on the SKI counts. One unit at a time: while it is there, requests are not looked for;
when nothing was exchanged with it for 15 minutes, or the user has let go of it, another one may
take its place (4.2, 4.3 of the service's specification)."""

from hashlib import sha256

from micropython import const

from firmware import store as records
from firmware.clock import real_ms
from firmware.store import StoreFull
from mdns import Browser
from ship.conn import DATA
from ship.node import TrustFull
from ship.pairing import Listener
from ticks import diff

_MISSING_MS = const(900000)
_LOOK_MS = const(10000)
_FINGERPRINT = const(32)
_MASK = const(0x3FFFFFFF)


class Pairing:
    """`secret`: 16 bytes, as on the label."""

    def __init__(self, app, discovery, secret):
        store = app.store
        self.app = app
        unit = store.get(records.PAIRED) or b""
        self.fingerprint = unit[:_FINGERPRINT]
        self.ski = unit[_FINGERPRINT:]  # empty: it has not come yet
        self.came = None  # its SKI, out of the TLS handshake
        self.listener = Listener(
            app.ship_id, store.get(records.CERT), secret, store.get(records.PAIRING_USED) or b""
        )
        self.open = not unit  # requests are honoured
        self.looking = True
        self.heard = app.clock.now()
        self.browser = Browser("_shippairing._tcp", self.seen, app.send, discovery.legacy)
        discovery.browse(self.browser)
        app.net.vouch = self.met
        app.net.timers.append(self)

    def seen(self, instance, port, addrs, txt):
        """What the browser tells. Port and address mean nothing: nobody listens there (5.3)."""
        if not port or not self.open:
            return
        before = self.listener.used
        fingerprint = self.listener.judge(txt)
        if fingerprint is None:
            return
        try:
            self.app.save(records.PAIRING_USED, self.listener.used)
            if self.ski:
                self.app.commissioning.untrust(self.ski)
            self.app.save(records.PAIRED, fingerprint)
        except StoreFull:
            self.listener.used = before
            return
        self.fingerprint = fingerprint
        self.ski = b""
        self._served()
        node = self.app.node
        for conn in node.conns:
            if not node.trusts(conn.ski):
                conn.close()  # the unit may have come before: it comes again

    def met(self, ski, der):
        """Called in the TLS handshake: nothing may be stored now, and nothing be raised."""
        if self.fingerprint and not self.ski and sha256(der).digest() == self.fingerprint:
            self.came = ski

    def _served(self):
        self.heard = self.app.clock.now()
        self.open = False

    def tick(self, now):
        node = self.app.node
        if self.came:
            self._admit(self.came)
            self.came = None
        elif self.ski and not node.trusts(self.ski):
            self.app.store.delete(records.PAIRED)
            self.fingerprint = self.ski = b""
            self.open = True
        for conn in node.conns:
            if conn.state == DATA and conn.ski == self.ski:
                self._served()
        if diff(now, self.heard) >= _MISSING_MS:
            self.open = True
        if not self.open:
            self.browser.stop()  # a new network has started it
        elif not self.looking:
            self.browser.start(real_ms() & _MASK)
        self.looking = self.open
        return _LOOK_MS

    def _admit(self, ski):
        try:
            self.app.save(records.PAIRED, self.fingerprint + ski)
            self.app.commissioning.trust(ski)
        except (TrustFull, StoreFull):
            return
        self.ski = ski
        self._served()
