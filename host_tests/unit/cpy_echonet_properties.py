"""Properties of the wallbox against the tables of the Appendix, Release R.

data/echonet_properties.tsv comes from the MIT-licensed pyhems, licence beside it. What has to be
notified (INF) is not in it; it is listed here.
"""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_echonet_wallbox import Car, Rig

from board_configs import sim, sim_feedin
from echonet.device import SUPER
from echonet.table import GET, INF, SET, VAR
from firmware.charger import Charger
from firmware.echonet_meter import Meter
from firmware.hal.sim.plant import Plant
from firmware.limits import Limits

DATA = Path(__file__).with_name("data") / "echonet_properties.tsv"
SIZES = {"uint8": 1, "uint16": 2, "uint32": 4, "int16": 2, "int32": 4, "int8": 1}
# without number format: one byte, but for the fault description
CODED = {0x89: 2}
# the super class, which the table of a class does not repeat: EPC, access, size
COMMON = {
    0x81: (GET | SET | INF | VAR, 17),
    0x82: (GET, 4),
    0x83: (GET, 17),
    0x8A: (GET, 3),
    0x8C: (GET, 12),
    0x8D: (GET, 12),
    0x97: (GET | SET, 2),
    0x98: (GET | SET, 4),
    0x9D: (GET | VAR, 17),
    0x9E: (GET | VAR, 17),
    0x9F: (GET | VAR, 17),
}
# vehicle id: a length and up to 24 characters
NOT_IN_DATA = {0xE6: (GET | VAR, 25)}
NOTIFIED = {
    "02A1": {0x80, 0x81, 0x88, 0xC7, 0xDA},
    "027E": {0x80, 0x81, 0x88, 0xC7, 0xDA, 0xDC, 0xDD, 0xE1, 0xE5},
    "0280": {0x80, 0x81, 0x88},
}


def _rows():
    with DATA.open() as file:
        yield from csv.DictReader(file, delimiter="\t")


def _properties(eoj):
    """{EPC: list of rows}; a property of several numbers has several rows."""
    found = {}
    for row in _rows():
        if row["class"] == eoj:
            found.setdefault(int(row["epc"], 16), []).append(row)
    return found


def _codes(row):
    return {int(item.split("=")[0], 16) for item in row["enum"].split() if "=" in item}


def _device(eoj, control=True):
    if eoj == "0280":
        limits = Limits(sim)
        return Meter(Charger(Plant(sim), sim, limits), "R", control)
    board = sim if eoj == "02A1" else sim_feedin
    mode = "control" if control else "read"
    return Rig(board, mode, vehicle=Car).node.objects[1]


def _table(device):
    props = device.props
    return {props[i]: (props[i + 1], props[i + 2]) for i in range(0, len(props), 3)}


CLASSES = ("02A1", "027E", "0280")


@pytest.mark.parametrize("eoj", CLASSES)
def test_table(eoj):
    table = _table(_device(eoj))
    assert list(table) == sorted(table)
    known = _properties(eoj)
    for epc, (access, size) in table.items():
        name = f"{eoj} {epc:02X}"
        assert bool(access & INF) == (epc in NOTIFIED[eoj]), name
        if epc not in known:
            expected = {**COMMON, **NOT_IN_DATA}[epc]
            assert (access, size) == expected, name
            continue
        rows = known[epc]
        sizes = sum(SIZES.get(row["format"], CODED.get(epc, 1)) for row in rows)
        assert size == sizes, name
        assert not access & VAR, name
        for flag, rule in ((GET, rows[0]["get"]), (SET, rows[0]["set"])):
            assert not access & flag or rule != "notApplicable", name
            assert access & flag or rule != "required", name


@pytest.mark.parametrize("eoj", CLASSES)
def test_required(eoj):
    table = _table(_device(eoj))
    required = {epc for epc, rows in _properties(eoj).items() if rows[0]["get"] == "required"}
    required |= {epc for epc, rows in _properties(eoj).items() if rows[0]["set"] == "required"}
    assert required <= set(table)
    assert {SUPER[i] for i in range(0, len(SUPER), 3)} <= set(table)
    assert set(COMMON) - {0x97, 0x98} <= set(table)


@pytest.mark.parametrize("eoj", CLASSES)
def test_read_only_table_is_the_same_without_set(eoj):
    control, read = _table(_device(eoj)), _table(_device(eoj, control=False))
    without = {epc: (access & ~SET, size) for epc, (access, size) in control.items()}
    assert read == {epc: entry for epc, entry in without.items() if entry[0]}


@pytest.mark.parametrize("board", [sim, sim_feedin], ids=["02A1", "027E"])
def test_codes(board):
    """Every coded property says only what the table lists, whatever happens."""
    eoj = "027E" if board.FEED_IN else "02A1"
    rig = Rig(board)
    coded = {
        epc: _codes(rows[0])
        for epc, rows in _properties(eoj).items()
        if not rows[0]["format"] and epc in _table(rig.node.objects[1])
    }
    seen = {epc: set() for epc in coded}

    def look():
        for epc in coded:
            value = rig.get(f"{epc:02X}")
            if value is not None:
                seen[epc].add(int(value, 16))

    look()
    rig.charge()
    look()
    if board.FEED_IN:
        rig.plant.ev(draw_ma=(-9000, -9000, -9000))
        rig.run(3)
        look()
    for mode in range(256):
        if rig.set("DA", f"{mode:02X}"):
            assert mode in coded[0xDA]
            rig.run(3)
            look()
    for name in ("rcd", "overtemp", "diode"):
        rig.plant.fault(name, True)
        rig.run(2)
        look()
        rig.plant.fault(name, False)
    for epc, values in seen.items():
        assert values <= coded[epc], f"{epc:02X}"
    assert {0x30, 0x41, 0x40} <= seen[0xC7]
    assert {0x41, 0x42} == seen[0x88]


def _numbers():
    for eoj, board in (("02A1", sim), ("027E", sim_feedin)):
        table = _table(Rig(board).node.objects[1])
        for epc, rows in _properties(eoj).items():
            if rows[0]["format"] and epc in table and table[epc][0] & SET:
                yield eoj, board, epc, rows[0]


@pytest.mark.parametrize("eoj, board, epc, row", list(_numbers()))
@given(st.data())
def test_ranges_of_numbers(eoj, board, epc, row, data):
    size = SIZES[row["format"]]
    low, high = int(row["min"]), int(row["max"])
    edges = st.sampled_from([low, high, high + 1, 256**size - 2, 256**size - 1])
    value = data.draw(edges | st.integers(0, 256**size - 1))
    rig = RIGS[eoj]
    accepted = rig.set(f"{epc:02X}", value.to_bytes(size, "big").hex().upper())
    assert accepted == (low <= value <= high)
    if accepted:
        assert int(rig.get(f"{epc:02X}"), 16) == value


RIGS = {"02A1": Rig(sim), "027E": Rig(sim_feedin)}


def test_settable_numbers_are_all_tried():
    assert {(eoj, epc) for eoj, _, epc, _ in _numbers()} == {
        (eoj, epc) for eoj in ("02A1", "027E") for epc in (0x99, 0xE7, 0xEB, 0xED)
    }
