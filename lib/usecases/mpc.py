"""Monitoring of power consumption (MPC 1.0.0): the device as monitored unit.

The port has the arrays p_w, draw_ma, u_mv of three phases and power_w, energy_wh, produced_wh, freq_mhz, all
ints, consumption positive; `meter_ok`: False while the meter does not answer: then the values carry the state
error [008]."""

from array import array

from micropython import const

from spine.device import READ, Part
from spine.types import put_time
from ticks import add, diff

_EC_DESCRIPTIONS = const(18)  # enum function electricalConnectionDescriptionListData
_EC_PARAMETERS = const(19)  # enum function electricalConnectionParameterDescriptionListData
_DESCRIPTIONS = const(22)  # enum function measurementDescriptionListData
_CONSTRAINTS = const(23)  # enum function measurementConstraintsListData
_VALUES = const(24)  # enum function measurementListData

_PERIOD_MS = const(1000)  # at most one notification a second
_REFRESH_MS = const(60000)  # and at least one a minute

# kinds of values
_TOTAL = const(0)
_POWER = const(1)
_CONSUMED = const(2)
_PRODUCED = const(3)
_CURRENT = const(4)
_VOLTAGE = const(5)
_FREQUENCY = const(6)

# measurementType, unit, scopeType, scale on the wire, smallest change that is worth a notification
_KINDS = (
    (b"power", b"W", b"acPowerTotal", 0, 10),
    (b"power", b"W", b"acPower", 0, 10),
    (b"energy", b"Wh", b"acEnergyConsumed", 0, 10),
    (b"energy", b"Wh", b"acEnergyProduced", 0, 10),
    (b"current", b"A", b"acCurrent", -3, 100),
    (b"voltage", b"V", b"acVoltage", -3, 500),
    (b"frequency", b"Hz", b"acFrequency", -3, 20),
)
# what follows voltageType in the parameter description; the phase goes into the hole
_PARAMETERS = (
    b',{"acMeasuredPhases":"%"},{"acMeasuredInReferenceTo":"neutral"},'
    b'{"acMeasurementType":"real"},{"acMeasurementVariant":"rms"}]',
    b',{"acMeasuredPhases":"%"},{"acMeasuredInReferenceTo":"neutral"},'
    b'{"acMeasurementType":"real"},{"acMeasurementVariant":"rms"}]',
    b',{"acMeasurementType":"real"}]',
    b',{"acMeasurementType":"real"}]',
    b',{"acMeasuredPhases":"%"},{"acMeasurementType":"real"},{"acMeasurementVariant":"rms"}]',
    b',{"acMeasuredPhases":"%"},{"acMeasuredInReferenceTo":"neutral"},'
    b'{"acMeasurementType":"apparent"},{"acMeasurementVariant":"rms"}]',
    b"]",
)
_DESCRIPTION = (
    b'[{"measurementId":%},{"measurementType":"%"},{"commodityType":"electricity"},{"unit":"%"},'
    b'{"scopeType":"%"}]'
)
_PARAMETER = b'[{"electricalConnectionId":0},{"parameterId":%},{"measurementId":%},{"voltageType":"ac"}'
_CONNECTION = (
    b'[{"electricalConnectionId":0},{"powerSupplyType":"ac"},{"acConnectedPhases":%},'
    b'{"positiveEnergyDirection":"consume"}]'
)
_VALUE = b'[{"measurementId":%},{"valueType":"value"}'
_TIME = b',{"timestamp":"%"}'
_VALUE_END = (
    b',{"value":[{"number":%},{"scale":%}]},{"valueSource":"measuredValue"},{"valueState":"%"}]'
)


