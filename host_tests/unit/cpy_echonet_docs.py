"""The property tables of docs/echonet.md are those of the code."""

from pathlib import Path

from echonet.device import SUPER
from echonet.profile import NodeProfile
from echonet.table import GET, INF, SET
from firmware import echonet_ev, echonet_meter

PAGE = Path(__file__).resolve().parents[2] / "docs" / "echonet.md"
FLAGS = ((GET, "get"), (SET, "set"), (INF, "inf"))


def tables():
    """{EOJ or first word of the title: rows of cells behind it} of the page."""
    found = {}
    rows = []
    for line in PAGE.read_text().splitlines():
        if line.startswith("#"):
            rows = found.setdefault(line.strip("# ").split()[0], [])
        elif line.startswith("| ") and not line.startswith(("| EPC", "| ---")):
            rows.append([cell.strip() for cell in line[1:-1].split("|")])
    return found


def access(flags):
    return " ".join(word for flag, word in FLAGS if flags & flag)


def plain(props):
    """[EPC, access] of a table with entries of three bytes."""
    return [[f"{props[i]:02X}", access(props[i + 1])] for i in range(0, len(props), 3)]


def dated(rows):
    """[EPC, access, since, car] of rows of five bytes."""
    cells = []
    for i in range(0, len(rows), 5):
        epc, flags, _, since, car = rows[i : i + 5]
        cells.append([f"{epc:02X}", access(flags), chr(since), "car" if car else ""])
    return cells


def told(title):
    """The rows of a table on the page, without the description."""
    return [[row[0], *row[2:]] for row in tables()[title]]


def test_node_profile():
    assert told("0x0EF0") == plain(NodeProfile.props)


def test_super_class():
    assert told("All") == plain(SUPER)


def test_charger():
    assert told("0x02A1") == dated(echonet_ev._CHARGER)


def test_discharger():
    assert told("0x027E") == dated(echonet_ev._DISCHARGER)


def test_meter():
    assert told("0x0280") == dated(echonet_meter._ROWS)
