"""One partner: datagrams in and out over one SHIP connection (5.3, 5.4.2).

Datagrams are digested as they come, one at a time; the answer to one is rendered before the next
is looked at, so nothing is ever queued. Own requests and notifications follow when there is no
answer to give."""

from micropython import const

from ejson import ABSENT, ITEM, NEED, TEXT, Overflow, Walker
from spine import nodemgmt, schema
from spine.device import CALL, READ, WRITE, name, put_address
from spine.partner import Partner, below
from spine.rfe import Stage
from spine.types import duration

# slots of a datagram
_S_DEVICE = const(0)  # slot datagram.header.addressSource.device
_S_ENTITY = const(1)  # slot datagram.header.addressSource.entity
_S_FEATURE = const(2)  # slot datagram.header.addressSource.feature
_S_TO_ENTITY = const(3)  # slot datagram.header.addressDestination.entity
_S_TO_FEATURE = const(4)  # slot datagram.header.addressDestination.feature
_S_COUNTER = const(5)  # slot datagram.header.msgCounter
_S_REFERENCE = const(6)  # slot datagram.header.msgCounterReference
_S_CLASSIFIER = const(7)  # slot datagram.header.cmdClassifier
_S_ACK = const(8)  # slot datagram.header.ackRequest
_S_FN = const(9)  # slot datagram.payload.cmd.~fn
_S_FOR = const(10)  # slot datagram.payload.cmd.~for
_S_ODD = const(11)  # slot datagram.payload.cmd.~odd
_S_FUNCTION = const(12)  # slot datagram.payload.cmd.function
_S_DATA = const(13)  # slot datagram.payload.cmd.deviceDiagnosisHeartbeatData.heartbeatCounter
_S_CONTROL = const(14)  # slot datagram.payload.cmd.filter.cmdControl.delete
# slot datagram.payload.cmd.filter.loadControlLimitListDataSelectors.limitId
_S_SELECTOR = const(16)
# slots of a detailed discovery: lastStateChange of an entity, a feature, a function of it
_S_CHANGE = const(15)
_S_ADDRESS = const(16)
_S_NUMBER = const(17)
_S_TYPE = const(18)
_S_ROLE = const(19)
_S_FUNCTION_NAME = const(20)

# events
_E_CMD = const(1)  # event datagram.payload.cmd
_E_FILTER = const(2)  # event datagram.payload.cmd.filter
_E_SELECTOR = const(3)  # event datagram.payload.cmd.filter.loadControlLimitListDataSelectors
_E_HEARTBEAT = const(4)  # event datagram.payload.cmd.deviceDiagnosisHeartbeatData
# event datagram.payload.cmd.nodeManagementDetailedDiscoveryData.entityInformation
_E_ENTITY = const(6)
# event datagram.payload.cmd.nodeManagementDetailedDiscoveryData.featureInformation
_E_FEATURE = const(7)
_E_FUNCTION = const(8)

_CLIENT = const(0)  # enum role client
_READ = const(0)  # enum classifier read
_REPLY = const(1)  # enum classifier reply
_NOTIFY = const(2)  # enum classifier notify
_WRITE = const(3)  # enum classifier write
_RESULT = const(5)  # enum classifier result

_DISCOVERY = const(1)  # enum function nodeManagementDetailedDiscoveryData
_HEARTBEAT = const(12)  # enum function deviceDiagnosisHeartbeatData

# errors of resultData
_OVERLOAD = const(3)
_DESTINATION_UNKNOWN = const(4)
_NOT_SUPPORTED = const(6)
_REJECTED = const(7)
_NO_COMBINATION = const(8)
_BINDING_NEEDED = const(9)

# what to say next, besides the errors and 0
_NOTHING = const(-1)
_DATA = const(-2)

# what a feature must offer so that a read, write or call makes sense
_OPERATIONS = (READ, 0, 0, WRITE, CALL)

_HEAD = (
    b'{"datagram":[{"header":[{"specificationVersion":"1.3.0"},{"addressSource":%},'
    b'{"addressDestination":%},{"msgCounter":%}'
)
_ERROR = b'{"resultData":[{"errorNumber":%}'
_TEXTS = (
    b"",
    b"",
    b"",
    b"too much",
    b"no such feature",
    b"",
    b"function or operation not supported",
    b"rejected",
    b"combination of filters not supported",
    b"binding is necessary for this command",
)


