"""tools.build: the .mpy tree is complete, current, and nothing else."""

import os
import subprocess
from pathlib import Path

import pytest

from tools import build, checks


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A small house: lib/ticks, lib/ship/ws, lib/_fast/viper, firmware/app."""
    for name, text in {
        "lib/ticks.py": "def add(a, b):\n    return a + b\n",
        "lib/ship/ws.py": "MASK = 1\n",
        "lib/_fast/viper.py": "import micropython\n@micropython.viper\ndef f(a: int):\n    pass\n",
        "firmware/app.py": "import ticks\nassert ticks\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(build, "ROOT", tmp_path)
    return tmp_path


def tree(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.mpy"))


def test_mirror_of_the_sources(house):
    sizes = dict(build.build("armv6m"))
    out = house / "build/mpy/armv6m"
    assert tree(out) == [
        "firmware/app.mpy",
        "lib/_fast/viper.mpy",
        "lib/ship/ws.mpy",
        "lib/ticks.mpy",
    ]
    assert sizes["lib/ticks"] == (out / "lib/ticks.mpy").stat().st_size
    assert (out / "lib/ticks.mpy").read_bytes()[:2] == b"M\x06"


def test_bytecode_has_no_native_code(house):
    assert "lib/_fast/viper" not in dict(build.build("bytecode"))


def test_only_what_changed_is_compiled(house, monkeypatch):
    build.build("x64")
    compiled = []
    true_compile = build._compile
    monkeypatch.setattr(
        build, "_compile", lambda name, *more: (compiled.append(name), true_compile(name, *more))
    )
    build.build("x64")
    assert compiled == []
    source = house / "lib/ticks.py"
    source.write_text("def add(a, b):\n    return b + a\n")
    os.utime(source, (1, 1))  # older than the .mpy, as after a checkout
    build.build("x64")
    assert compiled == ["lib/ticks.py"]
    build.build("x64", optimization=2)
    assert len(compiled) == 5


def test_no_stale_mpy(house):
    build.build("x64")
    (house / "lib/ship/ws.py").unlink()
    build.build("x64")
    out = house / "build/mpy/x64"
    assert "lib/ship/ws.mpy" not in tree(out)
    assert not (out / "lib/ship").exists()


def test_after_an_error_nothing_passes_for_current(house):
    build.build("x64")
    broken = house / "lib/ticks.py"
    good = broken.read_text()
    broken.write_text("def\n")
    with pytest.raises(build.BuildError, match="(?s)lib/ticks.py.*SyntaxError"):
        build.build("x64", optimization=0)
    broken.write_text(good)
    sizes = build.build("x64")
    fresh = build.build("x64", house / "other")
    assert sizes == fresh


def test_unknown_architecture(house):
    with pytest.raises(build.BuildError, match="unknown architecture z80"):
        build.build("z80")


def test_sizes_per_package():
    sizes = [("lib/ticks", 3), ("lib/ship/ws", 4), ("lib/ship/node", 5), ("firmware/app", 6)]
    assert build.per_package(sizes) == [("firmware", 1, 6), ("lib", 1, 3), ("lib/ship", 2, 9)]


def test_the_runner_under_micropython(tmp_path):
    """host_tests/run_mpy.py runs every test, and tells a failure by its exit code."""
    runner = Path(build.__file__).parents[1] / "host_tests" / "run_mpy.py"
    copy = tmp_path / "host_tests" / "run_mpy.py"
    tests = tmp_path / "host_tests" / "unit"
    tests.mkdir(parents=True)
    copy.write_text(runner.read_text())
    (tests / "test_one.py").write_text("def test_a(): pass\ndef test_b(): pass\nx = 1\n")

    def run(*arguments):
        done = subprocess.run(
            [checks.micropython(), str(copy), *arguments], capture_output=True, text=True
        )
        return done.returncode, done.stdout.splitlines()[-1], done.stdout

    assert run()[:2] == (0, "2 passed, 0 failed")
    (tests / "test_two.py").write_text("def test_c(): assert False, 'why'\n")
    code, closing, out = run()
    assert (code, closing) == (1, "2 passed, 1 failed")
    assert "FAILED test_two.test_c" in out and "AssertionError: why" in out
    (tests / "test_two.py").write_text("import nothing\n")
    assert run()[:2] == (1, "2 passed, 1 failed")
    assert run("test_one")[:2] == (0, "2 passed, 0 failed")
    assert run("test_three")[:2] == (1, "0 passed, 1 failed")
