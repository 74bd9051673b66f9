"""Runs the image of a Pico W on an emulator: `python -m tools.emulate --uf2 FILE`.

FILE is MicroPython for the Pico W, which has to be downloaded. The emulated board starts, loads
the firmware, tells what that costs of its heap, joins an emulated Wi-Fi and connects as a SHIP
client to an energy manager on this computer. It is slower than a board, by how much is told;
all other times are those of the board.
"""

import argparse
import asyncio
import sys
import time
from pathlib import Path

from tools import ROOT
from tools.board import load
from tools.build import BuildError
from tools.emulate import acts, firmware
from tools.image.folder import make
from tools.image.formats import littlefs
from tools.image.ledger import RAM_PER_MPY

_BOARD = "picow"


def emulate(uf2, say=print):
    """All acts. Raises firmware.Unusable, acts.Failed, and what make() raises."""
    board = load(_BOARD)
    version = firmware.read(uf2, board)
    made = make(_BOARD)
    say(f"{version}; {made.held:,} bytes of .mpy stay loaded")
    image = ROOT / "build" / _BOARD / "emulated.bin"
    image.write_bytes(littlefs(acts.equipped(_BOARD), board["FS_SIZE"]))
    from tools.emulate.pico import HOST, WIFI, Pico

    begin = time.monotonic()
    try:
        with Pico(uf2, image, board) as pico:
            say(f"{pico.seconds:8.1f} s  started: {acts.boot(pico)}")
            told = acts.load(pico, _BOARD)
            say(f"{pico.seconds:8.1f} s  firmware loaded in {told.ms:,} ms")
            used = told.before - told.after
            say(f"            {used:,} bytes of heap ({RAM_PER_MPY['files']} per byte: estimate)")
            say(f"            {told.after:,} bytes free, the largest block {told.block:,}")
            ski = acts.equip(pico, WIFI)
            say(f"{pico.seconds:8.1f} s  identity {ski}")
            met = asyncio.run(acts.meet(pico, ski, HOST))
            for ms, words in met.events:
                say(f"{ms:10,} ms  {words}")
            say(f"            the manager has read: {', '.join(met.use_cases)}")
            passed = time.monotonic() - begin
            say(f"{passed / pico.seconds:.0f} times as slow as a board")
    except (RuntimeError, TimeoutError) as error:
        raise acts.Failed(str(error)) from None
    return met


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m tools.emulate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--uf2", type=Path, help="MicroPython for the Pico W")
    options = parser.parse_args(arguments)
    try:
        if not options.uf2:
            raise firmware.Unusable(firmware.WHERE)
        emulate(options.uf2)
    except (firmware.Unusable, acts.Failed, ValueError, BuildError) as error:
        print(f"tools.emulate: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
