"""tools.shorten and tools.inline: the tree in short names does what the sources do."""

import ast
import re
import subprocess

import pytest

from tools import ROOT
from tools.build import build, sources
from tools.checks import micropython
from tools.provision import board as provision
from tools.shorten import FOREIGN, KEPT, Clash, Names, readable, shorten

_UNIT = ROOT / "host_tests" / "unit"
# one of every room, and whole connections
_TESTS = """test_charger test_echonet_node test_ejson_walker test_limits test_mdns_conflict
test_net test_pairing test_ship_conn test_ship_pin test_slots test_spine_answers test_spine_links
test_store test_usecases_lpc test_usecases_mpc"""


def short(**texts):
    """{name: text} of modules in lib, in short names, and the Names."""
    done, names = shorten({f"lib/{name}.py": text for name, text in texts.items()})
    return {path[4:-3]: text for path, text in done.items()}, names


def run(texts):
    """What the modules do on CPython, as one namespace each."""
    spaces = {}
    for name, text in texts.items():
        spaces[name] = {"const": int}
        exec(text, spaces[name])
    return spaces


def test_names_that_meet_stay_apart():
    text = """
LIMIT = 3
class Base:
    def __init__(self, first, second):
        self.first_value = first
        self.second_value = second
class Derived(Base):
    third_value = LIMIT
    def both(self):
        return [self.first_value, self.second_value, self.third_value]
def outer(argument):
    def inner(other):
        nonlocal argument
        argument += other
        return argument
    return inner(LIMIT), [argument * thing for thing in range(2)]
"""
    done, names = short(m=text)
    space = run(done)["m"]
    derived = space[names.short["Derived"]](1, 2)
    assert getattr(derived, names.short["both"])() == [1, 2, 3]
    assert space[names.short["outer"]](4) == (7, [0, 7])
    line = {names.short[name] for name in ("first_value", "second_value", "third_value", "both")}
    assert len(line) == 4


def test_what_stays():
    text = """
import struct
from binascii import hexlify as hexed
_PRIVATE = const(4)
def told(reason="x", value=None):
    return getattr(reason, "by_text", struct.pack("<I", _PRIVATE))
class Thing:
    by_text = 1
    def append(self, packet):
        told(reason=packet)
        packet.unpack_from(packet)
"""
    done, names = short(m=text)
    assert not {"by_text", "append", "unpack_from", "reason"} & set(names.short)
    for word in ("_PRIVATE = const(4)", "'by_text'", "struct.pack", "reason=", ".unpack_from("):
        assert word in done["m"], word


def test_constants_of_other_modules_become_numbers():
    done, names = short(
        colours="RED = const(1)\nBLUE = const(RED + 1)\nKEPT = const(9)\nPALE = (RED, BLUE)\n",
        paint="import colours\nfrom colours import BLUE, PALE\nX = (BLUE, PALE, colours.KEPT)\n"
        "def f(BLUE):\n    return BLUE\n",
        pot="from package import colours as c\nY = c\n",
    )
    assert "import BLUE" not in done["paint"] and "2" in done["paint"]
    assert "RED" not in done["colours"] and "const" not in done["colours"]
    assert "9" in done["colours"]  # somebody asks the module for it
    assert names.constants["colours"] == {"RED": 1, "BLUE": 2, "KEPT": 9}


def test_programs_beside():
    _, names = short(m="class Wallbox:\n    def start_up(self, port): self.went_well = port\n")
    program = (
        "from m import Wallbox\nclass Mine:\n    def start_up(self): return 1\n"
        "ArithmeticError = 3\nx = Wallbox()\nx.start_up(4)\nprint(x.went_well)\n"
    )
    text = names.program(program)
    assert f"import {names.short['Wallbox']} as Wallbox" in text
    assert f"x.{names.short['went_well']}" in text and "ArithmeticError_ = 3" in text
    assert f"def {names.short['start_up']}" in text
    # what it imports whole goes by its own name, whatever the tree calls so
    _, names = short(m="def plan(): pass\ndef other(): return plan\n")
    assert "plan.x" in names.program("import plan\nprint(plan.x)\n", main=False)
    # these two have become one in the tree, and meet in the program
    _, names = short(m="class A:\n    one = 1\nclass B:\n    two = 2\n")
    assert names.short["one"] == names.short["two"]
    with pytest.raises(Clash):
        names.program("class C:\n    one = 1\n    two = 2\n")


def test_the_same_every_time():
    texts = {name: (ROOT / name).read_text() for name in sources(None) if "/spine/" in name}
    assert shorten(texts)[0] == shorten(dict(reversed(texts.items())))[0]