class Session:
    """The application of a SHIP connection in its data phase."""

    def __init__(self, device, window, link=None):
        """`link`: the connection, for those who want to know whose session this is."""
        self.device = device
        self.link = link
        self.walker = Walker(window, schema)
        self.rec = self.walker.rec
        self.stage = Stage()
        self.partner = Partner(self)
        self.peer = None  # device address of the partner, bytes
        self.sender = None  # the same of the message at hand, which may be broken off
        self.reference = None  # msgCounter of the message at hand, digits
        self.counter = 0
        self.fn = ABSENT
        self.beat = False  # it has a heartbeatCounter
        self.inside = False  # the first cmd has not ended yet
        self.say = _NOTHING
        self.feature = None
        self.subs = []
        self.binds = []
        self.ids = 0
        device.sessions.append(self)

    # in: the interface of ship.conn

    def start(self, window):
        self.walker.start()
        self.stage.clear()
        self.partner.start()
        self.inside = True
        self.sender = self.reference = None
        self.fn = ABSENT
        self.beat = False

    def step(self):
        walker = self.walker
        while True:
            ev = walker.step()
            if ev == ITEM:
                if self.inside:  # all stacks look at the first cmd only
                    self._item(walker.item)
            elif ev == TEXT:
                self._text(walker.slot)
            else:
                return ev != NEED

    def drop(self):
        """The rest of the message will not come or makes no sense: nothing has happened."""
        self.stage.clear()

    def _text(self, slot):
        walker = self.walker
        if slot == _S_DEVICE:
            self.sender = self.peer if walker.same(self.peer) else walker.text()
        elif slot == _S_COUNTER:
            self.reference = walker.digits()
        else:
            s = duration(walker.span())
            self.rec[slot] = -1 if s is None else s

    def _item(self, item):
        rec = self.rec
        stage = self.stage
        partner = self.partner
        if item == _E_CMD:
            self.inside = False
            self._names(rec[_S_FUNCTION])
            self._names(rec[_S_FN])
            if rec[_S_ODD] == 1:
                stage.error = stage.error or _NO_COMBINATION
        elif item == _E_FILTER:
            self._names(rec[_S_FOR])
            stage.filter(rec, _S_CONTROL)
        elif item == _E_SELECTOR:
            self._names(rec[_S_FOR])
            stage.selector(rec[_S_SELECTOR])
        elif item == _E_HEARTBEAT:
            self.beat = rec[_S_DATA] != ABSENT
        elif item == _E_ENTITY:
            partner.entity(self.path(rec[_S_DATA]), rec[_S_CHANGE])
        elif item == _E_FUNCTION:
            partner.function(rec[_S_FUNCTION_NAME])
        elif item == _E_FEATURE:
            partner.feature(self.path(rec[_S_ADDRESS]), rec[_S_NUMBER], rec[_S_TYPE], rec[_S_ROLE])
        else:
            stage.item(rec, _S_DATA, item)

    def _names(self, fn):
        """The function element, the filters and the data must name the same function."""
        if fn != ABSENT:
            if self.fn == ABSENT:
                self.fn = fn
            elif fn != self.fn:
                self.stage.error = _REJECTED

    def path(self, v):
        """The address in a slot: an int or, where it is a long one, a tuple; None: there is none,
        or too many are long."""
        if v > 0:
            return v
        return self.walker.paths[-2 - v] if -64 < v < -1 else None

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
        self.peer = self.sender or self.peer
        fn = self.fn
        wrong = self.stage.error
        feature = self.feature = self.device.find(to, number)
        error = 0
        if classifier >= _RESULT:
            self.partner.answered(rec[_S_REFERENCE])
            return
        if classifier == _REPLY:
            self._heard(entity)
            self.partner.answered(rec[_S_REFERENCE])
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
            # restrictions of a read may be ignored (5.3.4.5): the answer is the whole function
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
        if fn == _HEARTBEAT and self.beat:
            for listener in self.device.listeners:
                listener.heartbeat(self, entity)
        elif fn == _DISCOVERY:
            full = self.rec[_S_CLASSIFIER] == _REPLY or not self.stage.filters
            self.partner.commit(full)
            # an entity of the partner is gone, and with it what it had (5.5.4, 5.5.5)
            for links in (self.subs, self.binds):
                gone = [k for k in links if below(k.entity, self.partner.gone)]
                nodemgmt.drop(self, links, gone)

    def _write(self, feature, entity):
        for b in self.binds:
            if b.server is feature and b.entity == entity and b.feature == self.rec[_S_FEATURE]:
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
        self.partner.close()
        self.say = _NOTHING
        for listener in device.listeners:
            listener.closed(self)

    def tick(self, now):
        return self.partner.tick(now)

    # out

    def render(self, w):
        """Writes the next datagram; False: nothing to say."""
        say = self.say
        if say != _NOTHING:
            self.say = _NOTHING
            start = w.n
            if say == _DATA:
                try:
                    self._answer(w, _REPLY)
                    self.feature.render(self.fn, w, self)
                except Overflow:  # many subscriptions of a partner with a long name
                    w.n = start
                    say = _OVERLOAD
            if say >= 0:
                self._answer(w, _RESULT)
                w.t(_ERROR).num(say).end()
                if say:
                    w.raw(b',{"description":"').raw(_TEXTS[say]).raw(b'"}')
                w.raw(b"]}")
        elif not self.partner.render(w):
            for sub in self.subs:
                if sub.dirty:
                    self._notify(w, sub)
                    break
            else:
                return False
        w.raw(b"]]}]}]}")
        return True

    def _answer(self, w, classifier):
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

    def _notify(self, w, sub):
        """The whole function, not only what has changed: a partial notification could not say that
        an element, such as the duration of a limit, is gone."""
        i = 0
        while not sub.dirty >> i & 1:
            i += 1
        sub.dirty &= ~(1 << i)
        server = sub.server
        self.head(w, server.entity.path, server.number, sub.entity, sub.feature, _NOTIFY, None)
        server.render(server.functions[2 * i], w, self)
