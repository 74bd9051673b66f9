"""The datagram at hand, digested as it comes in (5.3.1): what it says is in the slots of `rec`, in
the stage of what it wants written and with the partner; it counts when it is complete."""

from late import load
from micropython import const

from ejson.walker import ABSENT, FOREIGN, ITEM, NEED, TEXT, Walker
from spine import schema
from spine.rfe import Stage
from spine.types import duration

_S_DEVICE = const(0)  # slot datagram.header.addressSource.device
_S_COUNTER = const(5)  # slot datagram.header.msgCounter
_S_FN = const(9)  # slot datagram.payload.cmd.~fn
_S_FOR = const(10)  # slot datagram.payload.cmd.~for
_S_ODD = const(11)  # slot datagram.payload.cmd.~odd
_S_FUNCTION = const(12)  # slot datagram.payload.cmd.function
_S_DATA = const(13)  # slot datagram.payload.cmd.deviceDiagnosisHeartbeatData.heartbeatCounter
_S_CONTROL = const(14)  # slot datagram.payload.cmd.filter.cmdControl.delete
# slot datagram.payload.cmd.deviceDiagnosisHeartbeatData.heartbeatTimeout
_S_TIMEOUT = const(14)
# slot datagram.payload.cmd.loadControlLimitListData.loadControlLimitData.timePeriod.endTime
_S_END = const(17)
# slot datagram.payload.cmd.filter.loadControlLimitListDataSelectors.limitId
_S_SELECTOR = const(16)
# slots of a detailed discovery: lastStateChange of an entity, a feature, its maxResponseDelay, a
# function of it
_S_CHANGE = const(15)
_S_ADDRESS = const(16)
_S_NUMBER = const(17)
_S_TYPE = const(18)
_S_ROLE = const(19)
_S_DELAY = const(20)
_S_FUNCTION_NAME = const(21)

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
_E_STATE = const(11)  # event datagram.payload.cmd.deviceDiagnosisStateData

_REJECTED = const(7)
_NO_COMBINATION = const(8)


class Message:
    def __init__(self, window, partner, device):
        self.device = device
        self.walker = Walker(window, schema)
        self.rec = self.walker.rec
        self.stage = Stage()
        self.partner = partner
        self.peer = None  # device address of the partner, bytes
        self.sender = None  # the same of the message at hand, which may be broken off
        self.reference = None  # msgCounter of the message at hand, digits
        self.fn = ABSENT
        self.beat = False  # it has a heartbeatCounter
        self.beat_s = ABSENT  # heartbeatTimeout of the last heartbeat
        self.state = ABSENT  # operatingState that it tells: 0 failure, -1 another
        self.inside = False  # the first cmd has not ended yet

    def start(self, window):
        """A message begins at the next byte of the window."""
        self.walker.start()
        self.walker.schema = schema
        self.stage.clear()
        self.partner.start()
        self.inside = True
        self.sender = self.reference = None
        self.fn = self.state = ABSENT
        self.beat = False

    def step(self):
        """Digests what the window has; whether the message is complete. Raises JsonError."""
        walker = self.walker
        while True:
            ev = walker.step()
            if ev == ITEM:
                if walker.schema is not schema:
                    if self.reader.item(walker.item):
                        walker.schema = schema
                elif self.inside:  # all stacks look at the first cmd only
                    self._item(walker.item)
            elif ev == TEXT:
                self._text(walker.slot)
            elif ev == FOREIGN:
                self._foreign()
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
            if s is None:
                now = self.device.wall() if slot == _S_END else None
                s = load("spine.moment").left(walker.span(), now) if now else -1
            self.rec[slot] = s

    def _foreign(self):
        """Some functions have a schema of their own, which the use case that takes them brings."""
        walker = self.walker
        reader = None
        if self.inside:
            fn = self.rec[_S_FN] = walker.item
            reader = self.device.readers.get(fn)
            if reader:
                reader = self.reader = reader(self.rec, self.stage)
        walker.enter(reader)

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
            self.beat_s = rec[_S_TIMEOUT]
        elif item == _E_STATE:
            self.state = rec[_S_DATA]
        elif item > _E_STATE:
            if partner.client:
                partner.client.item(rec, item, self.path)
        elif item == _E_ENTITY:
            partner.entity(self.path(rec[_S_DATA]), rec[_S_CHANGE])
        elif item == _E_FUNCTION:
            partner.function(rec[_S_FUNCTION_NAME])
        elif item == _E_FEATURE:
            partner.delay = max(partner.delay, rec[_S_DELAY])
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
