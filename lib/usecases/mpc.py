"""Monitoring of power consumption (MPC 1.0.0): the device as monitored unit.

The port has the arrays p_w, draw_ma, u_mv of three phases and power_w, energy_wh, produced_wh,
freq_mhz, all ints, consumption positive; `meter_ok`: False while the meter does not answer: then
the values carry the state error [008]."""

from array import array

from late import load
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
_FREQUENCY = const(6)
_CHARGED = const(7)

_CHANGES = b"\x01\x01\x0a\x32\x01\x01\x02\x01"  # of each kind: worth a notification, in tens

_VALUE = (
    b',{"value":[{"number":%},{"scale":%}]},{"valueSource":"measuredValue"},{"valueState":"%"}]'
)


class Mpc(Part):
    """`scenarios`: bytes with those of 1 to 5 that the meter can feed; `phases`: 1 or 3."""

    refresh_ms = 60000  # subscribers are told that often at least
    # or a method that writes what is measured, behind the voltageType: (writer, kind, phase)
    parameter = None

    def __init__(self, device, measurement, electric, port, phases, scenarios, produces=False):
        kinds = load("usecases.mpc_lists").kinds(phases, scenarios, produces)
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
        # of the first value; the others follow in a row
        self.measurement_id = measurement.new_id(len(kinds))
        self.parameter_id = electric.new_id(len(kinds))
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
        if fn == _DESCRIPTIONS or fn == _EC_PARAMETERS or fn == _EC_DESCRIPTIONS:
            load("usecases.mpc_lists").render(self, fn, w)
        if fn != _VALUES:
            return
        t = self.device.wall()
        stamp = t is not None and date_time(t)
        for i in range(len(self.kinds)):
            kind = self.kinds[i] & 7
            w.sep().raw(b'[{"measurementId":').dec(self.measurement_id + i)
            w.raw(b'},{"valueType":"value"}')
            if stamp:
                w.raw(b',{"timestamp":"').raw(stamp).raw(b'"}')
            milli = kind == _CURRENT or kind == _VOLTAGE or kind == _FREQUENCY
            w.t(_VALUE).num(self.value(i)).num(-3 if milli else 0)
            w.lit(b"normal" if self.port.meter_ok else b"error").end()

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
            if abs(self.value(i) - told[i]) >= 10 * _CHANGES[self.kinds[i] & 7]:
                news = True
        if news:
            for i in range(len(told)):
                told[i] = self.value(i)
            self.told_at = now
            self.told_ok = ok
            self.device.changed(self.measurement, _VALUES)
        return _PERIOD_MS
