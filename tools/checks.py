"""Runs the checks of the repository and adds up what passed: `python -m tools.checks test`.

    python -m tools.checks [-v] STEP or GROUP ...        groups: test, unit, lint, ci

One line per step; what a step prints goes to build/logs/STEP.log (with -v to the screen too).
A step is counted by its own closing line (`N passed, M failed`, or pytest's), else as one. A
step that could not run says so with exit code 77 and its reason in the last line: skipped, or
failed where CI=true, as are skipped tests. Closes with `N passed, M failed` alone on a line.
"""

import argparse
import contextlib
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from tools import ROOT

LOGS = ROOT / "build" / "logs"
COULD_NOT_RUN = 77
_TAIL = 60

_PYTHON = [sys.executable]
_RUFF = [*_PYTHON, "-m", "ruff"]


class Step:
    """A named command. `module` must be there for it to run; `limit` is in seconds."""

    def __init__(self, command, module=None, limit=600):
        self.command = command
        self.module = module
        self.limit = limit


def _module(name, limit=600):
    return Step([*_PYTHON, "-m", name], name, limit)


def micropython():
    """The interpreter: MICROPYTHON, or the one of this environment."""
    return os.environ.get("MICROPYTHON") or str(Path(sys.executable).parent / "micropython")


STEPS = {
    "unit-cpython": Step([*_PYTHON, "-m", "pytest", "-rs"]),
    "unit-micropython": Step([micropython(), "host_tests/run_mpy.py"]),
    "lint": Step([*_RUFF, "check"]),
    "format": Step([*_RUFF, "format", "--check"]),
    "types": _module("tools.typecheck"),
    "memory": _module("host_tests.memory"),
    "bench": _module("host_tests.bench", 1800),
    "image": _module("tools.image"),
    "board": Step([*_PYTHON, "-m", "pytest", "-rs", "host_tests/board"]),
    "safety": _module("host_tests.safety"),
    "power-fail": _module("host_tests.power_fail", 1200),
    "conformance": _module("host_tests.conformance", 2400),
    "interop": _module("host_tests.interop", 1800),
    "demo": _module("tools.demo"),
}
GROUPS = {
    "unit": ["unit-cpython", "unit-micropython"],
    "lint": ["lint", "format"],
    "test": ["unit-cpython", "unit-micropython", "lint", "format", "types", "memory"],
}
# `safety` and `bench` measure times: each is run on an idle machine, by itself
GROUPS["ci"] = [*GROUPS["test"], "image", "board", "power-fail", "conformance", "interop", "demo"]

_CLOSING = re.compile(r"(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$")
_PYTEST = re.compile(r"=*\s*((?:\d+ [a-z]+(?:, )?)+) in \d[\d.]*s\b.*$")


def count(lines):
    """(passed, failed, skipped) by the last closing line among `lines`, or None."""
    for line in reversed(lines):
        line = re.sub(r"\x1b\[[\d;]*m", "", line).strip()
        match = _CLOSING.match(line)
        if match:
            return tuple(int(number or 0) for number in match.groups())
        match = _PYTEST.match(line)
        if match:
            words = {word: int(n) for n, word in re.findall(r"(\d+) ([a-z]+)", match.group(1))}
            failed = words.get("failed", 0) + words.get("error", 0) + words.get("errors", 0)
            return words.get("passed", 0), failed, words.get("skipped", 0)
    return None


def result(code, lines, strict):
    """What a step came to: {"passed", "failed", "skipped", "reason"}; `strict` as CI has it."""
    reason = ""
    if code == COULD_NOT_RUN:
        reason = lines[-1].strip() if lines else "no reason given"
        passed, failed, skipped = 0, 0, 1
    else:
        passed, failed, skipped = count(lines) or ((0, 1, 0) if code else (1, 0, 0))
        if code and not failed:
            failed, reason = 1, f"exit code {code}"
    if strict and skipped:
        failed, skipped, reason = failed + skipped, 0, reason or f"{skipped} skipped"
    return {"passed": passed, "failed": failed, "skipped": skipped, "reason": reason}


