"""The driver of the checks: what it counts, and what it makes of a step that could not run."""

import json
import sys

import pytest

from tools import checks


@pytest.mark.parametrize(
    "lines, counted",
    [
        (["6 passed, 0 failed"], (6, 0, 0)),
        (["6 passed, 2 failed, 1 skipped"], (6, 2, 1)),
        (["1 passed, 0 failed", "7 passed, 1 failed", "done"], (7, 1, 0)),
        (["\x1b[32m6 passed\x1b[0m, 0 failed"], (6, 0, 0)),
        (["12 passed in 0.31s"], (12, 0, 0)),
        (["= 1 failed, 12 passed, 2 skipped, 1 warning in 63.10s (0:01:03) ="], (12, 1, 2)),
        (["3 passed, 2 errors in 0.31s"], (3, 2, 0)),
        (["no tests ran in 0.01s"], None),
        (["note: 3 passed, 1 failed"], None),
        ([], None),
    ],
)
def test_count(lines, counted):
    assert checks.count(lines) == counted


@pytest.mark.parametrize(
    "code, lines, strict, passed, failed, skipped, reason",
    [
        (0, [], False, 1, 0, 0, ""),
        (1, [], False, 0, 1, 0, ""),
        (0, ["4 passed, 0 failed"], True, 4, 0, 0, ""),
        (1, ["4 passed, 0 failed"], False, 4, 1, 0, "exit code 1"),
        (1, ["4 passed, 2 failed"], False, 4, 2, 0, ""),
        (0, ["4 passed, 2 failed"], False, 4, 2, 0, ""),
        (77, ["no network namespaces"], False, 0, 0, 1, "no network namespaces"),
        (77, ["no network namespaces"], True, 0, 1, 0, "no network namespaces"),
        (0, ["4 passed, 3 skipped in 1.00s"], False, 4, 0, 3, ""),
        (0, ["4 passed, 3 skipped in 1.00s"], True, 4, 3, 0, "3 skipped"),
    ],
)
def test_result(code, lines, strict, passed, failed, skipped, reason):
    assert checks.result(code, lines, strict) == {
        "passed": passed,
        "failed": failed,
        "skipped": skipped,
        "reason": reason,
    }


@pytest.fixture
def steps(monkeypatch, tmp_path):
    """Runs main() with these steps: (exit code, lines of output)."""

    def python(code):
        return checks.Step([sys.executable, "-c", code], limit=2)

    monkeypatch.setattr(checks, "LOGS", tmp_path)
    monkeypatch.setattr(
        checks,
        "STEPS",
        {
            "good": python("print('5 passed, 0 failed')"),
            "bad": python("print('why'); print('2 passed, 3 failed'); raise SystemExit(1)"),
            "missing": checks.Step([], module="tools.not_there"),
            "endless": python("import time; print('start', flush=True); time.sleep(60)"),
        },
    )
    monkeypatch.setattr(checks, "GROUPS", {"some": ["good"], "all": ["good", "bad"]})
    monkeypatch.delenv("CI", raising=False)


def run(capsys, *arguments):
    code = checks.main(list(arguments))
    return code, capsys.readouterr().out.splitlines()


def test_sums_and_logs(steps, capsys, tmp_path):
    code, lines = run(capsys, "all")
    assert (code, lines[-1]) == (1, "7 passed, 3 failed")
    assert any("| why" in line for line in lines)
    assert (tmp_path / "bad.log").read_text() == "why\n2 passed, 3 failed\n"


def test_a_missing_check_is_skipped_but_fails_in_ci(steps, capsys, monkeypatch):
    code, lines = run(capsys, "good", "missing")
    assert (code, lines[-1]) == (0, "5 passed, 0 failed")
    assert lines[-2].startswith("skip  missing") and "tools.not_there is not there" in lines[-2]
    monkeypatch.setenv("CI", "true")
    code, lines = run(capsys, "good", "missing")
    assert (code, lines[-1]) == (1, "5 passed, 1 failed")
    assert "tools.not_there is not there" in lines[-2]


def test_a_step_past_its_limit_is_ended(steps, capsys):
    code, lines = run(capsys, "endless")
    assert (code, lines[-1]) == (1, "0 passed, 1 failed")
    assert any("ended after 2 s" in line for line in lines)


def test_nothing_passed_is_no_success(steps, capsys):
    assert run(capsys, "missing")[0] == 1


def test_done_takes_the_results_of_the_last_run(steps, capsys, tmp_path):
    run(capsys, "some")
    record = json.loads((tmp_path / "some.json").read_text())
    record["good"]["passed"] = 50
    (tmp_path / "some.json").write_text(json.dumps(record))
    code, lines = run(capsys, "all", "--done", "some")
    assert (code, lines[-1]) == (1, "52 passed, 3 failed")
    assert not any("good" in line for line in lines)
    (tmp_path / "some.json").unlink()
    assert run(capsys, "all", "--done", "some")[1][-1] == "2 passed, 4 failed"
