"""Measurements in the MicroPython unix port, with the kernels in machine code."""

import os
import subprocess
from statistics import median

from host_tests.bench import recordings, scenes
from tools import ROOT
from tools.build import build, names
from tools.checks import micropython

_PLACE = ROOT / "build" / "bench"
_TREE = ROOT / "build" / "mpy" / "x64"
_HEAP = 4 << 20  # bytes; nothing is collected while the clock runs
_LEAST, _MOST = 8 << 10, 512 << 10  # bytes, of the heaps that are tried
_STEP = 64
_RUNS = 5


class UnixError(Exception):
    """A program failed in the interpreter; the text is what it said."""


def prepare():
    """Compiles the firmware and puts programs and recordings in place. Raises BuildError."""
    build("x64")
    _PLACE.mkdir(parents=True, exist_ok=True)
    program = names().program
    for name in ("discovery", "clocked", "digest"):
        (_PLACE / f"{name}.py").write_text(program(scenes.board(name), name != "discovery"))
    (_PLACE / "plan.py").write_text(program(recordings.plan(), main=False))
    (_PLACE / "short.json").write_bytes(recordings.short())
    (_PLACE / "long.json").write_bytes(recordings.long())


def _run(program, recording, heap):
    """What the program prints, None when it has failed, and what it said on stderr."""
    done = subprocess.run(
        [micropython(), "-X", f"heapsize={heap}", f"{program}.py", recording],
        cwd=_PLACE,
        env={**os.environ, "MICROPYPATH": f"{_PLACE}:{_TREE / 'lib'}:.frozen"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return (None if done.returncode else done.stdout), done.stderr


def read_vs_c():
    """Time of the walker over that of json.loads and extraction, median of medians.

    Raises UnixError, also when the two do not find the same in the recording.
    """
    ratios = []
    for _ in range(_RUNS):
        out, said = _run("clocked", "short.json", _HEAP)
        if out is None:
            raise UnixError(said.strip())
        walker, loads = map(int, out.split())
        ratios.append(walker / loads)
    return median(ratios)


def long_minheap_delta():
    """Bytes of heap that the long recording needs more than the short one. Raises UnixError."""
    return least_heap("long.json") - least_heap("short.json")


def least_heap(recording):
    """The smallest -X heapsize in bytes that digests the recording. Raises UnixError."""
    out, said = _run("digest", recording, _MOST)
    if out is None:
        raise UnixError(said.strip())
    low, high = _LEAST, _MOST  # too little, enough
    while high - low > _STEP:
        middle = (low + high) // 2
        if _run("digest", recording, middle)[0] == out:
            high = middle
        else:
            low = middle
    return high
