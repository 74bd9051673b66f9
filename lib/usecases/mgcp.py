"""Monitoring of grid connection point (MGCP 1.0.0) as monitoring appliance: currents at the house
connection, read from a partner that has them.

Which entity it is tells the partner's use case data; which of its measurements are the currents of
the phases, their descriptions (scenario 5). Positive is what the house draws, as eebus-go and evcc
have it. Values are notified; where none come they are read.
"""

from array import array

from late import load
from micropython import const

from spine.device import Part
from spine.rfe import ABSENT, TAG
from spine.types import scaled
from ticks import diff

_ELECTRICAL = const(6)  # enum feature ElectricalConnection
_MEASUREMENT = const(7)  # enum feature Measurement
_CLIENT = const(0)  # enum role client
_SERVER = const(1)  # enum role server

_USE_CASES = const(2)  # enum function nodeManagementUseCaseData
_PARAMETERS = const(18)  # enum function electricalConnectionParameterDescriptionListData
_DESCRIPTIONS = const(21)  # enum function measurementDescriptionListData
_VALUES = const(23)  # enum function measurementListData

# event datagram.payload.cmd.nodeManagementUseCaseData.useCaseInformation.useCaseSupport
_E_USE_CASE = const(12)
# event datagram.payload.cmd.measurementDescriptionListData.measurementDescriptionData
_E_DESCRIPTION = const(13)
_E_PARAMETER = const(14)

_S_DATA = const(13)  # slot datagram.payload.cmd.measurementListData.measurementData.measurementId
_POINT = const(0)  # enum actor GridConnectionPoint
_MONITORING = const(0)  # enum usecase monitoringOfGridConnectionPoint
_CURRENT = const(0)  # enum scope acCurrent
_NORMAL = const(0)  # enum valuestate normal

_MOST = const(16)  # currents and features of a partner that are looked at
_LOOK_MS = const(1000)
_READ_MS = const(10000)  # without a notification for so long the values are read
_OLD_MS = const(30000)  # they count no longer

# what to ask of a partner: function or feature type, with the bits of spine.partner
_READ_USE_CASES = const(_USE_CASES << 3)
_READ_PARAMETERS = const(_PARAMETERS << 3)
_READ_DESCRIPTIONS = const(_DESCRIPTIONS << 3)
_READ_VALUES = const(_VALUES << 3)
_SUBSCRIBE = const(_MEASUREMENT << 3 | 1)


class Mgcp(Part):
    """`entity`: the own one that has the client features; `share(i)`: what this device draws now
    on its phase i, in mA.

    `ma`: the currents of phases a, b, c in mA; `own`: the shares when they came, for what the
    others draw must not seem to change when this device reacts; `fresh`: they are."""

    def __init__(self, device, entity, share):
        load("spine.extended").extend()
        self.measurement = entity.feature(_MEASUREMENT, _CLIENT)
        self.electric = entity.feature(_ELECTRICAL, _CLIENT)
        self.ma = array("i", (0, 0, 0))
        self.own = array("i", (0, 0, 0))
        self.share = share
        self.fresh = False
        self.point = None  # the Point that is listened to: the first that has currents
        self.news = False
        self.told_at = -1
        self.device = device
        device.client = self
        entity.use_cases.append(
            (
                b"MonitoringAppliance",
                b"monitoringOfGridConnectionPoint",
                b"1.0.0",
                b"\5",
                b"release",
            )
        )

    def partner(self, session):
        """What is known of a new partner."""
        return Point(self, session)

    def house_ma(self, out):
        """The currents into out[3]; False: they are not known, or old."""
        for i in range(3):
            out[i] = self.ma[i]
        return self.fresh

    def take(self):
        """The currents are new."""
        self.news = True
        for i in range(3):
            self.own[i] = self.share(i)

    def tick(self, now):
        if self.news:
            self.news = False
            self.fresh = True
            self.told_at = now
        point = self.point
        if point is None:
            self.fresh = False
            for session in self.device.sessions:
                point = session.partner.client
                if max(point.ids) >= 0:
                    self.point = point
                    self.told_at = now
                    point.ask(_READ_VALUES, _MEASUREMENT)
                    break
            return _LOOK_MS
        gone = diff(now, self.told_at)
        if gone >= _OLD_MS:
            self.fresh = False
        if gone >= _READ_MS:
            point.ask(_READ_VALUES, _MEASUREMENT)
            return _READ_MS
        return _READ_MS - gone


