"""Limitation of power consumption (LPC 1.0.0) and production (LPP 1.0.0) as SPINE data points.

The limit lives in LoadControl, the failsafe values in DeviceConfiguration, the nominal maximum in
ElectricalConnection, the heartbeat of the guard comes through the DeviceDiagnosis client. The port: `limit(w)`,
`refuses()`, `keep(failsafe_w, failsafe_s)` (persist, before the partner gets its answer), `state(old, new)`.
"""

from micropython import const

from ejson import ABSENT
from spine.device import PARTIAL, READ, WRITE, Part
from spine.rfe import Item
from spine.types import put_duration, scaled
from usecases.limitation import LIMITED, MAX_FAILSAFE_S, MIN_FAILSAFE_S, Limitation

_LIMIT_DESCRIPTIONS = const(14)  # enum function loadControlLimitDescriptionListData
_LIMITS = const(15)  # enum function loadControlLimitListData
_KEY_DESCRIPTIONS = const(16)  # enum function deviceConfigurationKeyValueDescriptionListData
_KEY_VALUES = const(17)  # enum function deviceConfigurationKeyValueListData
_CHARACTERISTICS = const(21)  # enum function electricalConnectionCharacteristicListData

_REJECTED = const(7)

# leaves of a limit
_CHANGEABLE = const(1)
_ACTIVE = const(2)
_END = const(5)
_NUMBER = const(7)
_SCALE = const(8)
_LIMIT_GROUPS = ((3, 4, 5), (6, 7, 8))
_LIMIT_OPTIONAL = (4, 5)

# leaves of a key value
_DURATION = const(3)
_K_NUMBER = const(6)
_K_SCALE = const(7)
_KEY_GROUPS = ((1, 2, 7), (5, 6, 7))

_LIMIT_DESCRIPTION = (
    b'[{"limitId":%},{"limitType":"signDependentAbsValueLimit"},{"limitCategory":"obligation"},'
    b'{"limitDirection":"%"},{"measurementId":0},{"unit":"W"},{"scopeType":"activePowerLimit"}]'
)
_LIMIT = b'[{"limitId":%},{"isLimitChangeable":true},{"isLimitActive":%}'
_PERIOD = b',{"timePeriod":[{"endTime":"%"}]}'
_VALUE = b',{"value":[{"number":%},{"scale":%}]}]'
_KEY_FAILSAFE = (
    b'[{"keyId":%},{"keyName":"failsafe%ActivePowerLimit"},{"valueType":"scaledNumber"},{"unit":"W"}]'
)
_KEY_DURATION = b'[{"keyId":%},{"keyName":"failsafeDurationMinimum"},{"valueType":"duration"}]'
_FAILSAFE = (
    b'[{"keyId":%},{"value":[{"scaledNumber":[{"number":%},{"scale":%}]}]},{"isValueChangeable":true}]'
)
_MINIMUM = b'[{"keyId":%},{"value":[{"duration":"%"}]},{"isValueChangeable":true}]'
_CHARACTERISTIC = (
    b'[{"electricalConnectionId":0},{"parameterId":0},{"characteristicId":%},'
    b'{"characteristicContext":"entity"},{"characteristicType":"power%NominalMax"},'
    b'{"value":[{"number":%},{"scale":0}]},{"unit":"W"}]'
)


