"""Builds what is flashed: `python -m tools.image BOARD ...` or `make image BOARD=picow`.

Into build/BOARD: the tree of the file system, with the code in slot a (firmware.loader), a
LittleFS image of exactly the size that the stock firmware has (it formats any other), for RP2 the
same as UF2, a ROMFS image, a manifest.py and package.json of the same modules, and the memory
ledger. Fails when a ledger is negative, or when all there is has grown past its bound.
"""

import argparse
import sys

from tools.board import load, names
from tools.build import BuildError
from tools.image.content import everything
from tools.image.folder import make
from tools.image.ledger import resident

_FULLEST = "picow"  # the kernels of its architecture are the largest
EVERYTHING = 174_000  # bytes of .mpy with all there is in one image, at most
AIM = 110 * 1024


def _everything():
    """Says how large an image with all there is would be; is it within its bound?"""
    chosen = everything(_FULLEST)
    size = sum(size for _, size in chosen)
    held = sum(size for _, size in resident(chosen))
    good = size <= EVERYTHING
    print(
        f"{'ok  ' if good else 'FAIL'}  everything in one image: {size:,} bytes of .mpy, at most"
        f" {EVERYTHING:,} (the aim is {AIM:,}); {held:,} stay loaded"
    )
    return good


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="tools.image", description=__doc__.splitlines()[0])
    parser.add_argument("boards", nargs="*", metavar="BOARD", help="default: all but simulated")
    options = parser.parse_args(arguments)
    boards = options.boards or [name for name in names() if "ARCH" in load(name)]
    passed = []
    for name in boards:
        try:
            made = make(name)
        except (ValueError, BuildError) as error:
            print(f"FAIL  {name}: {error}")
            passed.append(False)
            continue
        passed.append(made.spare >= 0)
        print(
            f"{'ok  ' if passed[-1] else 'FAIL'}  {name:16}{made.size:9,} bytes of .mpy,"
            f"{made.held:8,} stay loaded{made.spare:12,} bytes of heap spare"
        )
        if options.boards:
            print(made.text)
    if not options.boards:
        passed.append(_everything())
    failed = passed.count(False)
    print(f"{len(passed) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