class Mpc(Part):
    """`scenarios`: bytes with those of 1 to 5 that the meter can feed; `phases`: 1 or 3."""

    def __init__(self, device, measurement, electric, port, phases, scenarios, produces=False):
        self.device = device
        self.measurement = measurement
        self.port = port
        self.phases = phases
        # kind and phase of each value; the total power comes first and has parameter 0, which the
        # characteristic of LPC refers to
        kinds = [(_TOTAL, 0)]
        per_phase = [_POWER]
        if 2 in scenarios:
            kinds.append((_CONSUMED, 0))
            if produces:
                kinds.append((_PRODUCED, 0))
        if 3 in scenarios:
            per_phase.append(_CURRENT)
        if 4 in scenarios:
            per_phase.append(_VOLTAGE)
        for kind in per_phase:
            for phase in range(phases):
                kinds.append((kind, phase))
        if 5 in scenarios:
            kinds.append((_FREQUENCY, 0))
        self.kinds = bytes(8 * phase + kind for kind, phase in kinds)
        self.ids = bytes(measurement.new_id() for _ in kinds)
        self.parameters = bytes(electric.new_id() for _ in kinds)
        self.told = array("i", [0] * len(kinds))
        self.told_at = -1
        self.told_ok = True
        measurement.offer(self, bytes((_DESCRIPTIONS, READ, _CONSTRAINTS, READ, _VALUES, READ)))
        electric.offer(self, bytes((_EC_DESCRIPTIONS, READ, _EC_PARAMETERS, READ)))
        measurement.entity.use_cases.append(
            (b"MonitoredUnit", b"monitoringOfPowerConsumption", b"1.0.0", scenarios, b"release")
        )

    def value(self, i):
        """The i-th value in the unit of its kind."""
        kind = self.kinds[i] & 7
        phase = self.kinds[i] >> 3
        port = self.port
        if kind == _TOTAL:
            return port.power_w
        if kind == _POWER:
            return port.p_w[phase]
        if kind == _CURRENT:
            return port.draw_ma[phase]
        if kind == _VOLTAGE:
            return port.u_mv[phase]
        if kind == _FREQUENCY:
            return port.freq_mhz
        if kind == _CONSUMED:
            return port.energy_wh
        return -port.produced_wh  # [009]: what is produced is negative

    def render(self, fn, w, session):
        if fn == _EC_DESCRIPTIONS:
            w.sep().t(_CONNECTION).num(self.phases).end()
        elif fn == _VALUES or fn == _DESCRIPTIONS or fn == _EC_PARAMETERS:
            for i in range(len(self.kinds)):
                kind = self.kinds[i] & 7
                phase = self.kinds[i] >> 3
                w.sep()
                if fn == _VALUES:
                    self._value(w, i, _KINDS[kind][3])
                elif fn == _DESCRIPTIONS:
                    quantity, unit, scope, _, _ = _KINDS[kind]
                    w.t(_DESCRIPTION).num(self.ids[i]).lit(quantity).lit(unit).lit(scope).end()
                else:
                    w.t(_PARAMETER).num(self.parameters[i]).num(self.ids[i]).end()
                    template = _PARAMETERS[kind]
                    w.t(template)
                    if b"%" in template:
                        w.lit(b"abc", phase, 1 if kind else self.phases)
                    w.end()

    def _value(self, w, i, scale):
        w.t(_VALUE).num(self.ids[i]).end()
        t = self.device.wall()
        if t is not None:
            put_time(w.t(_TIME), t).end()
        state = b"normal" if self.port.meter_ok else b"error"
        w.t(_VALUE_END).num(self.value(i)).num(scale).lit(state).end()

    def tick(self, now):
        """Tells subscribers of changes [014]."""
        told = self.told
        if self.told_at >= 0 and diff(now, self.told_at) < _PERIOD_MS:
            return _PERIOD_MS - diff(now, self.told_at)
        ok = self.port.meter_ok
        news = self.told_at < 0 or ok != self.told_ok or diff(now, self.told_at) >= _REFRESH_MS
        if not news:
            for i in range(len(told)):
                change = self.value(i) - told[i]
                if change >= _KINDS[self.kinds[i] & 7][4] or -change >= _KINDS[self.kinds[i] & 7][4]:
                    news = True
                    break
        if news:
            for i in range(len(told)):
                told[i] = self.value(i)
            self.told_at = now
            self.told_ok = ok
            self.device.changed(self.measurement, _VALUES)
        return _PERIOD_MS
