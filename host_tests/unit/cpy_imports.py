"""Who may import whom, and what the code for the boards must not use, read from the syntax."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("lib", "firmware", "board_configs", "tools", "host_tests")
ON_BOARD = ("lib", "firmware", "board_configs")
# and what is in them
FOR_TOOLS = ("firmware.store", "firmware.event_codes", "firmware.hal", "firmware.hal.meters")
LONGEST = 350  # lines
ONE_KERNEL = "lib/_fast/viper.py"  # one function: viper has no cheap calls

LEAVES = {"ticks", "late", "_fast"}  # everyone may use them
# the packages of lib/, and what of lib/ each may import
LIB = {
    "ticks": set(),
    "late": set(),
    "_fast": set(),
    "ejson": LEAVES,
    "mdns": LEAVES,
    "echonet": LEAVES,
    "ship": {"ejson", *LEAVES},
    "spine": {"ejson", *LEAVES},
    "usecases": {"spine", *LEAVES},
}
# a protocol owns no socket, task or pin, and reads no clock
NOT_IN_LIB = {
    "asyncio", "uasyncio", "_thread", "select", "socket", "usocket", "network", "machine",
    "esp32", "rp2", "time", "utime", "ssl", "tls",
}  # fmt: skip
# MicroPython does not have them, or not on the boards
NOT_ON_BOARD = {
    "abc", "contextlib", "dataclasses", "datetime", "enum", "functools", "inspect", "itertools",
    "logging", "pathlib", "subprocess", "threading", "typing", "unittest",
}  # fmt: skip


def files(*rooms):
    found = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    found += [ROOT / name for name in ("boot.py", "main.py") if "firmware" in rooms]
    return sorted(path for path in found if path.is_file() and "node_modules" not in path.parts)


def imports(tree, package):
    """(line, dotted name) of every import; `package` resolves the relative ones."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            dotted = ".".join([*base, *filter(None, [node.module])])
            if dotted in ROOMS:
                # `from firmware import store` imports firmware.store
                for alias in node.names:
                    yield node.lineno, f"{dotted}.{alias.name}"
            else:
                yield node.lineno, dotted


def package_of(path):
    parts = path.relative_to(ROOT).parts[:-1]
    return list(parts[1:] if parts[:1] == ("lib",) else parts)


def why_not(room, owner, name):
    """Why code of `room` (in lib: of its package `owner`) must not import `name`, or None."""
    top = name.split(".")[0]
    if top == "lib":
        return "lib/ is on sys.path: import its packages by their own names"
    if top == "host_tests" and room != "host_tests":
        return "nothing imports the tests"
    if top == "tools" and room not in ("tools", "host_tests"):
        return "the firmware does not import the tools"
    if room in ON_BOARD and top in NOT_ON_BOARD:
        return "not on the boards"
    if room == "lib":
        if top in ("firmware", "board_configs"):
            return "lib/ knows nothing of wallboxes and boards"
        if top in NOT_IN_LIB:
            return "lib/ is sans-I/O"
        if top in LIB and top != owner and top not in LIB.get(owner, ()):
            return f"{owner} does not import {top}"
    if room == "board_configs" and top != "micropython":
        return "a board is plain constants"
    if (
        room == "tools"
        and top == "firmware"
        and not any(name == fit or name.rpartition(".")[0] == fit for fit in FOR_TOOLS)
    ):
        return "of the firmware, tools import only the formats of the flash and the meters"
    return None


def problems(path, source):
    """What is wrong with one module, as lines of text."""
    room = path.relative_to(ROOT).parts[0] if path.parent != ROOT else "firmware"
    package = package_of(path)
    owner = package[0] if package else path.stem
    tree = ast.parse(source)
    found = []
    if room == "lib" and owner not in LIB:
        found.append(f"1: lib/{owner} is not in the table of this test")
    for line, name in imports(tree, package):
        reason = why_not(room, owner, name)
        if reason:
            found.append(f"{line}: import {name}: {reason}")
    if room in ON_BOARD:
        found += syntax(tree, room)
    generated = any("generated" in line for line in source.split("\n", 2)[:2])
    length = source.count("\n")
    if room in ON_BOARD and length > LONGEST and not generated and path != ROOT / ONE_KERNEL:
        found.append(f"{length}: too long, {LONGEST} lines at most")
    return found