class Point:
    """The grid connection point of one partner, if it has one."""

    def __init__(self, mgcp, session):
        self.mgcp = mgcp
        self.session = session
        self.features = []  # (entity, number, type) of servers
        self.found = []
        self.entity = None
        self.candidate = None  # entity that the message at hand names
        self.currents = []  # measurementIds
        self.ids = array("i", (-1, -1, -1))  # of phases a, b, c
        self.ma = array("i", (0, 0, 0))
        self.good = 0  # phases whose values hold, as bits
        self.seen = self.bad = 0  # those in the message at hand

    # a message passes by

    def start(self):
        self.found.clear()
        self.candidate = None
        self.seen = self.bad = 0

    def feature(self, path, number, kind, role):
        wanted = kind == _MEASUREMENT or kind == _ELECTRICAL
        if wanted and role == _SERVER and path is not None and len(self.found) < _MOST:
            self.found.append((path, number, kind))

    def item(self, rec, item, path):
        """`path`: the session's way to an address."""
        ident = rec[_S_DATA]
        if item == _E_USE_CASE:
            if rec[_S_DATA + 1] == _POINT and rec[_S_DATA + 2] == _MONITORING:
                self.candidate = path(ident)
        elif item == _E_DESCRIPTION:
            if rec[_S_DATA + 1] == _CURRENT and len(self.currents) < _MOST:
                self.currents.append(ident)
        elif item == _E_PARAMETER:
            phase = rec[_S_DATA + 1]
            if phase >= 0 and ident in self.currents:
                self.ids[phase] = ident
        elif ident >= 0:
            state = rec[_S_DATA + 3]
            number = rec[_S_DATA + 1]
            for i in range(3):
                if self.ids[i] == ident:
                    self.seen |= 1 << i
                    if number <= TAG or (state != ABSENT and state != _NORMAL):
                        self.bad |= 1 << i
                        continue
                    scale = rec[_S_DATA + 2]
                    self.ma[i] = scaled(number, 3 if scale <= TAG else scale + 3)

    # it is complete

    def discovered(self, full):
        if full:
            self.features = self.found
            self.found = []
            self.entity = None
            self.session.partner.want(_READ_USE_CASES, 1, 0)
            return
        gone = self.session.partner.gone
        if gone:
            self._leave(gone, load("spine.departed").below)
        self.features.extend(self.found[: _MOST - len(self.features)])

    def _leave(self, gone, below):
        """Those entities have gone."""
        self.features = [one for one in self.features if not below(one[0], gone)]
        if self.entity is not None and below(self.entity, gone):
            self.entity = None
            self.currents.clear()
            self.good = 0
            for i in range(3):
                self.ids[i] = -1
            self.close()

    def heard(self, fn, entity):
        """Data of the partner."""
        if fn == _USE_CASES:
            if self.candidate is not None and self.candidate != self.entity:
                self.entity = self.candidate
                self.currents.clear()
                self.ask(_READ_DESCRIPTIONS, _MEASUREMENT)
                self.ask(_READ_PARAMETERS, _ELECTRICAL)
                self.ask(_SUBSCRIBE, _MEASUREMENT)
                self.ask(_READ_VALUES, _MEASUREMENT)
        elif fn == _VALUES and entity == self.entity and self.mgcp.point is self:
            # a notification may tell of one phase alone; all that there are have to be known
            self.good = (self.good | self.seen) & ~self.bad
            complete = self.seen > 0
            for i in range(3):
                if self.seen >> i & 1:
                    self.mgcp.ma[i] = self.ma[i]
                if self.ids[i] >= 0 and not self.good >> i & 1:
                    complete = False
            if complete:
                self.mgcp.take()

    def ask(self, kind, feature):
        for entity, number, of in self.features:
            if entity == self.entity and of == feature:
                self.session.partner.want(kind, entity, number)

    def own(self, kind):
        """The own feature that asks, None: NodeManagement."""
        if kind == _READ_USE_CASES:
            return None
        return self.mgcp.electric if kind == _READ_PARAMETERS else self.mgcp.measurement

    def close(self):
        if self.mgcp.point is self:
            self.mgcp.point = None
