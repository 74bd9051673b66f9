"""One partner: datagrams in and out over one SHIP connection (5.3, 5.4.2).

Datagrams are digested as they come, one at a time; the answer to one is rendered before the next is looked at,
so nothing is ever queued. Own requests and notifications follow when there is no answer to give."""

from micropython import const

from ejson import ABSENT, ITEM, NEED, TEXT, Walker
from spine import nodemgmt, schema
from spine.device import CALL, READ, WRITE, name, put_path
from spine.partner import Partner
from spine.rfe import Stage
from spine.types import duration
from ticks import add, diff, sooner

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
_S_DATA = const(13)  # slot datagram.payload.cmd.filter.cmdControl.delete
_S_PARTIAL = const(14)  # slot datagram.payload.cmd.filter.cmdControl.partial
# slot datagram.payload.cmd.filter.loadControlLimitListDataSelectors.limitId
_S_SELECTOR = const(15)
# slot datagram.payload.cmd.filter.loadControlLimitDataElements.limitId
_S_ELEMENTS = const(16)
_ITEM_SIZE = const(9)

# events
_E_CMD = const(1)  # event datagram.payload.cmd
_E_FILTER = const(2)  # event datagram.payload.cmd.filter
_E_SELECTOR = const(3)  # event datagram.payload.cmd.filter.loadControlLimitListDataSelectors
_E_HEARTBEAT = const(4)  # event datagram.payload.cmd.deviceDiagnosisHeartbeatData
_E_RESULT = const(5)  # event datagram.payload.cmd.resultData
# event datagram.payload.cmd.nodeManagementSubscriptionRequestCall.subscriptionRequest
_E_NODE_CALL = const(6)
# event datagram.payload.cmd.nodeManagementDetailedDiscoveryData.entityInformation
_E_ENTITY = const(7)
_E_FEATURE = const(8)
_E_FUNCTION = const(9)
_E_LIMIT = const(11)  # event datagram.payload.cmd.loadControlLimitListData.loadControlLimitData
_E_KEY_VALUE = const(12)

_READ = const(0)  # enum classifier read
_REPLY = const(1)  # enum classifier reply
_NOTIFY = const(2)  # enum classifier notify
_WRITE = const(3)  # enum classifier write
_CALL = const(4)  # enum classifier call
_RESULT = const(5)  # enum classifier result

_DISCOVERY = const(1)  # enum function nodeManagementDetailedDiscoveryData
_HEARTBEAT = const(13)  # enum function deviceDiagnosisHeartbeatData
_LIMITS = const(15)  # enum function loadControlLimitListData
_KEY_VALUES = const(17)  # enum function deviceConfigurationKeyValueListData

# errors of resultData
_DESTINATION_UNKNOWN = const(4)
_NOT_SUPPORTED = const(6)
_REJECTED = const(7)
_NO_COMBINATION = const(8)
_BINDING_NEEDED = const(9)

# what to say next
_NOTHING = const(0)
_ANSWER_DATA = const(1)
_ANSWER_RESULT = const(2)

# own requests, in the order in which they make sense
READ_DISCOVERY = 0
SUBSCRIBE_NODE = 1
SUBSCRIBE_HEARTBEAT = 2
READ_HEARTBEAT = 3

_RESPONSE_MS = const(10000)  # defaultMaxResponseDelay
_MAX_OPEN = const(8)
_RETRIES = const(3)

_HEAD = (
    b'{"datagram":[{"header":[{"specificationVersion":"1.3.0"},'
    b'{"addressSource":[{"device":%},{"entity":[%]},{"feature":%}]},{"addressDestination":['
)
_HEAD_DEVICE = b'{"device":%},'
_HEAD_TO = b'{"entity":[%]},{"feature":%}]},{"msgCounter":%}'
_HEAD_REFERENCE = b',{"msgCounterReference":%}'
_HEAD_CLASSIFIER = b',{"cmdClassifier":"%"}'
_HEAD_ACK = b',{"ackRequest":true}'
_HEAD_END = b']},{"payload":[{"cmd":[['
_TAIL = b"]]}]}]}"
_RESULT_OK = b'{"resultData":[{"errorNumber":0}]}'
_RESULT_ERROR = b'{"resultData":[{"errorNumber":%},{"description":%}]}'
_TEXTS = {
    3: b"too many items",
    4: b"no such feature",
    6: b"function or operation not supported",
    7: b"rejected",
    8: b"combination of filters not supported",
    9: b"binding is necessary for this command",
}


