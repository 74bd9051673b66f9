"""EVSE commissioning and configuration (EVSECC 1.0.1): manufacturer data and error state."""

from micropython import const

from spine.device import READ, Part

_MANUFACTURER = const(10)  # enum function deviceClassificationManufacturerData
_STATE = const(11)  # enum function deviceDiagnosisStateData


class Classification(Part):
    """The part of a DeviceClassification server. `data`: (element name, value) in the order of the
    schema."""

    def __init__(self, feature, data):
        self.data = data
        feature.offer(self, bytes((_MANUFACTURER, READ)))

    def render(self, fn, w, session):
        for key, value in self.data:
            w.sep().raw(b'{"').raw(key).raw(b'":').text(value).raw(b"}")


class Evsecc(Part):
    """`diagnosis`: the DeviceDiagnosis server of the EVSE; `port.error()`: None or the text of the
    fault."""

    def __init__(self, device, classification, diagnosis, port, data):
        self.device = device
        self.diagnosis = diagnosis
        self.port = port
        self.error = port.error()
        Classification(classification, data)
        diagnosis.offer(self, bytes((_STATE, READ)))
        diagnosis.entity.use_cases.append(
            (b"EVSE", b"evseCommissioningAndConfiguration", b"1.0.1", b"\1\2", b"release")
        )

    def render(self, fn, w, session):
        if fn == _STATE:
            w.raw(b'{"operatingState":"')
            w.raw(b"failure" if self.error else b"normalOperation").raw(b'"}')
            if self.error:
                w.raw(b',{"lastErrorCode":').text(self.error).raw(b"}")

    def tick(self, now):
        error = self.port.error()
        if error != self.error:
            self.error = error
            self.device.changed(self.diagnosis, _STATE)
        return -1