class Lpc(Part):
    """`load`, `config`, `electric`: server features of the entity that is controlled. `nominal_w`: what the
    device can draw at most. `failsafe_w`, `failsafe_s`: the stored values or the presets."""

    actor = b"ControllableSystem"
    name = b"limitationOfPowerConsumption"
    direction = b"consume"
    word = b"Consumption"
    sign = 1

    def __init__(self, device, load, config, electric, port, nominal_w, failsafe_w, failsafe_s):
        self.device = device
        self.load = load
        self.config = config
        self.port = port
        self.nominal_w = nominal_w
        self.guard = None  # the session that has bound to the limit
        self.entity = None
        self.machine = Limitation(port, failsafe_w, failsafe_s, self._state)
        self.limit = Item(
            self,
            (load.new_id(), 1, 0, 1, ABSENT, ABSENT, 1, self.sign * nominal_w, 0),
            _LIMIT_GROUPS,
            _LIMIT_OPTIONAL,
        )
        key = config.new_id()
        self.failsafe = Item(
            self, (key, 1, ABSENT, ABSENT, ABSENT, 1, failsafe_w, 0, 1), _KEY_GROUPS, ()
        )
        key = config.new_id()
        self.minimum = Item(
            self,
            (key, 1, ABSENT, failsafe_s * 1000, ABSENT, ABSENT, ABSENT, ABSENT, 1),
            _KEY_GROUPS,
            (),
        )
        self.characteristic = electric.new_id()
        write = READ | WRITE | PARTIAL
        load.offer(self, bytes((_LIMIT_DESCRIPTIONS, READ, _LIMITS, write)))
        config.offer(self, bytes((_KEY_DESCRIPTIONS, READ, _KEY_VALUES, write)))
        electric.offer(self, bytes((_CHARACTERISTICS, READ)))
        device.listeners.append(self)
        load.entity.use_cases.append((self.actor, self.name, b"1.0.0", b"\1\2\3\4", b"release"))

    # out

    def render(self, fn, w, session):
        if fn == _LIMITS:
            rec = self.limit.rec
            w.sep().t(_LIMIT).num(rec[0]).flag(self.machine.state == LIMITED).end()
            if self.machine.left_s >= 0:
                put_duration(w.t(_PERIOD), self.machine.left_s).end()
            w.t(_VALUE).num(rec[_NUMBER]).num(rec[_SCALE]).end()
        elif fn == _LIMIT_DESCRIPTIONS:
            w.sep().t(_LIMIT_DESCRIPTION).num(self.limit.rec[0]).lit(self.direction).end()
        elif fn == _KEY_VALUES:
            rec = self.failsafe.rec
            w.sep().t(_FAILSAFE).num(rec[0]).num(rec[_K_NUMBER]).num(rec[_K_SCALE]).end()
            rec = self.minimum.rec
            put_duration(w.sep().t(_MINIMUM).num(rec[0]), rec[_DURATION] // 1000).end()
        elif fn == _KEY_DESCRIPTIONS:
            w.sep().t(_KEY_FAILSAFE).num(self.failsafe.rec[0]).lit(self.word).end()
            w.sep().t(_KEY_DURATION).num(self.minimum.rec[0]).end()
        elif fn == _CHARACTERISTICS:
            w.sep().t(_CHARACTERISTIC).num(self.characteristic).lit(self.word)
            w.num(self.nominal_w).end()

    # written by the guard

    def items(self, fn):
        if fn == _LIMITS:
            return (self.limit,)
        return (self.failsafe, self.minimum) if fn == _KEY_VALUES else ()

    def judge(self, fn, item, new):
        machine = self.machine
        if item is self.limit:
            good = new[_END] != -1 and machine.may_limit(new[_ACTIVE] == 1, self._watts(new))
        elif not machine.may_configure():
            good = False
        elif item is self.failsafe:
            good = scaled(new[_K_NUMBER], new[_K_SCALE]) >= 0 and new[_K_NUMBER] >= 0
        else:
            good = MIN_FAILSAFE_S * 1000 <= new[_DURATION] <= MAX_FAILSAFE_S * 1000
        return 0 if good else _REJECTED

    def _watts(self, rec):
        """The limit in W, -1 for one of the wrong sign."""
        if rec[_NUMBER] * self.sign < 0:
            return -1
        return scaled(rec[_NUMBER], rec[_SCALE]) * self.sign

    def take(self, fn, item, new):
        if item is self.limit:
            left = new[_END]
            active = new[_ACTIVE] == 1
            new[_CHANGEABLE] = 1
            new[4] = new[_END] = ABSENT  # the machine counts the duration down
            item.rec = new
            self.machine.limit(active, self._watts(new), -1 if left == ABSENT else left // 1000)
            self.device.changed(self.load, _LIMITS)
        else:
            new[8] = 1
            item.rec = new
            self._keep()

    def refused(self, fn, item, new):
        if item is self.limit:
            self.machine.refused()
        elif item is self.minimum and self.machine.may_configure():
            if new[_DURATION] > MAX_FAILSAFE_S * 1000:  # [016]
                item.rec[_DURATION] = MAX_FAILSAFE_S * 1000
                self._keep()

    def _keep(self):
        rec = self.failsafe.rec
        watts = scaled(rec[_K_NUMBER], rec[_K_SCALE])
        seconds = self.minimum.rec[_DURATION] // 1000
        self.port.keep(watts, seconds)  # [044]
        self.machine.configure(watts, seconds)
        self.device.changed(self.config, _KEY_VALUES)

    # the guard

    def bound(self, session, entity):
        self.guard = session
        self.entity = entity
        session.watch(entity)

    def unbound(self, session):
        if self.guard is session and not any(b.server is self.load for b in session.binds):
            self.guard = None

    def heartbeat(self, session, entity):
        if session is self.guard and (session.source is None or session.source[0] == entity):
            self.machine.heartbeat()

    def closed(self, session):
        if self.guard is session:
            self.guard = None

    def _state(self, old, new):
        self.port.state(old, new)
        self.device.changed(self.load, _LIMITS)

    def tick(self, now):
        return self.machine.tick(now)


class Lpp(Lpc):
    """On the wire a production limit is 0 or negative (as eebus-go and evcc use it), failsafe and nominal
    values are 0 or positive."""

    name = b"limitationOfPowerProduction"
    direction = b"produce"
    word = b"Production"
    sign = -1
