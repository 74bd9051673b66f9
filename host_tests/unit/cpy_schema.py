"""The tables of lib/ship and lib/spine are up to date, and constants mean what they say."""

import re

import pytest

from tools import ROOT
from tools.schema import FOLDERS, Schema, hashed, load, modules
from usecases import bill, schedule

# `_S_MSG = const(0)  # slot msg`, or the comment alone on the line before
CONSTANT = re.compile(
    r"^(?:# (?P<before>.*)\n)?(?P<name>\w+) = const\((?P<value>-?\w+)\)(?:  # (?P<after>.*))?$",
    re.MULTILINE,
)
MEANING = re.compile(r"(?P<kind>slot|event|enum|bit of enum) (?P<words>[\w.~]+(?: \S+)?)$")
DATA = ROOT / "host_tests" / "bench" / "data"
NAMES = ROOT / "host_tests" / "unit" / "spine_names.txt"  # elements and enumerations
WORD = re.compile(r'"([A-Za-z][A-Za-z-]*)"')
PACKAGES = {
    "ship": "ship",
    "spine": "spine",
    "usecases": "spine",
    "usecases/bill": "usecases/bill",
    "usecases/schedule": "usecases/schedule",
}  # -> schema


def meanings(source):
    """(name, value, kind, words) of every constant with a comment about the schema."""
    for match in CONSTANT.finditer(source):
        said = MEANING.match(match["after"] or match["before"] or "")
        if said:
            yield match["name"], int(match["value"], 0), said["kind"], said["words"].split()


def value(schema, kind, words):
    """What a constant with that comment must be. Raises KeyError or ValueError."""
    if kind == "slot":
        return schema.slots[words[0]]
    if kind == "event":
        return schema.events[words[0]]
    number = schema.enums[words[0]].index(words[1])
    return 1 << number if kind == "bit of enum" else number


def found():
    for package, schema in PACKAGES.items():
        for path in sorted((ROOT / "lib" / package).glob("*.py")):
            for meaning in meanings(path.read_text()):
                yield pytest.param(schema, *meaning[1:], id=f"{package}/{path.name}:{meaning[0]}")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_tables_are_up_to_date(folder):
    for path, text in modules(folder):
        assert path.read_text() == text, "python -m tools.schema"


def test_the_small_schema_has_the_numbers_of_the_whole():
    small, whole = load("spine", False), load("spine")
    assert small.slots.items() < whole.slots.items()
    assert small.events.items() < whole.events.items()
    for name, words in small.enums.items():
        assert whole.enums[name][: len(words)] == words
    assert len(small.table) < len(whole.table) and small.next <= whole.next


@pytest.mark.parametrize("package, number, kind, words", found())
def test_constant(package, number, kind, words):
    assert number == value(load(package), kind, words)


def test_constants_are_found():
    source = (
        "_A = const(3)  # slot a.~b\n_B = const(4)  # enum c d-e\n# bit of enum f g\n"
        "_C = const(0x10)\n_D = const(5)  # a slot machine\n_E = const(6)\n"
    )
    assert list(meanings(source)) == [
        ("_A", 3, "slot", ["a.~b"]),
        ("_B", 4, "enum", ["c", "d-e"]),
        ("_C", 16, "bit of enum", ["f", "g"]),
    ]
    assert len(list(found())) > 50


def test_schemas_of_functions_leave_the_slots_of_the_datagram_alone():
    spine = load("spine", False)
    first = spine.slots["datagram.payload.cmd.deviceDiagnosisHeartbeatData.heartbeatCounter"]
    for package in ("bill", "schedule"):
        schema = load(f"usecases/{package}")
        slots = [slot for path, slot in schema.slots.items() if "~" not in path]
        assert min(slots) == first
        assert schema.next <= spine.next


def test_readers_begin_at_the_children_of_their_schemas():
    roots: dict[str, list] = {"bill": [bill.Reader]}
    roots["schedule"] = [schedule.LimitsReader, schedule.TariffReader, schedule.PricesReader]
    for package, readers in roots.items():
        children = load(f"usecases/{package}").root.children
        assert [5 + 7 * i for i in range(len(children))] == [one.child for one in readers]


# the compiler


def test_slots_and_events():
    schema = Schema("root { a:i b{ c:i d+{ e:b } } list*#3{ f:t } g:f }")
    assert schema.slots == {
        "root.a": 0,
        "root.b.c": 1,
        "root.b.d": 2,
        "root.b.d.e": 3,
        "root.list.f": 4,
    }
    assert schema.events == {"root.list": 3}
    assert schema.next == 5


def test_alternatives_begin_at_one_place():
    schema = Schema("r { a:i x@{ p:i q:i } y@{ s:i } z@k{ t:i } u@k{ v:i w:i } last:i }")
    slots = {path.split(".")[-1]: slot for path, slot in schema.slots.items()}
    assert slots["p"] == slots["s"] == 1 and slots["q"] == 2
    assert slots["t"] == slots["v"] == 3 and slots["w"] == 4
    assert slots["last"] == 5


def test_marks_and_enumerations():
    schema = Schema("enum kind - one two\nr { ~k/kind x=k.two{ a:i } y:e.kind }")
    assert schema.slots == {"r.~k": 0, "r.x.a": 1, "r.y": 2}
    assert value(schema, "enum", ["kind", "two"]) == 2
    assert value(schema, "bit of enum", ["kind", "one"]) == 2
    # name, kind 6 (group), slot of ~k, node, value 2
    (child, _) = next(node for node in schema.nodes if len(node.children) == 2).children
    assert (child[0], child[1], child[2], child[4]) == ("x", 6, 0, 2)


def test_equal_nodes_are_shared():
    one = Schema("r { a@{ x:i } b@{ x:i } c@{ x:i } }")
    assert len(one.nodes) == 3
    assert one.table[one.root.offset] == 1


def test_the_module_text():
    schema = Schema("enum one a\nenum two b c\nexport two\nr { x:e.one y:e.two }")
    names = {}
    exec(schema.source("title"), names)
    assert names["SLOTS"] == 2 and names["T"] == schema.table
    assert "ONE" not in names and names["TWO"] == b"\1b\1c"
    assert schema.table.endswith(b"\1a\0\2b\0c\0")


def test_names_that_the_tables_cannot_tell_apart():
    assert hashed("qaa") == hashed("aeu") != hashed("aev")
    Schema("r { qaa:i aev:i }")
    for text in ("r { qaa:i aeu:i }", "enum e qaa aeu\nr { a:e.e }"):
        with pytest.raises(AssertionError):
            Schema(text)


@pytest.mark.parametrize("package", sorted(set(PACKAGES.values())))
def test_no_name_that_peers_use_is_taken_for_another(package):
    schema = load(package)
    places = [[child[0] for child in node.children] for node in schema.nodes]
    said = {word for path in DATA.glob("*.json") for word in WORD.findall(path.read_text())}
    said |= set(NAMES.read_text().split())
    assert len(said) > 1800
    for words in (*places, *filter(None, schema.enums.values())):
        taken = {hashed(word) for word in words if word}
        assert not {word for word in said - set(words) if hashed(word) in taken}


@pytest.mark.parametrize(
    "text",
    ["r { " + " ".join(f"a{i}:i" for i in range(250)) + " }"]
    + ["enum e " + " ".join(f"w{i}" for i in range(31)) + "\nr { a:m.e }"]
    + ["r { a }", "r { ~k/e x=q.one{ } }"],
    ids=["slots", "mask", "no kind", "no such slot"],
)
def test_what_does_not_fit(text):
    with pytest.raises((AssertionError, KeyError, IndexError)):
        Schema(text)
