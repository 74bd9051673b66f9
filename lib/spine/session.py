"""One partner: datagrams in and out over one SHIP connection (5.3, 5.4.2).

Datagrams are digested as they come, one at a time; the answer to one is rendered before the next
is looked at, so nothing is ever queued. Own requests and notifications follow when there is no
answer to give."""

from late import load
from micropython import const

from ejson.walker import ABSENT
from ejson.writer import Overflow
from spine import nodemgmt, schema
from spine.device import CALL, READ, WRITE, name, put_address
from spine.message import Message
from spine.partner import Partner
from ticks import add, diff, sooner

# slots of a datagram
_S_ENTITY = const(1)  # slot datagram.header.addressSource.entity
_S_FEATURE = const(2)  # slot datagram.header.addressSource.feature
_S_TO_ENTITY = const(3)  # slot datagram.header.addressDestination.entity
_S_TO_FEATURE = const(4)  # slot datagram.header.addressDestination.feature
_S_REFERENCE = const(6)  # slot datagram.header.msgCounterReference
_S_CLASSIFIER = const(7)  # slot datagram.header.cmdClassifier
_S_ACK = const(8)  # slot datagram.header.ackRequest

_CLIENT = const(0)  # enum role client
_READ = const(0)  # enum classifier read
_REPLY = const(1)  # enum classifier reply
_NOTIFY = const(2)  # enum classifier notify
_WRITE = const(3)  # enum classifier write
_RESULT = const(5)  # enum classifier result
_FAILURE = const(0)  # enum state failure

_DISCOVERY = const(1)  # enum function nodeManagementDetailedDiscoveryData
_STATE = const(11)  # enum function deviceDiagnosisStateData
_HEARTBEAT = const(12)  # enum function deviceDiagnosisHeartbeatData

# errors of resultData
_OVERLOAD = const(3)
_DESTINATION_UNKNOWN = const(4)
_NOT_SUPPORTED = const(6)
_REJECTED = const(7)
_BINDING_NEEDED = const(9)

# what to say next, besides the errors and 0
_NOTHING = const(-1)
_DATA = const(-2)

# a partner who has said nothing by then is let go (SPINE-TS-DD-02)
_SILENCE_MS = const(30000)

# what a feature must offer so that a read, write or call makes sense
_OPERATIONS = (READ, 0, 0, WRITE, CALL)

_HEAD = (
    b'{"datagram":[{"header":[{"specificationVersion":"1.3.0"},{"addressSource":%},'
    b'{"addressDestination":%},{"msgCounter":%}'
)
_ERROR = b'{"resultData":[{"errorNumber":%}'


