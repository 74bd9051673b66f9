"""What this device wants to know of a partner: its detailed discovery (5.5.2) and the heartbeat of
the entities that guard us (RTS_003).

A discovery answer may be 100 KB long: entities and features are looked at as they pass by, and
what they say counts when the message is complete."""

from late import load
from micropython import const

from ticks import add, diff

_MAX_SOURCES = const(12)
_MAX_GUARDS = const(4)

_DIAGNOSIS = const(3)  # enum feature DeviceDiagnosis
_SERVER = const(1)  # enum role server
_HEARTBEAT = const(12)  # enum function deviceDiagnosisHeartbeatData
_REMOVED = const(1)  # enum change removed

# own requests: (one of these, entity, feature of the partner). A client has its own kinds: a
# function or, to subscribe, a feature type above three bits of which the lowest means subscribe
_READ_NODE = const(0)
_SUBSCRIBE_NODE = const(1)
_READ_BEAT = const(2)
_SUBSCRIBE_BEAT = const(3)
_READ_STATE = const(6)

_RESPONSE_S = const(10)  # defaultMaxResponseDelay (5.3.2)
_PATIENCE_S = const(600)
_RETRIES = const(3)


class Partner:
    client = None  # who wants to know more of it

    def __init__(self, session):
        self.session = session
        self.device = None  # its address, bytes: that of the first that says anything
        self.known = False  # its discovery was complete
        self.sources = ()  # (entity, feature) that serve a heartbeat
        self.guards = ()  # entities whose heartbeat we want
        self.followed = ()  # sources that we have subscribed to for them
        self.wants = ((_READ_NODE, 1, 0),)  # requests to be sent
        self.asked = None  # the one that waits for its answer: one at a time
        self.counter = 0  # msgCounter of it
        self.deadline = -1
        # s that an answer may take: the longest maxResponseDelay that it has told of (5.5.2)
        self.patience = self.delay = _RESPONSE_S
        self.retries = _RETRIES
        self.found = ()
        self.gone = ()
        self.heartbeat = False
        if session.device.client:
            self.client = session.device.client.partner(session)
        self.states = False  # the operatingState of who guards us matters, too

    # discovery, as it passes by

    def start(self):
        self.found = ()
        self.gone = ()
        self.delay = _RESPONSE_S
        if self.client:
            self.client.start()
        self.heartbeat = False

    def entity(self, path, change):
        """An entityInformation item."""
        if change == _REMOVED and path is not None and len(self.gone) < _MAX_SOURCES:
            self.gone += (path,)

    def function(self, fn):
        """A supportedFunction item of the feature that comes."""
        if fn == _HEARTBEAT:
            self.heartbeat = True

    def feature(self, path, number, kind, role):
        """A featureInformation item."""
        if self.heartbeat and kind == _DIAGNOSIS and role == _SERVER and path is not None:
            if number >= 0 and len(self.found) < _MAX_SOURCES:
                self.found += ((path, number),)
        self.heartbeat = False
        if self.client:
            self.client.feature(path, number, kind, role)

    def commit(self, full):
        """The message with that discovery is complete. `full`: it replaces what was known."""
        if full:
            self.known = True
            self.patience = 0
        else:
            for source in self.sources:
                if source not in self.found:
                    self.found += (source,)
        self.patience = max(self.patience, min(self.delay, _PATIENCE_S))
        self.sources = self.found[:_MAX_SOURCES]
        self.followed = tuple([s for s in self.followed if s in self.sources])
        self.wants = tuple([w for w in self.wants if self._makes_sense(w)])
        if self.asked and not self._makes_sense(self.asked):
            self.asked = None
            self.retries = _RETRIES
        if self.client:
            self.client.discovered(full)
        self.seek()

    def _makes_sense(self, request):
        """Whether whom it is for is still there."""
        return not 1 < request[0] < 8 or request[1:] in self.followed

    # heartbeats

    def watch(self, entity, states=False):
        """Follow the heartbeat of an entity that guards us: the one that has bound. `states`: and
        its operatingState, which the same feature tells."""
        if self.session.peer != self.device:
            load("spine.departed").turn(self)
        if states and not self.states:
            self.states = True
            for s in self.followed:
                self.want(_READ_STATE, s[0], s[1])
        if entity not in self.guards:
            self.guards = (self.guards + (entity,))[-_MAX_GUARDS:]
        if not self.known:
            self.retries = _RETRIES
            self.want(_READ_NODE, 1, 0)
        self.seek()

    def source(self, entity):
        """The heartbeat of that entity, else any, else None: (entity, feature)."""
        for s in self.sources:
            if s[0] == entity:
                return s
        return self.sources[0] if self.sources else None

    def seek(self):
        for entity in self.guards:
            s = self.source(entity)
            if s and s not in self.followed:
                self.followed += (s,)
                self.want(_SUBSCRIBE_BEAT, s[0], s[1])
                self.want(_READ_BEAT, s[0], s[1])
                if self.states:
                    self.want(_READ_STATE, s[0], s[1])

    # requests

    def want(self, *request):
        if request not in self.wants and request != self.asked:
            self.wants += (request,)

    def answered(self, reference):
        """A result or reply has come."""
        if self.asked and reference == self.counter:
            if self.asked[0] == _READ_NODE and self.known:
                self.want(_SUBSCRIBE_NODE, 1, 0)
            self.asked = None
            self.retries = _RETRIES

    def close(self):
        self.wants = ()
        self.asked = None
        if self.client:
            self.client.close()

    def tick(self, now):
        if not self.asked:
            return -1
        if self.deadline < 0:
            self.deadline = add(now, self.patience * 1000)
        left = diff(self.deadline, now)
        if left > 0:
            return left
        if self.retries:
            self.retries -= 1
            self.wants = (self.asked,) + self.wants
        self.asked = None
        return 0

    def render(self, w):
        """Writes the next request; False: there is none, or one waits for its answer."""
        if self.asked or not self.wants:
            return False
        self.asked = kind, entity, feature = self.wants[0]
        self.wants = self.wants[1:]
        self.deadline = -1
        self.session.peer = self.device
        load("spine.requests").render(self, w, kind, entity, feature)
        self.counter = self.session.counter
        return True
