"""Writes MicroPython and the image of a board: `python -m tools.flash BOARD ...`.

    python -m tools.flash esp32s3 --port /dev/ttyUSB0 --firmware ESP32_GENERIC_S3.bin
    python -m tools.flash picow --drive /media/RPI-RP2 --firmware RPI_PICO_W.uf2

The firmware is a local file from micropython.org; without --firmware only the image is written.
An RP2 board restarts after each UF2: press BOOTSEL again when asked. What is written replaces
the whole file system, and with it the record log: identity and trusted managers.
"""

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tools import ROOT
from tools.board import load
from tools.build import BuildError
from tools.image import make

_CHIP = {"esp32": "esp32", "esp32s3": "esp32s3", "esp32c3": "esp32c3"}
_FIRMWARE_AT = {"esp32": 0x1000, "esp32s3": 0, "esp32c3": 0}
_DRIVE_S = 120  # to press BOOTSEL


class FlashError(Exception):
    """Nothing more was written; the text says why."""


def esptool(name, board, port, firmware):
    """The esptool command that writes and verifies all of it."""
    chip = _CHIP[board["CHIP"]]
    command = [sys.executable, "-m", "esptool", "--chip", chip, "--port", port]
    command += ["--baud", "460800", "write-flash"]
    if firmware:
        command += [f"{_FIRMWARE_AT[chip]:#x}", str(firmware)]
    image = ROOT / "build" / name / "littlefs.bin"
    return [*command, f"{board['FS_START']:#x}", str(image)]


def copy_uf2(source, drive, wait_s=_DRIVE_S):
    """Copies a UF2 to the drive of a board in BOOTSEL mode; waits until it is there."""
    until = time.monotonic() + wait_s
    while not (drive / "INFO_UF2.TXT").is_file():
        if time.monotonic() > until:
            raise FlashError(f"{drive} is no board: hold BOOTSEL while plugging it in")
        time.sleep(0.2)
    shutil.copyfile(source, drive / source.name)


def flash(name, port, drive, firmware):
    """Raises FlashError, or ValueError and BuildError of the image."""
    board = load(name)
    if firmware and not firmware.is_file():
        raise FlashError(f"{firmware} is not there: download it from micropython.org")
    if board.get("CODE") == "frozen":
        raise FlashError(
            f"the stock firmware has no room for the code on {name}: build one with"
            f" build/{name}/manifest.py (docs/boards.md)"
        )
    make(name)
    if board["CHIP"] in _CHIP:
        if not port:
            raise FlashError("--port names the serial port")
        done = subprocess.run(esptool(name, board, port, firmware))
        if done.returncode:
            raise FlashError("esptool has failed; hold BOOT at reset and try again")
        return
    if not drive:
        raise FlashError("--drive names the folder of the board in BOOTSEL mode")
    if firmware:
        copy_uf2(firmware, drive)
        print("firmware written; hold BOOTSEL and plug the board in again", flush=True)
        time.sleep(3)  # it takes its drive away
    copy_uf2(ROOT / "build" / name / "littlefs.uf2", drive)


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m tools.flash",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("board")
    parser.add_argument("--port", help="serial port of an ESP32")
    parser.add_argument("--drive", type=Path, help="folder of an RP2 in BOOTSEL mode")
    parser.add_argument("--firmware", type=Path, help="MicroPython, a .bin or .uf2 file")
    options = parser.parse_args(arguments)
    try:
        flash(options.board, options.port, options.drive, options.firmware)
    except (FlashError, ValueError, BuildError) as error:
        print(f"tools.flash: {error}", file=sys.stderr)
        return 1
    print("written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
