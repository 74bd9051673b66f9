"""Limitation of power consumption (LPC 1.0.0) as SPINE data points, and what LPP shares of it.

The limit lives in LoadControl, the failsafe values in DeviceConfiguration, the nominal maximum in
ElectricalConnection, the heartbeat of the guard comes through the DeviceDiagnosis client. The
port: `limit(w)`, `refuses()`, `keep(failsafe_w, failsafe_s)` (persist, before the partner gets its
answer), `state(old, new)`.
"""

from late import load
from micropython import const

from spine.device import PARTIAL, READ, WRITE, Part
from spine.rfe import ABSENT, Item
from spine.types import put_duration, scaled
from usecases.limitation import LIMITED, MAX_FAILSAFE_S, MIN_FAILSAFE_S, Limitation

_LIMIT_DESCRIPTIONS = const(13)  # enum function loadControlLimitDescriptionListData
_LIMITS = const(14)  # enum function loadControlLimitListData
_KEY_DESCRIPTIONS = const(15)  # enum function deviceConfigurationKeyValueDescriptionListData
_KEY_VALUES = const(16)  # enum function deviceConfigurationKeyValueListData
_CHARACTERISTICS = const(20)  # enum function electricalConnectionCharacteristicListData

_REJECTED = const(7)

# leaves of a limit
_ACTIVE = const(1)
_START = const(3)
_END = const(4)
_NUMBER = const(6)
_SCALE = const(7)
_LIMIT_GROUPS = ((2, 3, 4), (5, 6, 7))

# leaves of a key value
_DURATION = const(2)
_K_NUMBER = const(4)
_K_SCALE = const(5)
_KEY_GROUPS = ((1, 2, 5), (3, 4, 5))

_LIMIT = b'[{"limitId":%},{"isLimitChangeable":true},{"isLimitActive":%}'
_PERIOD = b',{"timePeriod":[{"endTime":"%"}]}'
_VALUE = b',{"value":[{"number":%},{"scale":%}]}]'
_FAILSAFE = (
    b'[{"keyId":%},{"value":[{"scaledNumber":[{"number":%},{"scale":%}]}]},'
    b'{"isValueChangeable":true}]'
)
_MINIMUM = b'[{"keyId":%},{"value":[{"duration":"%"}]},{"isValueChangeable":true}]'