class Session:
    """The application of a SHIP connection in its data phase."""

    def __init__(self, device, window, link=None):
        """`link`: the connection, for those who want to know whose session this is."""
        self.device = device
        self.link = link
        self.walker = Walker(window, schema)
        self.rec = self.walker.rec
        self.stage = Stage()
        self.partner = Partner()
        self.peer = None  # device address of the partner, bytes
        self.reference = None  # msgCounter of the message at hand, digits
        self.counter = 0
        self.cmds = 0
        self.error = ABSENT
        self.say = _NOTHING
        self.say_error = 0
        self.feature = None
        self.subs = []
        self.binds = []
        self.ids = 0
        self.guard = None  # entity of the partner whose heartbeat we want
        self.source = None  # (entity, feature) that we have subscribed to for it
        self.wants = [READ_DISCOVERY]
        self.open = []  # (counter, request, deadline)
        self.retries = _RETRIES
        self.now = 0
        device.sessions.append(self)

    # in: the interface of ship.conn

    def start(self, window):
        self.walker.start()
        self.stage.clear()
        self.cmds = 0
        self.reference = None
        self.error = ABSENT

    def step(self):
        walker = self.walker
        while True:
            ev = walker.step()
            if ev == ITEM:
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
            if not walker.same(self.peer):
                self.peer = walker.text()
        elif slot == _S_COUNTER:
            self.reference = walker.digits()
        else:
            fn = self.rec[_S_FN]
            if fn == _LIMITS or fn == _KEY_VALUES or fn == _HEARTBEAT:
                ms = duration(walker.span())
                self.rec[slot] = -1 if ms is None else ms

    def _item(self, item):
        rec = self.rec
        if self.cmds:
            return  # all stacks look at the first cmd only
        if item == _E_CMD:
            self.cmds = 1
            self.fn = rec[_S_FN]
            self.odd = rec[_S_ODD] == 1
            # the function element and the filters must name the function of the data
            self.mixed = (rec[_S_FUNCTION] != ABSENT and rec[_S_FUNCTION] != self.fn) or (
                rec[_S_FOR] != ABSENT and rec[_S_FOR] != self.fn
            )
        elif item == _E_FILTER:
            self.stage.filter(
                rec, rec[_S_DATA] == 1, rec[_S_PARTIAL] == 1, _S_ELEMENTS, _ITEM_SIZE
            )
        elif item == _E_SELECTOR:
            self.stage.selector(rec[_S_SELECTOR])
        elif item == _E_LIMIT or item == _E_KEY_VALUE or item == _E_NODE_CALL:
            self.stage.item(rec, _S_DATA, _ITEM_SIZE)
        elif item == _E_RESULT:
            self.error = rec[_S_DATA]
        elif item == _E_HEARTBEAT:
            self.stage.item(rec, _S_DATA, 1)
        elif rec[_S_CLASSIFIER] == _REPLY or rec[_S_CLASSIFIER] == _NOTIFY:
            self._discovery(item)

    def _discovery(self, item):
        rec = self.rec
        partner = self.partner
        if item == _E_ENTITY:
            path = rec[_S_DATA + 1]
            if path == ABSENT or path == -1:
                return
            path = self._path(path)
            if rec[_S_CLASSIFIER] == _REPLY and path == 1:
                partner.begin()  # DeviceInformation opens every full answer
            if partner.entity(path, rec[_S_DATA + 3]):
                self.forget(path)
        elif item == _E_FUNCTION:
            partner.function(rec[_S_DATA + 8])
        elif item == _E_FEATURE:
            partner.feature(
                self._path(rec[_S_DATA + 4]),
                rec[_S_DATA + 5],
                rec[_S_DATA + 6],
                rec[_S_DATA + 7],
            )

    def _path(self, v):
        """An address slot as int or, where it is a long one, as tuple; None: absent or too many of them."""
        if v >= 0:
            return v
        return None if v == ABSENT or v == -1 else self.walker.paths[-2 - v]

    # the message is complete

    def commit(self):
        rec = self.rec
        classifier = rec[_S_CLASSIFIER]
        if not self.cmds or self.reference is None or classifier < 0:
            return
        to = self._path(rec[_S_TO_ENTITY])
        feature = self.device.find(to, rec[_S_TO_FEATURE])
        self.feature = feature
        ack = rec[_S_ACK] == 1
        if classifier == _RESULT:
            self._answered(self.error)
        elif classifier == _REPLY:
            self._data(feature)
            self._answered(0)
            if ack:  # asks for receipt only: the payload of a reply is never complained about
                self._result(0)
        elif feature is None:
            if classifier != _NOTIFY or ack:
                self._result(_DESTINATION_UNKNOWN)
        elif classifier == _READ:
            if feature.role == 0:
                self._result(_REJECTED)
            elif self.fn < 1 or not feature.operations(self.fn) & READ:
                self._result(_NOT_SUPPORTED)
            elif self.mixed:
                self._result(_REJECTED)
            else:  # restrictions of a read may be ignored (5.3.4.5): the answer is the whole function
                self.say = _ANSWER_DATA
        elif classifier == _NOTIFY:
            self._data(feature)
            if ack:
                self._result(0 if self.fn > 0 else _NOT_SUPPORTED)
        else:
            error = self._write(feature) if classifier == _WRITE else self._call(feature)
            if error or ack:
                self._result(error)

    def _result(self, error):
        self.say = _ANSWER_RESULT
        self.say_error = error

    def _data(self, feature):
        """Data of the partner."""
        fn = self.fn
        if fn == _HEARTBEAT and self.stage.items:
            path = self._path(self.rec[_S_ENTITY])
            for listener in self.device.listeners:
                listener.heartbeat(self, path)
        elif fn == _DISCOVERY:
            if self.rec[_S_CLASSIFIER] == _REPLY:
                self.partner.known = True
            self.seek()

    def _write(self, feature):
        fn = self.fn
        if fn < 1 or not feature.operations(fn) & WRITE:
            return _NOT_SUPPORTED
        if not self._may_write(feature):
            return _BINDING_NEEDED
        if self.mixed:
            return _REJECTED
        if self.odd:
            return _NO_COMBINATION
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

    def _may_write(self, feature):
        path = self._path(self.rec[_S_ENTITY])
        for b in self.binds:
            if b.server is feature and b.entity == path and b.feature == self.rec[_S_FEATURE]:
                return True
        return False

    def _call(self, feature):
        if not feature.operations(self.fn) & CALL or not self.stage.items:
            return _NOT_SUPPORTED
        return nodemgmt.call(self, self.fn, self.stage.items[0])

    def _answered(self, error):
        """A result or reply has come: who waits for it?"""
        for i, request in enumerate(self.open):
            if request[0] == self.rec[_S_REFERENCE]:
                del self.open[i]
                if request[1] == READ_DISCOVERY and not error and self.partner.known:
                    self.want(SUBSCRIBE_NODE)
                return

    # own requests

    def want(self, request):
        if request not in self.wants:
            self.wants.append(request)

    def watch(self, entity):
        """Follow the heartbeat of the partner's entity that guards us (RTS_003: the one that has bound)."""
        self.guard = entity
        self.seek()

    def seek(self):
        if self.guard is not None:
            source = self.partner.source(self.guard)
            if source and source != self.source:
                self.source = source
                self.want(SUBSCRIBE_HEARTBEAT)
                self.want(READ_HEARTBEAT)

    def forget(self, path):
        """An entity of the partner is gone, and with it what it had (5.5.4, 5.5.5)."""
        self.subs = [s for s in self.subs if s.entity != path]
        nodemgmt.unbind(self, lambda b: b.entity == path)
        if self.source and self.source[0] == path:
            self.source = None

    def close(self):
        device = self.device
        if self in device.sessions:
            device.sessions.remove(self)
        nodemgmt.unbind(self, lambda b: True)
        self.subs.clear()
        for listener in device.listeners:
            listener.closed(self)

    def tick(self, now):
        self.now = now
        wait = -1
        for request in self.open:
            left = diff(request[2], now)
            if left <= 0:
                self.open.remove(request)
                if self.retries:
                    self.retries -= 1
                    self.want(request[1])
                return 0
            wait = sooner(wait, left)
        return wait

    # out

    def render(self, w):
        """Writes the next datagram; False: nothing to say."""
        say = self.say
        if say:
            rec = self.rec
            self.say = _NOTHING
            self._head(
                w,
                self._path(rec[_S_TO_ENTITY]),
                rec[_S_TO_FEATURE],
                self._path(rec[_S_ENTITY]),
                rec[_S_FEATURE],
                _REPLY if say == _ANSWER_DATA else _RESULT,
                self.reference,
            )
            if say == _ANSWER_DATA:
                self.feature.render(self.fn, w, self)
            elif self.say_error:
                text = _TEXTS[self.say_error]
                w.t(_RESULT_ERROR).num(self.say_error).text(text).end()
            else:
                w.raw(_RESULT_OK)
        elif self.wants:
            self._request(w, self.wants.pop(0))
        else:
            for sub in self.subs:
                if sub.dirty:
                    self._notify(w, sub)
                    break
            else:
                return False
        w.raw(_TAIL)
        return True

    def _head(self, w, entity, feature, to_entity, to_feature, classifier, reference=None, ack=False):
        self.counter += 1
        w.t(_HEAD).text(self.device.address)
        put_path(w, entity).num(feature).end()
        if self.peer:
            w.t(_HEAD_DEVICE).text(self.peer).end()
        put_path(w.t(_HEAD_TO), to_entity).num(to_feature).num(self.counter).end()
        if reference:
            w.t(_HEAD_REFERENCE).lit(reference).end()
        name(w.t(_HEAD_CLASSIFIER), schema.CLASSIFIER, classifier).end()
        if ack:
            w.raw(_HEAD_ACK)
        w.raw(_HEAD_END)

    def _notify(self, w, sub):
        dirty = sub.dirty
        i = 0
        while not dirty >> i & 1:
            i += 1
        sub.dirty = dirty & ~(1 << i)
        server = sub.server
        self._head(w, server.entity.path, server.number, sub.entity, sub.feature, _NOTIFY)
        server.render(server.functions[2 * i], w, self)

    def _request(self, w, request):
        if request == READ_DISCOVERY:
            self._head(w, 1, 0, 1, 0, _READ)
            w.raw(b'{"nodeManagementDetailedDiscoveryData":[]}')
        elif request == SUBSCRIBE_NODE:
            self._head(w, 1, 0, 1, 0, _CALL, None, True)
            nodemgmt.subscription_request(w, self, 1, 0, 1, 0, b"NodeManagement")
        else:
            client = self.device.diagnosis
            entity, feature = self.source or (1, 0)
            path = client.entity.path
            if request == SUBSCRIBE_HEARTBEAT:
                self._head(w, 1, 0, 1, 0, _CALL, None, True)
                nodemgmt.subscription_request(
                    w, self, path, client.number, entity, feature, b"DeviceDiagnosis"
                )
            else:
                self._head(w, path, client.number, entity, feature, _READ)
                w.raw(b'{"deviceDiagnosisHeartbeatData":[]}')
        if len(self.open) < _MAX_OPEN:
            self.open.append((self.counter, request, add(self.now, _RESPONSE_MS)))
