"""Measures the gates: `python -m host_tests.memory [WORD ...]` (those whose name has a WORD)."""

import sys

from host_tests.memory.gates import GATES, RETAINED, SIZE
from host_tests.memory.install import NotInstalled
from host_tests.memory.wasm import Wasm, WasmError
from tools import ROOT
from tools.build import BuildError, build
from tools.checks import COULD_NOT_RUN

_BUILT = ROOT / "build" / "mpy" / "bytecode"


# numbers in buffers that look like addresses keep garbage alive: not where the heap lies elsewhere
_SHIFTS = (0, 3000, 50000)


def measure(wasm, gate):
    """Bytes that the gate takes, in a new interpreter. Raises WasmError."""
    if gate.kind == RETAINED:
        return min(_retained(wasm, gate, shift) for shift in _SHIFTS)
    wasm.fresh()
    wasm.run(gate.setup)
    body = gate.measured.replace("\n", "\n    ")
    wasm.run(
        "import gc\n"
        f"def _measure():\n    _before = gc.mem_alloc()\n    {body}\n"
        "    return gc.mem_alloc() - _before\n"
    )
    wasm.run("_measure()")
    return int(wasm.run("print(_measure())"))


def _retained(wasm, gate, shift):
    wasm.fresh()
    wasm.run(f"_shift = bytearray({shift})")
    wasm.run(gate.setup)
    before = wasm.mem_alloc()
    wasm.run(gate.measured)
    return wasm.mem_alloc() - before


def main(words):
    chosen = [gate for gate in GATES if not words or any(word in gate.name for word in words)]
    try:
        build("bytecode")
        wasm = Wasm()
    except BuildError as error:
        print(error)
        return 1
    except NotInstalled as error:
        print(error)
        return COULD_NOT_RUN
    failed = 0
    print(f"{'':6}{'gate':44}{'kind':9}{'bytes':>9}{'bound':>9}")
    with wasm:
        wasm.put_tree(_BUILT)
        for gate in chosen:
            try:
                taken = measure(wasm, gate)
                good = taken == gate.bound if gate.kind == SIZE else taken <= gate.bound
                figure = f"{taken:9,}"
            except WasmError as error:
                good, figure = False, f"   failed\n{error}\n{'':59}"
            failed += not good
            mark = "ok" if good else "FAIL"
            print(f"{mark:6}{gate.name:44}{gate.kind:9}{figure}{gate.bound:9,}")
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
