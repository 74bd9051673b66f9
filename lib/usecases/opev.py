"""Overload protection by EV charging current curtailment (OPEV 1.0.1): a limit in A per phase,
which an energy manager with a heartbeat may set.

The port: `apply(ma, session)`, three currents in mA that hold from now on, -1 where there is no
limit, and the session of the manager; `least_ma` and `most_ma`, what the pilot can offer;
`safe_ma`, what the car gets when the manager is lost.

A value below the least current, 0 above all, pauses. The limits of a manager hold as long as it is
heard; then the safe current does, or less, until it is heard again [OPEV-005], and so it does
while the manager reports a failure [OPEV-007]. The car's going is the end of all this: without
anybody who has ever limited, it charges freely."""

from array import array

from micropython import const

from spine.device import PARTIAL, READ, WRITE, Part
from spine.rfe import ABSENT, Item
from spine.types import scaled
from ticks import add, diff
from usecases.evcc import put_permitted

_DESCRIPTIONS = const(13)  # enum function loadControlLimitDescriptionListData
_LIMITS = const(14)  # enum function loadControlLimitListData
_PERMITTED = const(19)  # enum function electricalConnectionPermittedValueSetListData

_LOAD_CONTROL = const(4)  # enum feature LoadControl
_SERVER = const(1)  # enum role server

_REJECTED = const(7)

# leaves of a limit
_ACTIVE = const(1)
_NUMBER = const(6)
_SCALE = const(7)
_GROUPS = ((2, 3, 4), (5, 6, 7))

# A manager beats every 4 s [OPEV-005]. It is lost when nothing has come for the time that it
# announces and as much again: Elli's boxes, which wait no longer, lose evcc every now and then.
_BEAT_S = const(4)
_LONGEST_S = const(120)

_DESCRIPTION = (
    b'[{"limitId":%},{"limitType":"maxValueLimit"},{"limitCategory":"%"},{"measurementId":%},'
    b'{"unit":"A"},{"scopeType":"%"}]'
)
_LIMIT = (
    b'[{"limitId":%},{"isLimitChangeable":true},{"isLimitActive":%},'
    b'{"value":[{"number":%},{"scale":%}]}]'
)


class Opev(Part):
    """`evcem`: the use case whose first measurements and parameters are the currents."""

    category = b"obligation"
    scope = b"overloadProtection"
    binding = True  # for the car: it falls back to the safe current

    def __init__(self, device, entity, evcem, port):
        self.device = device
        self.evcem = evcem
        self.port = port
        self.load = load = entity.feature(_LOAD_CONTROL, _SERVER)
        self.ma = array("i", (-1, -1, -1))
        self.limits = []
        for _ in range(evcem.wired):
            rec = (load.new_id(), 0, ABSENT, ABSENT, ABSENT, 1, 0, 0)
            self.limits.append(Item(self, rec, _GROUPS, ()))
        load.offer(self, bytes((_DESCRIPTIONS, READ, _LIMITS, READ | WRITE | PARTIAL)))
        if self.binding:
            evcem.electric.offer(self, bytes((_PERMITTED, READ)))
        device.listeners.append(self)
        self.guard = None  # the session that has bound to the limits
        self.entity = None  # its entity that has
        self.reset()

    def use_case(self):
        name = b"overloadProtectionByEvChargingCurrentCurtailment"
        return b"EV", name, b"1.0.1", b"\1\2\3", b"b"

    def reset(self):
        """As it is for a car that has just come."""
        for item in self.limits:
            item.rec[_ACTIVE] = 0
            item.rec[_NUMBER] = self.port.most_ma // 100
            item.rec[_SCALE] = -1
            if not item.rec[_NUMBER] % 10:
                item.rec[_NUMBER] //= 10
                item.rec[_SCALE] = 0
        self.heard = False  # since the last tick
        self.failed = False  # the manager says so
        self.lost = False
        self.watched = False  # the next heartbeat is due at `at`
        self.at = 0
        self.within_s = 2 * _BEAT_S
        self._apply()

    # out

    def render(self, fn, w, session):
        evcem = self.evcem
        for i in range(len(self.limits)):
            rec = self.limits[i].rec
            if fn == _LIMITS:
                w.sep().t(_LIMIT).num(rec[0]).flag(rec[_ACTIVE])
                w.num(rec[_NUMBER]).num(rec[_SCALE]).end()
            elif fn == _DESCRIPTIONS:
                w.sep().t(_DESCRIPTION).num(rec[0]).lit(self.category).num(
                    evcem.measurement_id + i
                )
                w.lit(self.scope).end()
            elif fn == _PERMITTED and self.binding:
                port = self.port
                put_permitted(w, evcem.parameter_id + i, port.least_ma, port.most_ma, -3)

    # in

    def items(self, fn):
        return self.limits if fn == _LIMITS else ()

    def judge(self, fn, item, new):
        return 0 if new[_NUMBER] >= 0 else _REJECTED

    def take(self, fn, item, new):
        item.rec = new
        if not self.watched and not self.lost:
            self.heard = True  # whoever limits has to go on being heard
        self._apply()
        self.device.changed(self.load, _LIMITS)

    def bound(self, feature, session, entity):
        if feature is self.load:
            self.guard = session
            self.entity = entity
            session.partner.watch(entity, True)

    def unbound(self, feature, session):
        if feature is self.load and session is self.guard:
            self.guard = None

    def closed(self, session):
        if session is self.guard:
            self.guard = None

    def heartbeat(self, session, entity):
        if self._is_guard(session, entity):
            self.heard = not self.failed
            s = session.beat_s
            self.within_s = _BEAT_S + (min(s, _LONGEST_S) if s > 0 else _BEAT_S)

    def operates(self, session, entity, failed):
        """The operatingState of that entity of a partner."""
        if self._is_guard(session, entity) and failed != self.failed:
            self.failed = failed
            self.heard = not failed
            if failed:
                self._lose()

    def _is_guard(self, session, entity):
        if session is not self.guard:
            return False
        source = session.partner.source(self.entity)
        return source is None or source[0] == entity

    # what applies

    def tick(self, now):
        if self.heard:
            self.heard = False
            self.watched = True
            self.at = add(now, 1000 * self.within_s)
            if self.lost:
                self.lost = False
                self._apply()
        if not self.watched:
            return -1
        left = diff(self.at, now)
        if left <= 0:
            self._lose()
            return -1
        return left

    def _lose(self):
        self.watched = False
        self.lost = True
        self._apply()

    def _apply(self):
        for i in range(len(self.limits)):
            rec = self.limits[i].rec
            ma = scaled(rec[_NUMBER], rec[_SCALE] + 3) if rec[_ACTIVE] else -1
            if self.lost:
                ma = self.without(ma)
            self.ma[i] = ma
        self.port.apply(self.ma, self.guard)

    def without(self, ma):
        """What is left of a limit, or of none (-1), while the manager is lost."""
        safe = self.port.safe_ma
        return ma if 0 <= ma < safe else safe
