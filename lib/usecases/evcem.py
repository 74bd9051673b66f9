"""Measurement of electricity during EV charging (EVCEM 1.0.1): currents and powers of the phases
and the energy of this charging session, in the shape of MPC.

The port is that of MPC, with `session_wh` and `using`, the phases that the car uses."""

from micropython import const

from spine.device import READ
from usecases.mpc import Mpc

_EC_DESCRIPTIONS = const(17)  # enum function electricalConnectionDescriptionListData
_CONSTRAINTS = const(22)  # enum function measurementConstraintsListData

_MEASUREMENT = const(7)  # enum feature Measurement
_ELECTRICAL = const(6)  # enum feature ElectricalConnection
_SERVER = const(1)  # enum role server

# kinds of values of Mpc
_POWER = const(1)
_CURRENT = const(2)
_CHARGED = const(7)


class Evcem(Mpc):
    """`scenarios`: bytes with those of 1 current, 2 power, 3 energy that the meter can feed.

    The currents come first: measurementId and parameterId of phase a, b, c are 0, 1, 2. OPEV
    refers to them, and eebus-go takes the first parameter of a phase."""

    # evcc holds currents for invalid that are older than 15 s after a change of the limits
    refresh_ms = 10000

    def __init__(self, device, entity, port, phases, scenarios):
        self.scenarios = scenarios
        self.wired = phases
        self.electric = entity.feature(_ELECTRICAL, _SERVER)
        kinds = []
        for kind, scenario in ((_CURRENT, 1), (_POWER, 2)):
            if scenario in scenarios:
                for phase in range(phases):
                    kinds.append(8 * phase + kind)
        if 3 in scenarios:
            kinds.append(_CHARGED)
        measurement = entity.feature(_MEASUREMENT, _SERVER)
        self.measure(device, measurement, self.electric, port, phases, kinds)
        # nothing to tell, but energy managers ask
        measurement.offer(self, bytes((_CONSTRAINTS, READ)))

    def use_case(self):
        name = b"measurementOfElectricityDuringEvCharging"
        return b"EV", name, b"1.0.1", self.scenarios, b"release"

    def parameter(self, w, kind, phase):  # type: ignore[override]
        w.raw(b',{"acMeasuredPhases":"')
        if kind == _CHARGED:
            w.raw(b'abc"},{"acMeasurementType":"real"}]')
        else:
            w.raw(b"abc", phase, 1).raw(b'"},{"acMeasuredInReferenceTo":"neutral"}')
            w.raw(b',{"acMeasurementType":"real"}')
            w.raw(b',{"acMeasurementVariant":"rms"}]' if kind == _CURRENT else b"]")

    def tick(self, now):
        if self.port.using != self.phases:
            self.phases = self.port.using
            self.device.changed(self.electric, _EC_DESCRIPTIONS)
        return super().tick(now)
