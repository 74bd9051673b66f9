"""What this device asks of a partner: reads, and subscriptions (5.5.5). Loaded for each request:
they are made when a partner comes, and few later."""

from micropython import const

from spine import schema
from spine.device import name, put_address

_DIAGNOSIS = const(3)  # enum feature DeviceDiagnosis
_NODE = const(1)  # enum feature NodeManagement
_DISCOVERY = const(1)  # enum function nodeManagementDetailedDiscoveryData
_STATE = const(11)  # enum function deviceDiagnosisStateData
_HEARTBEAT = const(12)  # enum function deviceDiagnosisHeartbeatData
_READ = const(0)  # enum classifier read
_CALL = const(4)  # enum classifier call

_READ_STATE = const(6)  # of the kinds of requests, see partner.py

# eebus-go needs the serverFeatureType
_SUBSCRIBE = (
    b'{"nodeManagementSubscriptionRequestCall":[{"subscriptionRequest":[{"clientAddress":%},'
    b'{"serverAddress":%},{"serverFeatureType":"%"}]}]}'
)


def render(partner, w, kind, entity, feature):
    """Writes one of the requests that a Partner wants."""
    session = partner.session
    device = session.device
    beat = kind & 2
    own = 1
    number = 0
    feature_of = device.diagnosis if beat else partner.client.own(kind) if kind > 7 else None
    if feature_of:
        own = feature_of.entity.path
        number = feature_of.number
    if kind & 1:
        # calls go from NodeManagement to NodeManagement (5.5.5)
        session.head(w, 1, 0, 1, 0, _CALL, None, True)
        put_address(w.t(_SUBSCRIBE), device.address, own, number)
        put_address(w, session.peer, entity, feature)
        name(w, schema.FEATURE, kind >> 3 or (_DIAGNOSIS if beat else _NODE)).end()
    else:
        session.head(w, own, number, entity, feature, _READ, None)
        fn = _STATE if kind == _READ_STATE else _HEARTBEAT if beat else kind >> 3 or _DISCOVERY
        name(w.raw(b'{"'), schema.FUNCTION, fn).raw(b'":[]}')
