"""EV commissioning and configuration (EVCC 1.0.1): what is known of the car. That it is there at
all (scenarios 1 and 8) is told by its entity.

The port: `standard` (bytes of communicationsStandard), `asymmetric` (bool), `evccid` (text or
None), `operating` (bytes of the operatingState), `fault` (text or None), `least_w` and `most_w`,
the power that the car can be given, in W."""

from micropython import const

from spine.device import READ, Part

_STATE = const(11)  # enum function deviceDiagnosisStateData
_KEY_DESCRIPTIONS = const(15)  # enum function deviceConfigurationKeyValueDescriptionListData
_KEYS = const(16)  # enum function deviceConfigurationKeyValueListData
_PARAMETERS = const(18)  # enum function electricalConnectionParameterDescriptionListData
_PERMITTED = const(19)  # enum function electricalConnectionPermittedValueSetListData
_IDENTIFICATION = const(24)  # enum function identificationListData

_DIAGNOSIS = const(3)  # enum feature DeviceDiagnosis
_CONFIGURATION = const(5)  # enum feature DeviceConfiguration
_ELECTRICAL = const(6)  # enum feature ElectricalConnection
_IDENTITY = const(8)  # enum feature Identification
_SERVER = const(1)  # enum role server

_DESCRIPTIONS = (
    b'[{"keyId":0},{"keyName":"communicationsStandard"},{"valueType":"string"}],'
    b'[{"keyId":1},{"keyName":"asymmetricChargingSupported"},{"valueType":"boolean"}]'
)
_VALUES = b'[{"keyId":0},{"value":[{"string":"%"}]}],[{"keyId":1},{"value":[{"boolean":%}]}]'
_NAME = b'[{"identificationId":0},{"identificationType":"eui%"},{"identificationValue":%}]'
_PARAMETER = b'[{"electricalConnectionId":0},{"parameterId":%},{"scopeType":"acPowerTotal"}]'
_SET = (
    b'[{"electricalConnectionId":0},{"parameterId":%},{"permittedValueSet":[[{"value":'
    b'[[{"number":0},{"scale":0}]]},{"range":[[{"min":[{"number":%},{"scale":%}]},'
    b'{"max":[{"number":%},{"scale":%}]}]]}]]}]'
)


def put_permitted(w, parameter, least, most, scale):
    """An item of the permitted values: 0, or from `least` to `most` times 10**scale."""
    whole = 10**-scale
    if least % whole == 0 and most % whole == 0:
        least //= whole
        most //= whole
        scale = 0
    w.sep().t(_SET).num(parameter).num(least).num(scale).num(most).num(scale).end()


class Evcc(Part):
    """`talks`: the board can talk to the car, so that it may have an identification."""

    def __init__(self, device, entity, port, talks):
        self.device = device
        self.port = port
        self.operating = self.fault = self.standard = self.evccid = None  # as told
        self.diagnosis = entity.feature(_DIAGNOSIS, _SERVER)
        self.config = entity.feature(_CONFIGURATION, _SERVER)
        self.diagnosis.offer(self, bytes((_STATE, READ)))
        self.config.offer(self, bytes((_KEY_DESCRIPTIONS, READ, _KEYS, READ)))
        electric = entity.feature(_ELECTRICAL, _SERVER)
        self.parameter = electric.new_id()
        electric.offer(self, bytes((_PARAMETERS, READ, _PERMITTED, READ)))
        self.identity = talks and entity.feature(_IDENTITY, _SERVER)
        if talks:
            self.identity.offer(self, bytes((_IDENTIFICATION, READ)))

    def use_case(self):
        scenarios = b"\1\2\3\4\6\7\x08" if self.port.evccid else b"\1\2\3\6\7\x08"
        return b"EV", b"evCommissioningAndConfiguration", b"1.0.1", scenarios, b"release"

    def render(self, fn, w, session):
        port = self.port
        if fn == _STATE:
            w.raw(b'{"operatingState":"').raw(port.operating).raw(b'"}')
            if port.fault:
                w.raw(b',{"lastErrorCode":').text(port.fault).raw(b"}")
        elif fn == _KEY_DESCRIPTIONS:
            w.sep().raw(_DESCRIPTIONS)
        elif fn == _KEYS:
            w.sep().t(_VALUES).lit(port.standard).flag(port.asymmetric).end()
        elif fn == _PARAMETERS:
            w.sep().t(_PARAMETER).num(self.parameter).end()
        elif fn == _PERMITTED:
            put_permitted(w, self.parameter, port.least_w, port.most_w, 0)
        elif fn == _IDENTIFICATION and port.evccid:
            # 8 octets are an EUI-64, the 6 of a MAC address an EUI-48
            w.sep().t(_NAME).lit(b"64" if len(port.evccid) > 12 else b"48").text(port.evccid).end()

    def tick(self, now):
        """Tells subscribers of changes."""
        port = self.port
        if port.operating != self.operating or port.fault != self.fault:
            self.operating = port.operating
            self.fault = port.fault
            self.device.changed(self.diagnosis, _STATE)
        if port.standard != self.standard:
            self.standard = port.standard
            self.device.changed(self.config, _KEYS)
        if port.evccid != self.evccid:
            self.evccid = port.evccid
            if self.identity:
                self.device.changed(self.identity, _IDENTIFICATION)
        return -1
