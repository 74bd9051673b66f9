"""docs/clauses.md has every clause, figure and table of IEC 63380-3:2025 once, with true links."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "clauses.md"

_CLAUSES = """
1 2 3 3.1 3.2 4
5 5.1 5.2 5.2.1 5.2.2 5.2.3 5.3 5.3.1 5.3.2 5.3.3 5.4 5.4.1 5.4.2 5.4.3
5.5 5.5.1 5.5.2 5.5.3 5.5.4 5.5.5 5.5.6
6 6.1 6.1.1 6.1.2 6.1.3 6.2 6.2.1 6.2.2 6.2.3 6.3 6.3.1 6.3.2
6.4 6.4.1 6.4.2 6.4.3 6.4.4 6.4.5 6.5 6.5.1 6.5.2 6.5.3 6.5.4 6.5.5
6.6 6.6.1 6.6.2 6.6.3 6.6.4 6.6.5 6.6.6 6.6.7 6.6.8 6.7 6.7.1 6.7.2 6.7.3 6.7.4 6.7.5
6.8 6.8.1 6.8.2 6.8.3 6.8.4 6.8.5
6.9 6.9.1 6.9.2 6.9.3 6.9.4 6.9.5 6.9.6 6.9.7 6.9.8 6.10 6.10.1 6.10.2 6.10.3 6.10.4 6.11
7
"""
EXPECTED = {
    "Clauses": [*_CLAUSES.split(), "Annex A"],
    "Figures": [str(number) for number in range(1, 44)],
    "Tables": [str(number) for number in range(1, 55)],
}
STATUS = re.compile(r"done|open|informative|not possible: \S.*")
LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")


def rows(text):
    """{section: [[number, title, module, test, status], ...]} of the page."""
    sections, current = {}, []
    for line in text.splitlines():
        if line.startswith("## "):
            current = sections.setdefault(line[3:].strip(), [])
        elif line.startswith("|") and not line.startswith(("| number |", "| --- |")):
            current.append([cell.strip() for cell in line.strip("|").split("|")])
    return sections


def complaints(row, folder):
    """What is wrong with one row, as a list of texts; links are relative to `folder`."""
    if len(row) != 5:
        return [f"{len(row)} cells instead of 5"]
    _, title, module, test, status = row
    found = []
    if not title:
        found.append("no title")
    if not STATUS.fullmatch(status):
        found.append(f"status {status!r}")
    if status == "done" and not LINK.search(module):
        found.append("done without a link to a module")
    if status == "done" and not LINK.search(test):
        found.append("done without a link to a test")
    for label, target in LINK.findall(f"{module} {test}"):
        path = folder / target.split("#")[0]
        if not path.exists():
            found.append(f"{target} is not there")
            continue
        name = label.strip("`").partition(".")[2]
        if name.startswith("test_") and f"def {name}(" not in path.read_text():
            found.append(f"{target} has no {name}")
    return found


@pytest.mark.parametrize("section", EXPECTED)
def test_every_number_once_and_in_order(section):
    numbers = [row[0] for row in rows(PAGE.read_text())[section]]
    assert numbers == EXPECTED[section]


def test_sections():
    assert list(rows(PAGE.read_text())) == list(EXPECTED)


def test_rows():
    found = [
        f"{section} {row[0]}: {text}"
        for section, table in rows(PAGE.read_text()).items()
        for row in table
        for text in complaints(row, PAGE.parent)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "module, test, status, complaint",
    [
        ("", "", "open", None),
        ("", "", "finished", "status"),
        ("", "", "not possible", "status"),
        ("", "", "not possible: no brainpool curves in mbedTLS there", None),
        ("", "[t](../lib/ticks.py)", "done", "without a link to a module"),
        ("[m](../lib/ticks.py)", "", "done", "without a link to a test"),
        ("[m](../lib/nothing.py)", "", "open", "is not there"),
        (
            "[ticks](../lib/ticks.py)",
            "[test_ticks.test_add_wraps](../host_tests/unit/test_ticks.py)",
            "done",
            None,
        ),
        ("", "[test_ticks.test_nothing](../host_tests/unit/test_ticks.py)", "open", "has no"),
    ],
)
def test_the_rules_themselves(module, test, status, complaint):
    found = " ".join(complaints(["5.1", "General", module, test, status], PAGE.parent))
    assert complaint in found if complaint else not found