def test_tracebacks_are_readable():
    build("x64")
    names = Names.load(ROOT / "build" / "mpy" / "x64")
    functions = names.functions["firmware/charger.py"]
    assert functions["__init__"] == ["__init__"]
    short_name = next(new for new, old in functions.items() if old == ["refuses"])
    line = f'  File "charger", line 1, in {short_name}\n'
    assert readable(line, names) == '  File "charger", in refuses\n'
    assert readable("ValueError: 3\n", names) == "ValueError: 3\n"


def test_what_tools_call_on_a_board_keeps_its_name():
    """A board may run another version than the tools: main.py, tools.provision, tools.deploy."""
    called = set()
    for name in ("image/content", "provision/board", "deploy", "flash", "log/source"):
        for node in ast.walk(ast.parse((ROOT / f"tools/{name}.py").read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                try:
                    program = ast.parse(node.value)
                except SyntaxError:
                    continue
                if not isinstance(program.body[:1] and program.body[0], ast.Expr):
                    called |= {
                        n.attr
                        for n in ast.walk(program)
                        if isinstance(n, ast.Attribute) and ast.unparse(n) != "firmware.app"
                    }
                    called |= {
                        alias.name
                        for n in ast.walk(program)
                        if isinstance(n, ast.ImportFrom) and n.module != "firmware.hal"
                        for alias in n.names
                    }
    assert {"on_board", "Store"} <= called, provision._OPEN
    names = Names.load(ROOT / "build" / "mpy" / "x64") if build("x64") else None
    assert names and not called & set(names.short), called & set(names.short)
    assert {"start", "good", "read"} <= KEPT


def test_names_of_the_interpreter_are_known():
    """Those of every module that the firmware imports, as far as the unix port has them."""
    modules = set()
    for name in sources(None):
        for node in ast.walk(ast.parse((ROOT / name).read_text())):
            if isinstance(node, ast.Import):
                modules |= {alias.name for alias in node.names}
    code = (
        f"for name in {sorted(modules)!r}:\n"
        "    try:\n        module = __import__(name)\n    except ImportError:\n        continue\n"
        "    for word in dir(module):\n        print(word)\n"
        "        kind = getattr(module, word)\n"
        "        if isinstance(kind, type):\n            print(*dir(kind))\n"
    )
    told = subprocess.run([micropython(), "-c", code], capture_output=True, text=True, check=True)
    words = {word for word in told.stdout.split() if word[0] != "_"}
    assert len(words) > 150 and words <= FOREIGN, words - FOREIGN


def test_every_module_loads_from_the_tree():
    """But for those of the boards' own hardware, which import modules of their ports."""
    sizes = build("x64")
    tree = ROOT / "build" / "mpy" / "x64"
    loaded = [
        module.removeprefix("lib/").removesuffix("/__init__").replace("/", ".")
        for module, _ in sizes
        if not re.match("firmware/(hal/(native|external)|announcer|hal/serial)", module)
    ]
    code = "".join(f"import {module}\n" for module in loaded)
    done = subprocess.run(
        [micropython(), "-c", code],
        capture_output=True,
        text=True,
        env={"MICROPYPATH": f"{tree}:{tree / 'lib'}:.frozen"},
        cwd=tree,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(loaded) > 100


def test_unit_tests_in_short_names(tmp_path):
    """The unit tests of every room, with the tree and themselves in short names."""
    texts = {name: (ROOT / name).read_text() for name in sources(None)}
    tests = {
        f"lib/{path.relative_to(_UNIT).as_posix()}": path.read_text()
        for path in _UNIT.rglob("*.py")
        if not path.name.startswith("cpy_") and "data" not in path.parts
    }
    # the runner asks for the tests by name, and tests make boards by the names of constants
    kept = {word for text in tests.values() for word in re.findall(r"^def (test_\w+)", text, re.M)}
    for name, text in texts.items():
        if name.startswith("board_configs/"):
            kept |= set(re.findall(r"^([A-Z]\w+) = ", text, re.M))
    done, _ = shorten(texts | tests, kept=kept)
    for name, text in done.items():
        path = tmp_path / (f"host_tests/unit/{name[4:]}" if name in tests else name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    runner = tmp_path / "host_tests" / "run_mpy.py"
    runner.write_text((ROOT / "host_tests" / "run_mpy.py").read_text())
    (tmp_path / "host_tests/unit/data").symlink_to(_UNIT / "data")
    run = subprocess.run(
        [micropython(), "-X", "heapsize=64M", str(runner), *_TESTS.split()],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert run.returncode == 0 and "0 failed" in run.stdout, run.stdout[-3000:]