class Session(Message):
    """The application of a SHIP connection in its data phase."""

    def __init__(self, device, window, link):
        """`link`: the connection, which has close()."""
        self.device = device  # the partner needs it
        Message.__init__(self, window, Partner(self), device)
        self.link = link
        self.counter = 0
        self.silent = True  # not one datagram has come
        self.until = -1  # then the patience with that ends
        self.say = _NOTHING
        self.feature = None
        # (id, entity and feature of the partner, our feature, device) of each subscription and
        # binding: behind a connection may be several devices (5.4.3)
        self.subs = []
        self.binds = []
        # (subscription, function or (entity, change)) to be notified
        self.news = []
        self.ids = 0
        device.sessions.append(self)

    # the message is complete

    def commit(self):
        rec = self.rec
        classifier = rec[_S_CLASSIFIER]
        entity = self.path(rec[_S_ENTITY])
        to = self.path(rec[_S_TO_ENTITY])
        number = rec[_S_TO_FEATURE]
        if self.reference is None or entity is None or to is None:
            return
        if classifier < 0 or number < 0 or rec[_S_FEATURE] < 0:
            return  # whom should one answer?
        self.silent = False
        self.peer = self.sender or self.peer
        partner = self.partner
        partner.device = partner.device or self.peer
        fn = self.fn
        wrong = self.stage.error
        feature = self.feature = self.device.find(to, number)
        error = 0
        if classifier >= _RESULT:
            partner.answered(rec[_S_REFERENCE])
            return
        if classifier == _REPLY:
            self._heard(entity)
            partner.answered(rec[_S_REFERENCE])
        elif feature is None:
            error = _DESTINATION_UNKNOWN
        elif wrong == _REJECTED:
            error = wrong
        elif classifier == _NOTIFY:
            if fn < 1:
                error = _NOT_SUPPORTED
            else:
                self._heard(entity)
        elif feature.role == _CLIENT:
            error = _REJECTED
        elif not feature.operations(fn) & _OPERATIONS[classifier]:
            error = _NOT_SUPPORTED
        elif classifier == _READ:
            self.say = _DATA
            return
        elif classifier == _WRITE:
            error = self._write(feature, entity)
        elif self.stage.items:
            error = nodemgmt.call(self, fn, self.stage.items[0])
        else:
            error = _REJECTED
        # the payload of a reply is never complained about (SPINE-TS-COMP-04)
        if rec[_S_ACK] == 1 or (error and classifier != _NOTIFY):
            self.say = error

    def _heard(self, entity):
        """Data of the partner."""
        fn = self.fn
        if self.partner.client:
            self.partner.client.heard(fn, entity)
        if fn == _HEARTBEAT and self.beat:
            for listener in self.device.listeners:
                listener.heartbeat(self, entity)
        elif fn == _STATE and self.state != ABSENT:
            for listener in self.device.listeners:
                listener.operates(self, entity, self.state == _FAILURE)
        elif fn == _DISCOVERY:
            partner = self.partner
            if partner.gone:
                load("spine.departed").leave(self)
            if self.peer == partner.device:
                partner.commit(self.rec[_S_CLASSIFIER] == _REPLY or not self.stage.filters)

    def _write(self, feature, entity):
        number = self.rec[_S_FEATURE]
        for _, client, n, server, device in self.binds:
            if server is feature and client == entity and n == number and device == self.peer:
                break
        else:
            return _BINDING_NEEDED
        fn = self.fn
        items = []
        for part in feature.parts:
            items.extend(part.items(fn))
        error, changes = self.stage.merge(items)
        for item, new in changes:
            error = error or item.part.judge(fn, item, new)
        for item, new in changes:
            if error:
                item.part.refused(fn, item, new)
            else:
                item.part.take(fn, item, new)
        return error

    def close(self):
        device = self.device
        if self in device.sessions:
            device.sessions.remove(self)
        nodemgmt.drop(self, self.binds, list(self.binds))
        self.subs.clear()
        self.news.clear()
        self.partner.close()
        self.say = _NOTHING
        for listener in device.listeners:
            listener.closed(self)

    def tick(self, now):
        wait = self.partner.tick(now)
        if not self.silent:
            return wait
        if self.until < 0:
            self.until = add(now, _SILENCE_MS)
        left = diff(self.until, now)
        if left > 0:
            return sooner(wait, left)
        self.silent = False
        self.link.close()
        return -1

    # out

    def render(self, w):
        """Writes the next datagram; False: nothing to say."""
        say = self.say
        if say != _NOTHING:
            self.say = _NOTHING
            start = w.n
            if say == _DATA:
                try:
                    if self.stage.filters:
                        say = load("spine.restrict").reply(self, w)
                    else:
                        self.answer(w, _REPLY)
                        self.feature.render(self.fn, w, self)
                except Overflow:  # many subscriptions of a partner with a long name
                    w.n = start
                    say = _OVERLOAD
            if say >= 0:
                self.answer(w, _RESULT)
                w.t(_ERROR).num(say).end()
                if say:
                    w.raw(b',{"description":"').raw(load("spine.errors").TEXTS[say]).raw(b'"}')
                w.raw(b"]}")
        elif not self.partner.render(w):
            if not self.news:
                return False
            # the whole function, not only what has changed: a partial notification could not say
            # that an element, such as the duration of a limit, is gone
            (_, entity, number, server, self.peer), fn = self.news.pop(0)
            self.head(w, server.entity.path, server.number, entity, number, _NOTIFY, None)
            if isinstance(fn, tuple):  # an entity has come or gone
                load("spine.changes").render(w, self.device, fn[0], fn[1])
            else:
                server.render(fn, w, self)
        w.raw(b"]]}]}]}")
        return True

    def answer(self, w, classifier):
        rec = self.rec
        path = self.path
        self.head(
            w,
            path(rec[_S_TO_ENTITY]),
            rec[_S_TO_FEATURE],
            path(rec[_S_ENTITY]),
            rec[_S_FEATURE],
            classifier,
            self.reference,
        )

    def head(self, w, entity, feature, to_entity, to_feature, classifier, reference, ack=False):
        """Everything up to the cmd. `reference`: digits, or None; `ack`: asks for a result."""
        self.counter += 1
        put_address(w.t(_HEAD), self.device.address, entity, feature)
        put_address(w, self.peer, to_entity, to_feature).num(self.counter).end()
        if reference:
            w.raw(b',{"msgCounterReference":').raw(reference).raw(b"}")
        name(w.raw(b',{"cmdClassifier":"'), schema.CLASSIFIER, classifier)
        w.raw(b'"},{"ackRequest":true}' if ack else b'"}').raw(b']},{"payload":[{"cmd":[[')
