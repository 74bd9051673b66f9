"""Results as build/conformance.json, build/conformance.md and a table on the screen."""

import json

from rich.table import Table

from host_tests.conformance.catalogue import APPLICABLE, required
from host_tests.conformance.outcome import CASES, FAILED, INCONCLUSIVE, NOT_APPLICABLE, PASSED

LINES = 40  # of the trace kept per direction
WIDTH = 400
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


def closing(results):
    """`N passed, M failed`; failed includes inconclusive."""
    passed = sum(one["verdict"] == PASSED for one in results)
    failed = sum(one["verdict"] in (FAILED, INCONCLUSIVE) for one in results)
    return f"{passed} passed, {failed} failed"


def broken(results):
    """Required results that are neither passed nor ruled out."""
    return [
        one
        for one in results
        if one["verdict"] in (FAILED, INCONCLUSIVE) and required(one["id"], one["role"])
    ]


def table(results):
    """Rich table of the results."""
    out = Table("case", "role", "verdict", "reason", "s", title="EEBUS conformance")
    for one in results:
        style = STYLES[one["verdict"]]
        mark = "*" if required(one["id"], one["role"]) else ""
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
            out.add_row(case_id, role, there, "required" if required(case_id, role) else "")
    done = sum((i, role) in executable for i, roles in APPLICABLE.items() for role in roles)
    total = sum(len(roles) for roles in APPLICABLE.values())
    covered = {i for i, roles in APPLICABLE.items() if all((i, r) in executable for r in roles)}
    out.caption = f"{len(covered)} of {len(APPLICABLE)} ids, {done} of {total} id and role pairs"
    return out
