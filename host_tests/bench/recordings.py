"""Recordings of real devices as the firmware gets them, and the tables to read them with."""

import json

from host_tests.bench import HERE
from tools import schema
from tools.hems import ejson

DATA = HERE / "data"
SHORT = "elli_charger-connect-pro_discovery-data.json"
LONG = "spelsberg_wallbox-smart-pro_discovery-data_4879d69.json"
MANAGER = "evcc.io_evcc_discovery-data.json"

_DISCOVERY = "datagram.payload.cmd.nodeManagementDetailedDiscoveryData."
_ENTITY = _DISCOVERY + "entityInformation"
_FEATURE = _DISCOVERY + "featureInformation"
_FUNCTION = _FEATURE + ".description.supportedFunction"


def short():
    """The datagram of 6.6 KB, minified in the wire form of 6.8, bytes."""
    return _wire(plain(SHORT))


def long():
    """The datagram of 95 KB as it was recorded, with all its white space, bytes."""
    text = (DATA / LONG).read_text()
    start = text.index("{", text.index('"payload"'))
    _, end = json.JSONDecoder().raw_decode(text, start)
    return text[start:end].encode()


def plain(name):
    """The datagram of a recording in plain form."""
    return json.loads((DATA / name).read_text())["data"]["payload"]["datagram"]


def _wire(datagram):
    return ejson.dumps({"datagram": datagram}).encode()


def manager(address):
    """A template of the discovery reply of an energy manager with that device address, wire text.

    {reference} and {counter} are its holes; braces are not doubled.
    """
    datagram = plain(MANAGER)
    header = datagram["header"]
    header["addressSource"]["device"] = address
    header["addressDestination"] = {"entity": [0], "feature": 0}
    header["msgCounter"], header["msgCounterReference"] = "{counter}", "{reference}"
    text = _wire(datagram).decode()
    return text.replace('"{counter}"', "{counter}").replace('"{reference}"', "{reference}")


def plan():
    """Text of the module `plan` of board/discovery.py.

    The schema of lib/spine, in which the functions, features and entities that only the
    recording knows get a number, too.
    """
    text = (schema.LIB / "spine" / "schema.txt").read_text()
    known = schema.Schema(text).enums
    for enum, names in _names().items():
        for name in sorted(names - set(known[enum])):
            text += f"\nenum {enum} {name}"
    full = schema.Schema(text)
    at = full.slots
    operations = _FUNCTION + ".possibleOperations."
    constants = {
        "EVENTS": [full.events[path] for path in (_ENTITY, _FEATURE, _FUNCTION)],
        "ADDRESSES": [
            at[_ENTITY + ".description.entityAddress.entity"],
            at[_ENTITY + ".description.entityType"],
            at[_FEATURE + ".description.featureAddress.entity"],
            at[_FEATURE + ".description.featureAddress.feature"],
            at[_FEATURE + ".description.featureType"],
            at[_FEATURE + ".description.role"],
        ],
        "FUNCTIONS": [
            at[_FUNCTION + ".function"],
            *(at[operations + o] for o in ("read", "read.partial", "write", "write.partial")),
        ],
        "ENTITY_TYPES": _numbers(full, "entity"),
        "FEATURE_TYPES": _numbers(full, "feature"),
        "FUNCTION_NAMES": _numbers(full, "function"),
        "ROLES": _numbers(full, "role"),
    }
    lines = [f"{name} = {tuple(v) if isinstance(v, list) else v}" for name, v in constants.items()]
    return full.source("plan", ()) + "\n".join(lines) + "\n"


def _numbers(full, enum):
    return {name: number for number, name in enumerate(full.enums[enum]) if name}


def _names():
    """The names in the short recording, by enumeration of the schema."""
    discovery = plain(SHORT)["payload"]["cmd"][0]["nodeManagementDetailedDiscoveryData"]
    features = [item["description"] for item in discovery["featureInformation"]]
    return {
        "entity": {item["description"]["entityType"] for item in discovery["entityInformation"]},
        "feature": {feature["featureType"] for feature in features},
        "function": {
            item["function"]
            for feature in features
            for item in ejson.as_list(feature.get("supportedFunction"))
        },
    }
