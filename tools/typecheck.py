"""Static types, in the ways that fit the rooms: `python -m tools.typecheck [NAME ...]`.

    host        tools/ and host_tests/ by mypy: CPython's library, and lib/ as its .pyi say
    tests       what runs on both interpreters, by mypy: MicroPython's library, lib/ as before
    stubs       every module of lib/ has a .pyi that agrees with it (mypy's stubtest)
    rp2, esp32  the bodies of lib/ and firmware/ by mypy: the MicroPython library of that port

Code for the boards has no annotations: mypy infers what it can, and finds names, attributes and
calls that a port does not have. A file that imports a port's own module, `rp2` or `esp32`, is
checked for that port alone; the simulated hardware runs on neither and is left out. Closes with
`N passed, M failed`, counted by file.
"""

import ast
import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

from tools import ROOT

PORTS = ("rp2", "esp32")
_HERE = Path(__file__).resolve().parent
_CACHE = ROOT / "build" / "mypy"
_ERROR = re.compile(r"(?P<path>[^:]+):\d+(:\d+)?: error: ")
_SHIMS = "tools/shims"
_ON_BOTH = re.compile(r"host_tests/(unit/(?!cpy_)\w+|run_mpy|safety/stall|interop/mdns_node)\.py")
_SIMULATED = "firmware/hal/sim/"
_VIPER = "lib/_fast/viper.py"  # in a type system of its own


def relative(paths):
    return sorted(path.relative_to(ROOT).as_posix() for path in paths)


def sources(*rooms):
    return relative(
        path
        for room in rooms
        for path in (ROOT / room).rglob("*.py")
        if not {"__pycache__", "node_modules"} & set(path.parts)
    )


def imported(name):
    """Names of the top-level modules that a file imports."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / name).read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def mypy(files, name, path, *options):
    """Lines of mypy's errors in `files`. `path` is where it finds modules."""
    command = [sys.executable, "-m", "mypy", "--cache-dir", str(_CACHE / name)]
    command += ["--no-error-summary", *options, *files]
    environment = {**os.environ, "MYPYPATH": os.pathsep.join(path)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if _ERROR.match(line)]
    if done.returncode > 1 or (done.returncode and not lines):
        lines.append(f"mypy:0: error: {(done.stdout + done.stderr).strip()}")
    # the stubs of MicroPython have errors of their own; other sources have their own check
    ours = (*files, "mypy")
    return [line for line in lines if (path := line.split(":")[0]) in ours or _is_stub(path)]


def _is_stub(path):
    return path.startswith("lib/") and path.endswith(".pyi")


def host():
    files = [
        file
        for file in sources("tools", "host_tests")
        if not file.startswith(_SHIMS) and not _ON_BOTH.fullmatch(file)
    ]
    return files, mypy(files, "host", [".", "lib", _SHIMS, "host_tests/unit"])


def on_micropython(files, name, stubs, *path):
    options = ["--custom-typeshed-dir", str(stubs), "--no-site-packages"]
    return mypy(files, name, [str(stubs), ".", "lib", *path], *options)


def tests():
    files = [file for file in sources("host_tests") if _ON_BOTH.fullmatch(file)]
    return files, on_micropython(files, "tests", port_stubs(PORTS[0]), "host_tests/unit")


def port_stubs(port):
    """Folder of the port's MicroPython stubs, installed when missing or out of date."""
    folder = ROOT / "build" / "stubs" / port
    lock = (_HERE / "stubs" / f"{port}.txt").read_text()
    stamp = folder / ".lock"
    if stamp.is_file() and stamp.read_text() == lock:
        return folder
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", "--require-hashes"]
    command += ["--no-deps", "--target", str(folder), "-r", str(_HERE / "stubs" / f"{port}.txt")]
    subprocess.run(command, check=True)
    # there, a time in ticks is of a type of its own; here it is an int, as ticks.py has it
    ticks = folder / "_mpy_shed" / "time_mp.pyi"
    text = re.sub(r"(?m)^class (_Ticks\w+):", r"\1 = int\nclass _\1:", ticks.read_text())
    ticks.write_text(re.sub(r"(?m)^_Ticks = .*", "_Ticks = int", text))
    stamp.write_text(lock)
    return folder


def port(name):
    other = {port for port in PORTS if port != name}
    files = [
        file
        for file in sources("lib", "firmware", "board_configs")
        if file != _VIPER and not file.startswith(_SIMULATED) and not other & imported(file)
    ]
    return files, on_micropython(files, name, port_stubs(name))


def is_generated(name):
    return any("generated" in line for line in (ROOT / name).read_text().split("\n", 2)[:2])


def module_name(name):
    return (
        name.removeprefix("lib/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    )


def stubs():
    files, modules, errors = [], {}, []
    for name in sources("lib", "firmware"):
        if (ROOT / f"{name}i").is_file():
            files.append(name)
            modules[module_name(name)] = name
        elif name.startswith("lib/") and not name.startswith("lib/_") and not is_generated(name):
            files.append(name)
            errors.append(f"{name}:1: error: no {name}i")
    # a package brings its modules along
    outermost = [name for name in modules if name.rpartition(".")[0] not in modules]
    path = os.pathsep.join(str(ROOT / place) for place in (_SHIMS, "lib", "."))
    # errors inside a stub are found by `host`; here they would end the comparison of all others
    config = _CACHE / "stubtest.ini"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text("[mypy]\nexplicit_package_bases = True\nignore_errors = True\n")
    command = [sys.executable, "-m", "mypy.stubtest", "--concise", "--mypy-config-file"]
    done = subprocess.run(
        [*command, str(config), *outermost],
        cwd=ROOT,
        env={**os.environ, "MYPYPATH": path, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    found = [line for line in done.stdout.splitlines() if line.strip()] if done.returncode else []
    for line in found:
        # "ship.node.Node.rx is inconsistent, ..." belongs to the longest module name
        inside = [
            module for module in modules if f"{line.split(' ')[0]}.".startswith(f"{module}.")
        ]
        where = modules[max(inside, key=len)] if inside else "lib"
        errors.append(f"{where}:1: error: {line}")
    return files, errors


CHECKS = {"host": host, "tests": tests, "stubs": stubs}
CHECKS.update((name, partial(port, name)) for name in PORTS)


def main(names):
    passed = failed = 0
    for name in names or CHECKS:
        files, errors = CHECKS[name]()
        bad = {line.split(":")[0] for line in errors}
        for line in errors:
            print(line)
        good = len([file for file in files if file not in bad])
        print(f"{name}: {good} of {len(files)} files in order, {len(errors)} errors", flush=True)
        passed += good
        failed += len(bad)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