class Lpc(Part):
    """`load`, `config`, `electric`: server features of the entity that is controlled. `nominal_w`:
    what the device can draw (feed in) at most. `failsafe_w`, `failsafe_s`: the stored values or
    the presets. `twin`: the other one of LPC and LPP on the same features, made before: they share
    failsafeDurationMinimum [041]."""

    name = b"limitationOfPowerConsumption"
    direction = b"consume"
    word = b"Consumption"
    sign = 1
    longest_s = MAX_FAILSAFE_S  # longest failsafe duration that is accepted [014]

    def __init__(
        self, device, load, config, electric, port, nominal_w, failsafe_w, failsafe_s, twin=None
    ):
        self.device = device
        self.load = load
        self.config = config
        self.port = port
        self.nominal_w = nominal_w
        self.guard = None  # the session that has bound to the limit
        self.entity = None  # its entity that has
        self.machine = Limitation(port, failsafe_w, failsafe_s, self._state)
        rec = (load.new_id(), 0, 1, ABSENT, ABSENT, 1, self.sign * nominal_w, 0)
        self.limit = Item(self, rec, _LIMIT_GROUPS, (_START, _END))
        rec = (config.new_id(), 1, ABSENT, 1, failsafe_w, 0)
        self.failsafe = Item(self, rec, _KEY_GROUPS, ())
        self.twins = twin.twins if twin else []
        self.twins.append(self)
        if not twin:
            rec = (config.new_id(), 1, failsafe_s, ABSENT, ABSENT, ABSENT)
            self.minimum = Item(self, rec, _KEY_GROUPS, ())
        write = READ | WRITE | PARTIAL
        load.offer(self, bytes((_LIMIT_DESCRIPTIONS, READ, _LIMITS, write)))
        config.offer(self, bytes((_KEY_DESCRIPTIONS, READ, _KEY_VALUES, write)))
        electric.offer(self, bytes((_CHARACTERISTICS, READ)))
        device.listeners.append(self)
        load.entity.use_cases.append(
            (b"ControllableSystem", self.name, b"1.0.0", b"\1\2\3\4", b"release")
        )

    # out

    def render(self, fn, w, session):
        for item in self.items(fn):
            w.sep()
            rec = item.rec
            if fn == _LIMITS:
                w.t(_LIMIT).num(rec[0]).flag(rec[_ACTIVE]).end()
                if rec[_END] >= 0:
                    put_duration(w.t(_PERIOD), rec[_END]).end()
                w.t(_VALUE).num(rec[_NUMBER]).num(rec[_SCALE]).end()
            elif item is self.failsafe:
                w.t(_FAILSAFE).num(rec[0]).num(rec[_K_NUMBER]).num(rec[_K_SCALE]).end()
            else:
                put_duration(w.t(_MINIMUM).num(rec[0]), rec[_DURATION]).end()
        if fn == _LIMIT_DESCRIPTIONS or fn == _KEY_DESCRIPTIONS or fn == _CHARACTERISTICS:
            load("usecases.lpc_lists").render(self, fn, w)

    # written by the guard

    def items(self, fn):
        if fn == _LIMITS:
            # the flag mirrors the state [009], the duration is what is left of it
            machine = self.machine
            rec = self.limit.rec
            rec[_ACTIVE] = machine.state == LIMITED
            rec[_END] = machine.left_s if machine.left_s >= 0 else ABSENT
            return (self.limit,)
        if fn == _KEY_VALUES:
            return (self.failsafe, self.minimum) if self.twins[0] is self else (self.failsafe,)
        return ()

    def judge(self, fn, item, new):
        machine = self.machine
        good = machine.proven()
        if item is self.limit:
            good = machine.heard() and new[_END] != -1 and self._watts(new) >= 0
            if new[_START] != ABSENT and new[_START]:
                good = False  # there is no timetable here
            if new[_ACTIVE] and self.port.refuses():
                good = False
        elif item is self.failsafe:
            good = good and new[_K_NUMBER] >= 0
        else:
            good = self._proven() and MIN_FAILSAFE_S <= new[_DURATION] <= self.longest_s
        return 0 if good else _REJECTED

    def _watts(self, rec):
        """The limit in W, -1 for one of the wrong sign."""
        if rec[_NUMBER] * self.sign < 0:
            return -1
        return scaled(rec[_NUMBER], rec[_SCALE]) * self.sign

    def _proven(self):
        """Whether one of the guards is in control."""
        for use in self.twins:
            if use.machine.proven():
                return True
        return False

    def take(self, fn, item, new):
        item.rec = new
        if item is self.limit:
            new[_START] = ABSENT
            left = new[_END] if new[_END] != ABSENT else -1
            self.machine.limit(new[_ACTIVE], self._watts(new), left)
            self.device.changed(self.load, _LIMITS)
        else:
            self._keep(item)

    def refused(self, fn, item, new):
        if item is self.limit:
            self.machine.refused()
        elif item is not self.failsafe and new[_DURATION] > self.longest_s and self._proven():
            item.rec[_DURATION] = self.longest_s  # [016]
            self._keep(item)

    def _keep(self, item):
        """Persists the failsafe values [044] and works with them."""
        seconds = self.twins[0].minimum.rec[_DURATION]
        for use in self.twins:
            if item is use.failsafe or item is self.twins[0].minimum:
                rec = use.failsafe.rec
                watts = scaled(rec[_K_NUMBER], rec[_K_SCALE])
                use.port.keep(watts, seconds)
                use.machine.configure(watts, seconds)
        self.device.changed(self.config, _KEY_VALUES)

    def bound(self, feature, session, entity):
        if feature is self.load:
            self.guard = session
            self.entity = entity
            session.partner.watch(entity)

    def unbound(self, feature, session):
        if feature is self.load and session is self.guard:
            self.guard = None

    def heartbeat(self, session, entity):
        """A heartbeat of that entity of a partner."""
        if session is self.guard:
            source = session.partner.source(self.entity)
            if source is None or source[0] == entity:
                self.machine.heartbeat()

    def closed(self, session):
        if self.guard is session:
            self.guard = None

    def _state(self, old, new):
        self.port.state(old, new)
        self.device.changed(self.load, _LIMITS)

    def tick(self, now):
        return self.machine.tick(now)