def run(name, verbose, strict):
    """Runs one step, prints its line, and returns its result()."""
    step = STEPS[name]
    start = time.monotonic()
    if step.module and not _is_there(step.module):
        code, lines = COULD_NOT_RUN, [f"{step.module} is not there"]
    else:
        code, lines = _stream(step, LOGS / f"{name}.log", verbose)
    outcome = result(code, lines, strict)
    failed, skipped = outcome["failed"], outcome["skipped"]
    words = [f"{outcome['passed']} passed"]
    words += [f"{failed} failed"] * bool(failed) + [f"{skipped} skipped"] * bool(skipped)
    mark = "FAIL" if failed else "skip" if skipped and not outcome["passed"] else "ok"
    note = f" ({outcome['reason']})" if outcome["reason"] else ""
    print(f"{mark:4}  {name:18}{time.monotonic() - start:7.1f} s   {', '.join(words)}{note}")
    if failed and not verbose and code != COULD_NOT_RUN:
        print("".join(f"      | {line}\n" for line in lines[-_TAIL:]), end="")
        print(f"      whole output: build/logs/{name}.log")
    sys.stdout.flush()
    return outcome


def _is_there(module):
    try:
        spec = importlib.util.find_spec(module)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(f"{module}.__main__")
        return spec is not None
    except ModuleNotFoundError:
        return False


def _stream(step, log, verbose):
    """Exit code and the lines that were printed. Past its limit the step is ended: code 124."""
    lines = []
    environment = {**os.environ, "MICROPYTHON": micropython(), "PYTHONUNBUFFERED": "1"}
    try:
        # its own process group, so that what it has started ends with it
        process = subprocess.Popen(
            step.command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace",
            start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        return COULD_NOT_RUN, [str(error)]
    late = threading.Event()

    def expire():
        late.set()
        _end(process)

    timer = threading.Timer(step.limit, expire)
    timer.start()
    try:
        with open(log, "w") as file:
            for line in process.stdout:
                file.write(line)
                file.flush()
                lines.append(line.rstrip("\n"))
                if verbose:
                    print(line, end="", flush=True)
        code = process.wait()
    except BaseException:
        _end(process)
        raise
    finally:
        timer.cancel()
    if late.is_set():
        lines.append(f"ended after {step.limit} s")
        return 124, lines
    return code, lines


def _end(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="tools.checks", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="+", metavar="STEP", help=", ".join([*GROUPS, *STEPS]))
    parser.add_argument("-v", "--verbose", action="store_true", help="show what the steps print")
    parser.add_argument("--done", metavar="GROUP", help="take its last results, do not run it")
    options = parser.parse_args(arguments)
    strict = os.environ.get("CI") == "true"
    names = [step for name in options.names for step in GROUPS.get(name, [name])]
    if unknown := [name for name in names if name not in STEPS]:
        parser.error(f"no such step: {', '.join(unknown)}")
    LOGS.mkdir(parents=True, exist_ok=True)
    outcomes = {}
    if options.done:
        outcomes = _recorded(options.done)
        names = [name for name in names if name not in GROUPS[options.done]]
    for name in names:
        outcomes[name] = run(name, options.verbose, strict)
    record = json.dumps(outcomes)
    for name in options.names:
        (LOGS / f"{name}.json").write_text(record)
    total = {
        key: sum(outcome[key] for outcome in outcomes.values())
        for key in ("passed", "failed", "skipped")
    }
    print("{passed} passed, {failed} failed".format_map(total))
    return 1 if total["failed"] or not total["passed"] else 0


def _recorded(group):
    """The results of the last run of `group`; a group that left none has failed."""
    try:
        return json.loads((LOGS / f"{group}.json").read_text())
    except OSError:
        print(f"FAIL  {group:18} left no result")
        return {group: {"passed": 0, "failed": 1, "skipped": 0, "reason": "no result"}}


if __name__ == "__main__":
    sys.exit(main())
