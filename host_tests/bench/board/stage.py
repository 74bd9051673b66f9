"""The whole firmware without hardware and sockets, and an energy manager that talks to it.

    app = wallbox()                 started, mDNS included
    manager = Manager(app).connect()
    manager.send(frame)             the next net.turn(0) digests and answers it

The flash of the wallbox and what the manager says come from the module `script`.
"""

import json
from io import BytesIO

import script
from fakes import Wire
from micropython import const

from board_configs import sim
from ejson.walker import unpack
from firmware.app import App
from firmware.clock import Clock
from firmware.hal.sim import create
from firmware.hal.sim.flash import Flash

_SUBSCRIPTIONS = const(20)
_BINDINGS = const(2)
_CLIENT = const(0)  # enum role client
_MASKED = const(0x80)
_BINARY = const(0x82)
_TURNS = const(200)


class StageClock(Clock):
    def __init__(self):
        self.t = 1000

    def now(self):
        return self.t


class Place:
    def __init__(self):
        self.clock = StageClock()
        self.hal = create(sim)
        area = bytearray(b"\xff" * 65536)
        area[: len(script.FLASH)] = script.FLASH
        self.flash = Flash(BytesIO(area))

    def wall(self):
        return script.EPOCH + self.clock.t // 1000  # above 2**30, as on a board

    def random(self, n):
        return bytes(n)


def wallbox(place=None):
    app = App(sim, place or Place())
    app.start("192.0.2.1", 4712, "port")
    app.net.turn(0)
    return app


def plugged(place):
    """A wallbox with a car and two managers that follow all of it; one has bound."""
    app = wallbox(place)
    managers = [Manager(app), Manager(app)]
    managers[1].ski = bytes(20)
    app.commissioning.trust(managers[1].ski)
    managers[0].connect()
    managers[1].connect(0)
    place.hal.plug()
    for _ in range(4):
        place.clock.t += 500
        for manager in managers:
            manager.talk(b"")
    ev = app.eebus.ev.entity
    for manager in managers:
        for feature in ev.features:
            manager.request("Subscription", 1, ev.path, feature)
    for feature in ev.features:
        if feature.kind == script.LOAD_CONTROL:
            managers[0].request("Binding", 1, ev.path, feature)
    for manager in managers:
        manager.wire.feed(b"")
    if [len(s.subs) for s in app.eebus.device.sessions] != [_SUBSCRIPTIONS + len(ev.features)] * 2:
        raise AssertionError("subscriptions")
    return app


def frame(kind, text):
    """A message as one frame of a client, masked with key 0."""
    n = 1 + len(text)
    head = bytes((_BINARY, _MASKED | 126, n >> 8, n & 255, 0, 0, 0, 0, kind))
    return head + text.encode()


class Manager:
    """A partner that the wallbox trusts; not there before connect()."""

    def __init__(self, app):
        self.app = app
        self.ski = script.SKI
        self.counter = 0
        self.wire = Wire()

    def greet(self):
        """TCP and SHIP up to data exchange; the wallbox's questions are answered."""
        net = self.app.net
        net.listener.pending = self.wire
        net.turn(0)
        self.peer = net.peers[-1]
        self.peer.ski = self.ski  # as the handshake leaves it
        self.talk(script.HTTP)
        self.talk(frame(0, "\0"))
        for text in script.HANDSHAKE:
            self.talk(frame(1, text))
        self.wire.feed(b"")

    def connect(self, bindings=_BINDINGS):
        """greet(), 20 subscriptions, 2 bindings; returns itself."""
        self.greet()
        self.relate(bindings)
        self.wire.feed(b"")
        session = self.peer.conn.app
        made = len(session.subs), len(session.binds), session.partner.known
        if made != (_SUBSCRIPTIONS, bindings, True):
            raise AssertionError(made)
        return self

    def leave(self):
        """TCP ends."""
        self.peer.close()
        self.peer = None
        self.app.net.turn(0)

    def turn(self):
        """Lets the firmware work until nothing moves."""
        for _ in range(_TURNS):
            before = self.wire.at, len(self.wire.said)
            self.app.net.turn(0)
            if before == (self.wire.at, len(self.wire.said)):
                return
        raise AssertionError("it never rests")

    def talk(self, data):
        """Sends bytes and answers what the firmware says to them."""
        self.wire.listening = True
        self.wire.feed(data)
        self.turn()
        said = bytes(self.wire.said)
        self.wire.said = bytearray()
        while said:
            if said.startswith(b"HTTP"):
                if not said.startswith(b"HTTP/1.1 101"):
                    raise AssertionError(said)
                n = at = said.find(b"\r\n\r\n") + 4
            else:
                n, at = said[1] & 127, 2
                if n == 126:
                    n, at = said[2] << 8 | said[3], 4
                n += at
                if said[at] == 2:
                    self.answer(json.loads(said[at + 1 : n]))
                elif said[at] == 3 or said[0] & 8:
                    raise AssertionError(said)
            said = said[n:]
        self.wire.listening = False

    def answer(self, message):
        datagram = member(message["data"], "payload")["datagram"]
        header = datagram[0]["header"]
        cmd = member(datagram, "payload")[0]["cmd"][0]
        reference = member(header, "msgCounter")
        classifier = member(header, "cmdClassifier")
        if classifier == "read":
            function = list(cmd[0])[0]
            reply = script.REPLIES.get(function)
            if not reply:
                raise AssertionError("unexpected read of " + function)
            self.say(reply, reference)
        elif classifier == "result" and member(cmd[0]["resultData"], "errorNumber"):
            raise AssertionError(cmd)
        elif member(header, "ackRequest"):
            self.say(script.RESULT, reference)

    def say(self, text, reference=0):
        self.talk(self.data(text, reference))

    def data(self, text, reference=0):
        self.counter += 1
        text = text.replace("{counter}", str(self.counter))
        return frame(2, script.DATA % text.replace("{reference}", str(reference)))

    def relate(self, bindings):
        """Subscribes once to every server feature, for the rest to NodeManagement again and
        again (nothing of it changes here), and binds what it writes to."""
        servers = [
            (entity, feature)
            for entity in self.app.eebus.device.entities
            for feature in entity.features
            if feature.role != _CLIENT
        ]
        for entity, feature in servers:
            self.request("Subscription", 1, entity.path, feature)
        entity, feature = servers[0]
        for client in range(2, 2 + _SUBSCRIPTIONS - len(servers)):
            self.request("Subscription", client, entity.path, feature)
        for entity, feature in servers if bindings else ():
            if feature.kind in (script.LOAD_CONTROL, script.CONFIGURATION):
                self.request("Binding", 1, entity.path, feature)

    def request(self, kind, client, path, feature):
        entity = ",".join(str(component) for component in unpack(path))
        text = script.RELATION.replace("{kind}", kind).replace("{name}", kind.lower())
        text = text.replace("{client}", str(client)).replace("{entity}", entity)
        self.say(text.replace("{feature}", str(feature.number)))

    def send(self, data):
        """Puts a frame on the wire; nobody looks at the answer."""
        self.wire.feed(data)

    def server(self, kind):
        """The server feature of that kind."""
        for entity in self.app.eebus.device.entities:
            for feature in entity.features:
                if feature.kind == kind and feature.role != _CLIENT:
                    return feature


def member(elements, name):
    for element in elements:
        if name in element:
            return element[name]
    return None
