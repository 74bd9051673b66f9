"""EV state of charge (EVSOC 1.0.0), of a car that tells it (ISO 15118): one more measurement
beside those of EVCEM. The port: `soc` in percent, or None."""

from micropython import const

from spine.device import READ, Part

_DESCRIPTIONS = const(21)  # enum function measurementDescriptionListData
_VALUES = const(23)  # enum function measurementListData

_MEASUREMENT = const(7)  # enum feature Measurement
_SERVER = const(1)  # enum role server

_DESCRIPTION = (
    b'[{"measurementId":%},{"measurementType":"percentage"},{"commodityType":"electricity"},'
    b'{"unit":"pct"},{"scopeType":"stateOfCharge"}]'
)
_VALUE = (
    b'[{"measurementId":%},{"valueType":"value"},{"value":[{"number":%},{"scale":0}]},'
    b'{"valueSource":"measuredValue"},{"valueState":"normal"}]'
)


class Evsoc(Part):
    def __init__(self, device, entity, port):
        self.device = device
        self.port = port
        self.soc = None  # as told
        self.measurement = entity.feature(_MEASUREMENT, _SERVER)
        self.id = self.measurement.new_id()
        self.measurement.offer(self, bytes((_DESCRIPTIONS, READ, _VALUES, READ)))

    def use_case(self):
        if self.port.soc is None:
            return None
        return b"EV", b"evStateOfCharge", b"1.0.0", b"\1", b"RC1"

    def render(self, fn, w, session):
        soc = self.port.soc
        if soc is not None:
            if fn == _DESCRIPTIONS:
                w.sep().t(_DESCRIPTION).num(self.id).end()
            elif fn == _VALUES:
                w.sep().t(_VALUE).num(self.id).num(soc).end()

    def tick(self, now):
        soc = self.port.soc
        if soc != self.soc:
            if self.soc is None or soc is None:
                self.device.changed(self.measurement, _DESCRIPTIONS)
            self.soc = soc
            self.device.changed(self.measurement, _VALUES)
        return -1
