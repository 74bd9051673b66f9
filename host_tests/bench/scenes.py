"""Code that sets the stage for a measurement in the 32-bit interpreter (host_tests.memory).

Each scene is the text of a program; what it measures is one more line of code.
"""

from firmware.store import TRUST, Store
from host_tests.bench import HERE, eebus_slice, recordings
from tools import identity, schema
from tools.build import BuildError, names
from tools.hems import ejson

BOARD = HERE / "board"
SKI = bytes(range(20))
MANAGER = "d:_n:manager_0123456789"
SHIP_ID = "i:63380_u:plugship-0123456789ab"  # of a usual length
SERIAL = "0123456789ab"

_HTTP = (
    "GET /ship/ HTTP/1.1\r\nHost: 192.0.2.1:4712\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ship\r\n\r\n"
)
_SHAKE = {"version": {"major": 1, "minor": 0}, "formats": {"format": ["JSON-UTF8"]}}
_HANDSHAKE = (
    {"connectionHello": {"phase": "ready", "waiting": 60000}},
    {"messageProtocolHandshake": {"handshakeType": "announceMax", **_SHAKE}},
    {"messageProtocolHandshake": {"handshakeType": "select", **_SHAKE}},
    {"connectionPinState": {"pinState": "none"}},
    {"accessMethods": {"id": "i:63380_u:manager-0123456789"}},
)
_DISCOVERY = "nodeManagementDetailedDiscoveryData"
_DATA = '{"data":[{"header":[{"protocolId":"ee1.0"}]},{"payload":%s}]}'


def files(**texts):
    """Code that writes modules of the interpreter: name=text, in the names of the tree."""
    texts = {name: program(text) for name, text in texts.items()}
    return "".join(
        f"with open('/{name}.py', 'w') as _file:\n    _file.write({text!r})\n"
        for name, text in texts.items()
    )


def program(text):
    """The text in the names of the tree; as it is when the tree cannot be compiled."""
    try:
        return names().program(text, main=False)
    except BuildError:
        return text


def board(name):
    """The text of a module in board/."""
    return (BOARD / f"{name}.py").read_text()


def fakes():
    """Modules that the firmware imports and the interpreter lacks."""
    return files(fakes=board("fakes")) + "import fakes\n"


def reading(size=512):
    """`read(data, WINDOW, out)` reads the short recording; `out` has room for what it finds."""
    return (
        files(plan=recordings.plan(), discovery=board("discovery"))
        + "from array import array\nfrom discovery import read\n"
        + f"data = {recordings.short()!r}\nout = array('i', [0] * 400)\n"
        + f"WINDOW = {size}\n"
    )


def running():
    """`stage` is imported and all the code of the firmware with it; `place` is without state."""
    code = fakes() + files(script=_script(), stage=board("stage"))
    return code + eebus_slice.loading() + "import stage\nplace = stage.Place()\n"


def with_car(without="cevc", send=7168):
    """As running(), on a board with all use cases of the car but one, and with the send buffer
    that the check of boards asks for then. `without`: cevc, which cars with a pilot only do not
    have; "": none. A wallbox with a car and managers has been there: nothing is imported for the
    first time."""
    return (
        running()
        + "from board_configs import pico2w_sim, sim\n"
        + "sim.EV_USE_CASES = "
        + f"[use for use in pico2w_sim.EV_USE_CASES if use != '{without}']\n"
        + f"sim.SEND = {send}\n"
        + "stage.plugged(stage.Place())\n"
    )


def scheduling():
    """A device whose car may get CEVC: its code is there, and one has been made before."""
    return (
        running()
        + "from spine.device import Device, Entity\nfrom usecases.cevc import Cevc\n"
        + "class Car:\n    demand = profile = None\n"
        + "device, entity = Device(b'd:_n:plugship_1'), Entity(0x0202, 3)\n"
        + "Cevc(Device(b'd:_n:plugship_0'), Entity(0x0202, 3), Car())\n"
    )


def started():
    """`app` runs, the second of its kind: nothing happens for the first time."""
    return (
        running()
        + "stage.Manager(stage.wallbox()).connect()\n"
        + "app = stage.wallbox()\nnet = app.net\nmanager = stage.Manager(app)\n"
    )


def connected():
    """`manager` has a session; `heartbeat` and `limit` are frames that it may send().

    `discover` makes the firmware send its detailed discovery, changed(feature, function) makes
    it notify: `diagnosis` of BEAT, `measurement` of VALUES.
    """
    enums = schema.load("spine").enums
    kind = enums["feature"].index
    function = enums["function"].index
    return (
        started()
        + "manager.connect()\nchanged = app.eebus.device.changed\n"
        + f"diagnosis = manager.server({kind('DeviceDiagnosis')})\n"
        + f"load = manager.server({kind('LoadControl')})\n"
        + f"measurement = manager.server({kind('Measurement')})\n"
        + f"BEAT = {function('deviceDiagnosisHeartbeatData')}\n"
        + f"VALUES = {function('measurementListData')}\n"
        + f"discover = manager.data({_datagram('read', {_DISCOVERY: {}})!r})\n"
        + f"heartbeat = manager.data({_heartbeat()!r})\n"
        + f"limit = manager.data({_limit()!r} % load.number)\n"
    )


