"""Results as build/conformance.json, build/conformance.md and a table on the screen."""

import json

from rich.table import Table

from host_tests.conformance.catalogue import APPLICABLE, required
from host_tests.conformance.outcome import CASES, FAILED, INCONCLUSIVE, NOT_APPLICABLE, PASSED

LINES = 40  # of the trace kept per direction
WIDTH = 400
PAGE = """# Conformance of SHIP

The 33 test cases TC_SHIP of the EEBUS initiative, against the running firmware over TLS, in both
roles where the case says either. Made with

    python -m host_tests.conformance --only 'TC_SHIP*' --page docs/conformance.md

`make conformance` runs them all, and those of LPC that it requires; it leaves its report, with the
times, in `build/conformance.md`, and every message in `build/conformance.json`.
"""
STYLES = {PASSED: "green", FAILED: "red", INCONCLUSIVE: "yellow", NOT_APPLICABLE: "dim"}


def entry(case, verdict, reason, trace, seconds):
    """One result. `trace`: lines of (seconds, "sent" | "seen", text)."""
    return {
        "id": case.id,
        "role": case.role,
        "verdict": verdict,
        "reason": reason,
        "sent": _lines(trace, "sent"),
        "seen": _lines(trace, "seen"),
        "seconds": round(seconds, 2),
    }


def _lines(trace, direction):
    lines = [f"{t:.3f} {text[:WIDTH]}" for t, way, text in trace if way == direction]
    return lines[-LINES:]


def write(results, folder):
    """Write the JSON and the Markdown table into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "conformance.json").write_text(json.dumps({"cases": results}, indent=1) + "\n")
    rows = ["| id | role | verdict | reason | s |", "|---|---|---|---|---|"]
    for one in results:
        reason = one["reason"].replace("|", "\\|").replace("\n", " ")
        rows.append(
            f"| {one['id']} | {one['role']} | {one['verdict']} | {reason} | {one['seconds']} |"
        )
    rows += ["", f"{closing(results)}", ""]
    (folder / "conformance.md").write_text("\n".join(rows))


def page(results):
    """The verdicts as a page that is kept: without times."""
    rows = ["| id | role | verdict | reason |", "|---|---|---|---|"]
    order = [(case, role) for case, roles in APPLICABLE.items() for role in roles]
    for one in sorted(results, key=lambda one: order.index((one["id"], one["role"]))):
        rows.append(f"| {one['id']} | {one['role']} | {one['verdict']} | {one['reason']} |")
    ids = {one["id"] for one in results}
    passed = ids - {one["id"] for one in results if one["verdict"] != PASSED}
    return "\n".join([PAGE, *rows, "", f"{len(passed)} of {len(ids)} ids passed.", ""])


def closing(results):
    """`N passed, M failed`; failed includes inconclusive."""
    passed = sum(one["verdict"] == PASSED for one in results)
    failed = sum(one["verdict"] in (FAILED, INCONCLUSIVE) for one in results)
    return f"{passed} passed, {failed} failed"


def broken(results):
    """Required results that are neither passed nor ruled out."""
    return [
        one for one in results if one["verdict"] in (FAILED, INCONCLUSIVE) and required(one["id"])
    ]


def table(results):
    """Rich table of the results."""
    out = Table("case", "role", "verdict", "reason", "s", title="EEBUS conformance")
    for one in results:
        style = STYLES[one["verdict"]]
        mark = "*" if required(one["id"]) else ""
        out.add_row(
            one["id"] + mark,
            one["role"],
            f"[{style}]{one['verdict']}[/]",
            one["reason"],
            str(one["seconds"]),
        )
    return out


def listing():
    """Rich table of the applicable ids: which have an executable case."""
    executable = {(case.id, case.role) for case in CASES}
    out = Table("case", "role", "executable", "set", title="applicable official cases")
    for case_id, roles in APPLICABLE.items():
        for role in roles:
            there = "yes" if (case_id, role) in executable else "[red]no[/]"
            out.add_row(case_id, role, there, "required" if required(case_id) else "")
    done = sum((i, role) in executable for i, roles in APPLICABLE.items() for role in roles)
    total = sum(len(roles) for roles in APPLICABLE.values())
    covered = {i for i, roles in APPLICABLE.items() if all((i, r) in executable for r in roles)}
    out.caption = f"{len(covered)} of {len(APPLICABLE)} ids, {done} of {total} id and role pairs"
    return out
