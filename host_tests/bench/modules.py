"""What each module of the slice costs: `python -m host_tests.bench --modules`."""

from typing import NamedTuple

from host_tests.bench import eebus_slice, scenes
from host_tests.memory.wasm import Wasm
from tools import ROOT

BYTECODE = ROOT / "build" / "mpy" / "bytecode"

# a package that has its folder, but has not run: so that its modules load one by one
_PACKAGES = (
    "import sys, micropython\n"
    "class Package:\n    pass\n"
    "def pretend(name, path):\n"
    "    package = Package()\n    package.__path__ = path\n    sys.modules[name] = package\n"
)


class Cost(NamedTuple):
    module: str
    mpy: int  # bytes of .mpy
    retained: int  # bytes of a 32-bit heap after its import, without the tables of names
    names: int  # qstrs that are new with it
    letters: int  # bytes of these names


def costs():
    """(costs in the order of import, bytes of the tables of names). Raises WasmError."""
    modules = eebus_slice.modules()
    found = []
    with Wasm() as wasm:
        wasm.put_tree(BYTECODE)
        wasm.fresh()
        wasm.run(scenes.fakes() + _PACKAGES)
        names, letters, first_table = _names(wasm)
        table = first_table
        for module, mpy in modules.items():
            package = eebus_slice.dotted(module)
            code = f"import {package}\n"
            if module.endswith("/__init__"):
                code = f"sys.modules.pop('{package}', None)\n" + code
            elif "." in package:
                parent = package.rpartition(".")[0]
                path = "/" + module.rpartition("/")[0]
                code = f"'{parent}' in sys.modules or pretend('{parent}', '{path}')\n" + code
            before = wasm.mem_alloc()
            wasm.run(code)
            retained = wasm.mem_alloc() - before
            new_names, new_letters, new_table = _names(wasm)
            found.append(
                Cost(
                    module,
                    mpy,
                    retained - (new_table - table),
                    new_names - names,
                    new_letters - letters,
                )
            )
            names, letters, table = new_names, new_letters, new_table
    return found, table - first_table


def _names(wasm):
    """(names, bytes of their letters, bytes of the tables that list them)."""
    text = wasm.run("micropython.qstr_info()").partition(":")[2]
    info = dict(part.split("=") for part in text.strip().split(", "))
    letters = int(info["n_str_data_bytes"])
    return int(info["n_qstr"]), letters, int(info["n_total_bytes"]) - letters


def table():
    """Prints the costs, the dearest first."""
    found, tables = costs()
    print(f"{'module':30}{'.mpy':>8}{'retained':>10}{'ratio':>7}{'names':>7}{'letters':>9}")
    for cost in sorted(found, key=lambda cost: -cost.retained):
        _line(eebus_slice.dotted(cost.module), cost)
    print(f"{'tables of names':38}{tables:10,}")
    sums = [sum(cost[i] for cost in found) for i in range(1, 5)]
    sums[1] += tables
    _line(f"all {len(found)}", Cost("", *sums))


def _line(title, cost):
    ratio = cost.retained / cost.mpy
    print(f"{title:30}{cost.mpy:8,}{cost.retained:10,}{ratio:7.2f}{cost.names:7}{cost.letters:9,}")