def limited():
    """As connected(), and a heartbeat has just come: now limits are listened to."""
    return connected() + f"manager.say({_heartbeat()!r})\n"


def _script():
    """Text of the module `script` of board/stage.py."""
    enums = schema.load("spine").enums
    flash = identity.Image()
    store = Store(flash)
    identity.create(store, SHIP_ID, SERIAL)
    store.put(TRUST, SKI)
    constants = {
        "FLASH": bytes(flash.content).rstrip(b"\xff"),
        "SKI": SKI,
        "EPOCH": 1788000000,
        "HTTP": _HTTP.encode(),
        "HANDSHAKE": tuple(ejson.dumps(message) for message in _HANDSHAKE),
        "DATA": _DATA,
        "REPLIES": {
            _DISCOVERY: recordings.manager(MANAGER),
            "nodeManagementUseCaseData": _datagram("reply", {"nodeManagementUseCaseData": {}}),
            "deviceDiagnosisHeartbeatData": _heartbeat("reply"),
            "deviceDiagnosisStateData": _datagram(
                "reply", {"deviceDiagnosisStateData": {"operatingState": "normalOperation"}}
            ),
        },
        "RESULT": _datagram("result", {"resultData": {"errorNumber": 0}}),
        "RELATION": _relation(),
        "LOAD_CONTROL": enums["feature"].index("LoadControl"),
        "CONFIGURATION": enums["feature"].index("DeviceConfiguration"),
    }
    return "".join(f"{name} = {value!r}\n" for name, value in constants.items())


def _datagram(classifier, cmd, source=((0,), 0), destination=((0,), 0), ack=False):
    """A datagram of the manager; {counter} and {reference} are its holes."""
    header = {
        "specificationVersion": "1.3.0",
        "addressSource": {
            "device": MANAGER,
            "entity": list(source[0]),
            "feature": source[1],
        },
        "addressDestination": {"entity": list(destination[0]), "feature": destination[1]},
        "msgCounter": "{counter}",
    }
    if classifier in ("reply", "result"):
        header["msgCounterReference"] = "{reference}"
    header["cmdClassifier"] = classifier
    if ack:
        header["ackRequest"] = True
    text = ejson.dumps({"datagram": {"header": header, "payload": {"cmd": [cmd]}}})
    return text.replace('"{counter}"', "{counter}").replace('"{reference}"', "{reference}")


def _relation():
    """A subscription or binding call: {kind}, {name}, {client}, {entity}, {feature}."""
    request = {
        "clientAddress": {"device": MANAGER, "entity": [1], "feature": "{client}"},
        "serverAddress": {"entity": ["{entity}"], "feature": "{feature}"},
    }
    cmd = {"nodeManagement{kind}RequestCall": {"{name}Request": request}}
    text = _datagram("call", cmd, ack=True)
    for hole in ("{client}", "{entity}", "{feature}"):
        text = text.replace(f'"{hole}"', hole)
    return text


def _heartbeat(classifier="notify"):
    cmd = {
        "deviceDiagnosisHeartbeatData": {
            "timestamp": "2026-08-19T12:00:00Z",
            "heartbeatCounter": 1,
            "heartbeatTimeout": "PT120S",
        }
    }
    entity, feature = _manager_heartbeat()
    return _datagram(classifier, cmd, (entity, feature), ((1,), 7), classifier == "notify")


def _limit():
    """A partial write of the limit; %d is the number of the LoadControl server."""
    cmd = {
        "function": "loadControlLimitListData",
        "filter": [{"cmdControl": {"partial": {}}}],
        "loadControlLimitListData": {
            "loadControlLimitData": [
                {
                    "limitId": 0,
                    "isLimitActive": True,
                    "timePeriod": {"endTime": "PT2H"},
                    "value": {"number": 4200, "scale": 0},
                }
            ]
        },
    }
    text = _datagram("write", cmd, ((1,), 1), ((1,), "{load}"), ack=True)
    return text.replace('"{load}"', "%d")


def _manager_heartbeat():
    """Where the recorded manager has its heartbeat: (entity, feature)."""
    discovery = recordings.plain(recordings.MANAGER)["payload"]["cmd"][0]
    for item in discovery[_DISCOVERY]["featureInformation"]:
        feature = item["description"]
        if feature["featureType"] == "DeviceDiagnosis" and feature["role"] == "server":
            address = feature["featureAddress"]
            return tuple(address["entity"]), address["feature"]
    raise LookupError("the recorded manager has no heartbeat")
