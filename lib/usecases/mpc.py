"""Monitoring of power consumption (MPC 1.0.0): the device as monitored unit.

The port has the arrays p_w, draw_ma, u_mv of three phases and power_w, energy_wh, produced_wh,
freq_mhz, all ints, consumption positive; `meter_ok`: False while the meter does not answer: then
the values carry the state error [008]."""

from array import array

from micropython import const

from spine.device import READ, Part
from spine.types import date_time
from ticks import diff

_EC_DESCRIPTIONS = const(17)  # enum function electricalConnectionDescriptionListData
_EC_PARAMETERS = const(18)  # enum function electricalConnectionParameterDescriptionListData
_DESCRIPTIONS = const(21)  # enum function measurementDescriptionListData
_VALUES = const(23)  # enum function measurementListData

_PERIOD_MS = const(1000)  # at most one notification a second

# kinds of values
_TOTAL = const(0)
_POWER = const(1)
_CURRENT = const(2)
_VOLTAGE = const(3)
_CONSUMED = const(4)
_PRODUCED = const(5)
_FREQUENCY = const(6)
_CHARGED = const(7)

# measurementType, unit, scopeType, scale on the wire, smallest change that is worth a notification
_KINDS = (
    (b"power", b"W", b"acPowerTotal", 0, 10),
    (b"power", b"W", b"acPower", 0, 10),
    (b"current", b"A", b"acCurrent", -3, 100),
    (b"voltage", b"V", b"acVoltage", -3, 500),
    (b"energy", b"Wh", b"acEnergyConsumed", 0, 10),
    (b"energy", b"Wh", b"acEnergyProduced", 0, 10),
    (b"frequency", b"Hz", b"acFrequency", -3, 20),
    (b"energy", b"Wh", b"charge", 0, 10),
)
_DESCRIPTION = (
    b'[{"measurementId":%},{"measurementType":"%"},{"commodityType":"electricity"},{"unit":"%"},'
    b'{"scopeType":"%"}]'
)
_PARAMETER = (
    b'[{"electricalConnectionId":0},{"parameterId":%},{"measurementId":%},{"voltageType":"ac"}'
)
_CONNECTION = (
    b'[{"electricalConnectionId":0},{"powerSupplyType":"ac"},{"acConnectedPhases":%},'
    b'{"positiveEnergyDirection":"consume"}]'
)
_VALUE = (
    b',{"value":[{"number":%},{"scale":%}]},{"valueSource":"measuredValue"},{"valueState":"%"}]'
)


class Mpc(Part):
    """`scenarios`: bytes with those of 1 to 5 that the meter can feed; `phases`: 1 or 3."""

    refresh_ms = 60000  # subscribers are told that often at least

    def __init__(self, device, measurement, electric, port, phases, scenarios, produces=False):
        # 8 * phase + kind of each value; the total power comes first: measurementId 0 and
        # parameterId 0 are those that limit and characteristic of LPC refer to
        kinds = [_TOTAL]
        if 2 in scenarios:
            kinds.append(_CONSUMED)
            if produces:
                kinds.append(_PRODUCED)
        for kind, scenario in ((_POWER, 1), (_CURRENT, 3), (_VOLTAGE, 4)):
            if scenario in scenarios:
                for phase in range(phases):
                    kinds.append(8 * phase + kind)
        if 5 in scenarios:
            kinds.append(_FREQUENCY)
        self.measure(device, measurement, electric, port, phases, kinds)
        measurement.entity.use_cases.append(
            (b"MonitoredUnit", b"monitoringOfPowerConsumption", b"1.0.0", scenarios, b"release")
        )

    def measure(self, device, measurement, electric, port, phases, kinds):
        """Offers these values: 8 * phase + kind of each."""
        self.device = device
        self.measurement = measurement
        self.port = port
        self.phases = phases
        self.kinds = bytes(kinds)
        self.ids = bytes([measurement.new_id() for _ in kinds])
        self.parameters = bytes([electric.new_id() for _ in kinds])
        self.told = array("i", [0] * len(kinds))
        self.told_at = -1
        self.told_ok = True
        measurement.offer(self, bytes((_DESCRIPTIONS, READ, _VALUES, READ)))
        electric.offer(self, bytes((_EC_DESCRIPTIONS, READ, _EC_PARAMETERS, READ)))

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
        if kind == _CHARGED:
            return port.session_wh
        return -port.produced_wh  # [009]: what is produced is negative

    def render(self, fn, w, session):
        if fn == _EC_DESCRIPTIONS:
            w.sep().t(_CONNECTION).num(self.phases).end()
        elif fn == _VALUES or fn == _DESCRIPTIONS or fn == _EC_PARAMETERS:
            t = self.device.wall()
            stamp = t is not None and date_time(t)
            for i in range(len(self.kinds)):
                kind = self.kinds[i] & 7
                quantity, unit, scope, scale, _ = _KINDS[kind]
                ident = self.ids[i]
                w.sep()
                if fn == _DESCRIPTIONS:
                    w.t(_DESCRIPTION).num(ident).lit(quantity).lit(unit).lit(scope).end()
                elif fn == _EC_PARAMETERS:
                    w.t(_PARAMETER).num(self.parameters[i]).num(ident).end()
                    self.parameter(w, kind, self.kinds[i] >> 3)
                else:
                    w.raw(b'[{"measurementId":').dec(ident).raw(b'},{"valueType":"value"}')
                    if stamp:
                        w.raw(b',{"timestamp":"').raw(stamp).raw(b'"}')
                    w.t(_VALUE).num(self.value(i)).num(scale)
                    w.lit(b"normal" if self.port.meter_ok else b"error").end()

    def parameter(self, w, kind, phase):
        """What is measured, behind the voltageType."""
        phased = kind < _CONSUMED
        if phased:
            w.raw(b',{"acMeasuredPhases":"').raw(b"abc", phase, 1 if kind else self.phases)
            w.raw(b'"}')
            if kind != _CURRENT:
                w.raw(b',{"acMeasuredInReferenceTo":"neutral"}')
        if kind != _FREQUENCY:
            w.raw(b',{"acMeasurementType":"')
            w.raw(b'apparent"}' if kind == _VOLTAGE else b'real"}')
        w.raw(b',{"acMeasurementVariant":"rms"}]' if phased else b"]")

    def tick(self, now):
        """Tells subscribers of changes [014]."""
        told = self.told
        news = self.told_at < 0
        if not news:
            gone = diff(now, self.told_at)
            if gone < _PERIOD_MS:
                return _PERIOD_MS - gone
            news = gone >= self.refresh_ms
        ok = self.port.meter_ok
        if ok != self.told_ok:
            news = True
        for i in range(len(told)):
            if abs(self.value(i) - told[i]) >= _KINDS[self.kinds[i] & 7][4]:
                news = True
        if news:
            for i in range(len(told)):
                told[i] = self.value(i)
            self.told_at = now
            self.told_ok = ok
            self.device.changed(self.measurement, _VALUES)
        return _PERIOD_MS
