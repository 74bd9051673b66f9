"""Recorded discoveries and use cases of real devices: the client side finds in them what a plain
reading of the JSON finds, whatever the form, the numbering and the size of the pieces."""

import json
import types

import pytest
from spine_bench import Wallbox

from host_tests.bench.recordings import DATA
from spine import message
from spine.partner import Partner
from tools.hems import ejson
from tools.schema import LIB, Schema

FILES = sorted(path.name for path in DATA.glob("*-data*.json"))
PIECES = (
    "sma_home-manager-2_usecase-data.json",
    "elli_charger-connect-pro_discovery-data_29393d6.json",
)
DISCOVERY = "nodeManagementDetailedDiscoveryData"
USE_CASES = "nodeManagementUseCaseData"
ENUMS = ("entity", "feature", "function", "role", "actor", "usecase")


def recorded(name):
    """Text of the content of the SHIP payload, as it was recorded."""
    text = (DATA / name).read_text()
    start = text.index("{", text.index('"payload"'))
    _, end = json.JSONDecoder().raw_decode(text, start)
    return text[start:end]


def plainly(name):
    """The datagram in plain form."""
    value = json.loads(recorded(name))["datagram"]
    return ejson.from_wire(value) if isinstance(value, list) else value


def forms(name):
    wire = {"datagram": plainly(name)}
    return {
        "as recorded": recorded(name),
        "wire": ejson.dumps(wire),
        "spaced": ejson.spaced(ejson.dumps(wire)),
        "plain": json.dumps(wire),
    }


def expected(name):
    """Entities, features and use cases by a plain reading."""
    cmd = ejson.as_list(plainly(name)["payload"]["cmd"])[0]
    entities, features, uses = [], [], []
    data = cmd.get(DISCOVERY, {})
    for item in ejson.as_list(data.get("entityInformation")):
        one = item["description"]
        entities.append((tuple(one["entityAddress"]["entity"]), one["entityType"]))
    for item in ejson.as_list(data.get("featureInformation")):
        one = item["description"]
        address = one["featureAddress"]
        functions = [f["function"] for f in ejson.as_list(one.get("supportedFunction"))]
        place = tuple(address["entity"]), address["feature"]
        features.append((*place, one["featureType"], one["role"], functions))
    for item in ejson.as_list(cmd.get(USE_CASES, {}).get("useCaseInformation")):
        entity = item.get("address", {}).get("entity")
        for use in ejson.as_list(item.get("useCaseSupport")):
            uses.append((entity and tuple(entity), item["actor"], use["useCaseName"]))
    return entities, features, uses


def names():
    """Every name of the recordings, by enumeration."""
    found = {enum: set() for enum in ENUMS}
    for name in FILES:
        entities, features, uses = expected(name)
        found["entity"] |= {kind for _, kind in entities}
        found["feature"] |= {one[2] for one in features}
        found["function"] |= {function for one in features for function in one[4]}
        found["actor"] |= {actor for _, actor, _ in uses}
        found["usecase"] |= {use for _, _, use in uses}
    return found


def everything():
    """The schema of lib/spine in which all names of the recordings have a number."""
    text = (LIB / "spine" / "schema.txt").read_text()
    known = Schema(text).enums
    for enum, words in names().items():
        for word in sorted(words - set(known[enum])):
            text += f"\nenum {enum} {word}"
    schema = Schema(text)
    return schema, types.SimpleNamespace(T=schema.table, SLOTS=schema.next)


SCHEMA, TABLES = everything()


class Reader(Partner):
    """Writes down what it is told as the message passes by."""

    def __init__(self, session):
        super().__init__(session)
        self.client = self
        self.entities, self.features, self.uses = [], [], []
        self.functions = []

    def start(self):
        pass

    def word(self, enum, slot):
        number = self.session.rec[SCHEMA.slots["datagram.payload.cmd." + slot]]
        return SCHEMA.enums[enum][number] if number >= 0 else None

    def path(self, v):
        if isinstance(v, tuple) or v is None:
            return v
        out = []
        while v > 0:
            out.insert(0, (v & 255) - 1)
            v >>= 8
        return tuple(out)

    def entity(self, path, change):
        kind = self.word("entity", DISCOVERY + ".entityInformation.description.entityType")
        self.entities.append((self.path(path), kind))

    def function(self, fn):
        self.functions.append(SCHEMA.enums["function"][fn] if fn >= 0 else None)

    def feature(self, path, number, kind, role):
        names = SCHEMA.enums["feature"][kind], SCHEMA.enums["role"][role]
        self.features.append((self.path(path), number, *names, self.functions))
        self.functions = []

    def item(self, rec, item, path):
        at = USE_CASES + ".useCaseInformation."
        entity = path(rec[SCHEMA.slots["datagram.payload.cmd." + at + "address.entity"]])
        self.uses.append(
            (
                self.path(entity),
                self.word("actor", at + "actor"),
                self.word("usecase", at + "useCaseSupport.useCaseName"),
            )
        )

    def commit(self, full):
        self.known = full

    def heard(self, fn, entity):
        self.told = fn


@pytest.fixture(autouse=True)
def tables(monkeypatch):
    monkeypatch.setattr(message, "schema", TABLES)


def read(text, window=1024, chunk=100000):
    hems = Wallbox().connect(quiet=False, window=window, chunk=chunk)
    session = hems.session
    session.partner = reader = Reader(session)
    hems.put(text)
    return reader


@pytest.mark.parametrize("name", FILES)
def test_finds_what_a_plain_reading_finds(name):
    wanted = expected(name)
    assert wanted[0] and wanted[1] or wanted[2]
    for form, text in forms(name).items():
        reader = read(text)
        assert (reader.entities, reader.features, reader.uses) == wanted, form
        assert reader.told == (1 if wanted[0] else 2)
        reply = plainly(name)["header"]["cmdClassifier"] == "reply"
        assert reader.known is (reply and bool(wanted[0]))


@pytest.mark.parametrize("chunk", [1, 7, 333])
@pytest.mark.parametrize("name", PIECES)
def test_pieces_of_any_size(name, chunk):
    reader = read(recorded(name), 512, chunk)
    assert (reader.entities, reader.features, reader.uses) == expected(name)


def test_the_recordings_are_there():
    assert len(FILES) == 17
    assert sum(len(expected(name)[1]) for name in FILES) > 120
    assert sum(len(expected(name)[2]) for name in FILES) > 50