def syntax(tree, room):
    """What the MicroPython compiler refuses, or what costs a board too much."""
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.JoinedStr) and room == "lib":
            yield f"{line}: f-string"
        elif isinstance(node, ast.Match):
            yield f"{line}: match"
        elif isinstance(node, ast.arguments) and node.posonlyargs:
            yield f"{node.posonlyargs[0].lineno}: positional-only argument"
        elif isinstance(node, ast.Dict) and None in node.keys:
            yield f"{line}: {{**a}}"
        elif isinstance(node, (ast.List, ast.Tuple, ast.Set)) and isinstance(
            getattr(node, "ctx", ast.Load()), ast.Load
        ):
            if any(isinstance(element, ast.Starred) for element in node.elts):
                yield f"{line}: [*a]"
        elif isinstance(node, ast.AnnAssign) or getattr(node, "annotation", None):
            if not _in_viper(tree, node):
                yield f"{line}: annotation; types live in the .pyi"
        elif isinstance(node, ast.Name) and node.id == "__slots__":
            yield f"{line}: __slots__ saves nothing"


def _in_viper(tree, node):
    # the annotations of @viper functions are what they are compiled by
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.decorator_list:
            names = [ast.unparse(decorator) for decorator in function.decorator_list]
            if any(name.endswith("viper") for name in names) and node in ast.walk(function):
                return True
    return False


@pytest.mark.parametrize("path", files(*ROOMS), ids=lambda path: str(path.relative_to(ROOT)))
def test_module(path):
    found = problems(path, path.read_text())
    assert not found, "".join(f"\n{path.relative_to(ROOT)}:{line}" for line in found)


@pytest.mark.parametrize(
    "where, source, complaint",
    [
        ("lib/ship/node.py", "import spine", "ship does not import spine"),
        ("lib/ship/node.py", "from ejson import Writer", None),
        ("lib/ship/node.py", "from .frames import DATA", None),
        ("lib/echonet/frame.py", "def f():\n    import mdns", "echonet does not import mdns"),
        ("lib/usecases/lpc.py", "from ejson import Writer", "usecases does not import ejson"),
        ("lib/ticks.py", "import time", "sans-I/O"),
        ("lib/mdns/packet.py", "from socket import AF_INET", "sans-I/O"),
        ("lib/mdns/packet.py", "from lib.ticks import add", "own names"),
        ("lib/mdns/packet.py", "import firmware.net", "wallboxes"),
        ("lib/mdns/packet.py", "x = f'{1}'", "f-string"),
        ("lib/mdns/packet.py", "def f(a: int): pass", "annotation"),
        ("lib/mdns/packet.py", "@micropython.viper\ndef f(a: int): pass", None),
        ("lib/new/packet.py", "", "not in the table"),
        ("firmware/app.py", "from typing import Any", "not on the boards"),
        ("firmware/app.py", "from tools.trace import show", "does not import the tools"),
        ("firmware/app.py", "x = {**y}", "{**a}"),
        ("firmware/app.py", "x = [*y]", "[*a]"),
        ("firmware/app.py", "a, *b = y\nx = f'{a}'", None),
        ("firmware/app.py", "def f(a, /): pass", "positional-only"),
        ("firmware/app.py", "#\n" * 351, "too long"),
        ("firmware/app.py", "# generated by x\n" + "#\n" * 351, None),
        ("board_configs/sim.py", "import machine", "plain constants"),
        ("tools/image.py", "from firmware.store import Log", None),
        ("tools/image.py", "from firmware import store", None),
        ("tools/log/records.py", "from firmware import event_codes", None),
        ("tools/image.py", "from firmware import charger", "only the formats of the flash"),
        ("tools/meter.py", "from firmware.hal.meters import create", None),
        ("tools/meter.py", "import firmware.hal.sim.plant", "only the formats of the flash"),
        ("tools/image.py", "import host_tests.unit", "nothing imports the tests"),
        ("host_tests/bench/run.py", "import firmware.app, tools.sim, spine", None),
    ],
)
def test_the_rules_themselves(where, source, complaint):
    found = " ".join(problems(ROOT / where, source))
    assert complaint in found if complaint else not found
