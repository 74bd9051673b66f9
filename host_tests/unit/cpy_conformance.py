"""The catalogue of official cases against what is executable, and the page of their verdicts."""

import re
from pathlib import Path

from host_tests.conformance import runner  # noqa: F401 - registers the cases
from host_tests.conformance.catalogue import APPLICABLE, required
from host_tests.conformance.outcome import CASES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "conformance.md"
SHIP = {
    (case, role)
    for case, roles in APPLICABLE.items()
    if case.startswith("TC_SHIP_")
    for role in roles
}


def test_all_of_TC_SHIP_is_executable_and_required():
    assert len({case for case, _ in SHIP}) == 33
    assert {(case.id, case.role) for case in CASES} >= SHIP
    assert all(required(case) for case, _ in SHIP)


def test_the_page_has_them_all():
    rows = re.findall(r"\| (TC_SHIP_\w+) \| ([\w+]+) \| (\w+) \|", PAGE.read_text())
    assert {(case, role) for case, role, _ in rows} == SHIP
    assert len(rows) == len(SHIP)
    # the two rules for double connections exclude each other (12.2.2), all else has to pass
    assert {case for case, _, verdict in rows if verdict != "passed"} <= {"TC_SHIP_CONN_001"}
