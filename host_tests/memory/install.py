"""Puts the WebAssembly MicroPython into build/node: npm ci with the versions locked here."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools import ROOT

HERE = Path(__file__).resolve().parent
PLACE = ROOT / "build" / "node"
MODULE = PLACE / "node_modules/@micropython/micropython-webassembly-pyscript/micropython.mjs"


class NotInstalled(Exception):
    """Node or the package is not to be had; the text says why."""


def node():
    """Path of Node: the machine's, else the one of PyPI (installed beside this interpreter)."""
    return _program("node")


def install():
    """Path of micropython.mjs, installed when missing or when the lock file has changed."""
    packages(HERE, PLACE)
    return MODULE


def packages(source, place):
    """Path of Node, with the packages of source/package-lock.json in place/node_modules.

    They are installed when missing or when the lock file has changed; raises NotInstalled.
    """
    source, place = Path(source), Path(place)
    node_path = node()
    locked = (source / "package-lock.json").read_bytes()
    copy = place / "package-lock.json"
    if (place / "node_modules").is_dir() and copy.is_file() and copy.read_bytes() == locked:
        return node_path
    place.mkdir(parents=True, exist_ok=True)
    copy.unlink(missing_ok=True)
    shutil.copy(source / "package.json", place)
    npm = _program("npm")
    # npm looks for node on PATH: the one beside it
    path = os.pathsep.join([str(Path(npm).parent), os.environ.get("PATH", "")])
    copy.write_bytes(locked)
    try:
        _run(
            [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=place,
            env={**os.environ, "PATH": path},
        )
    except NotInstalled:
        copy.unlink(missing_ok=True)
        raise
    return node_path


def _program(name):
    beside = Path(sys.executable).parent / name
    found = shutil.which(name) or (str(beside) if beside.is_file() else None)
    if found is None:
        lock = HERE / "node.txt"
        _run([sys.executable, "-m", "pip", "install", "-q", "--require-hashes", "-r", lock])
        found = str(beside)
    return found


def _run(command, **options):
    done = subprocess.run(
        command,
        **options,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise NotInstalled(f"{Path(command[0]).name}: {done.stdout.strip()[-500:]}")
