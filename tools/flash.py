"""Writes MicroPython and the image of a board: `python -m tools.flash BOARD ...`.

    python -m tools.flash esp32s3 --port /dev/ttyUSB0 --firmware ESP32_GENERIC_S3.bin
    python -m tools.flash picow --drive /media/RPI-RP2 --firmware RPI_PICO_W.uf2

The firmware is a local file from micropython.org; without --firmware only the image is written.
An RP2 board restarts after each UF2: press BOOTSEL again when asked. What is written replaces
the whole file system, and with it the record log: identity and trusted managers. So a board at
--port that has an identity is refused: tools.deploy brings new code onto it. In the end the board
at --port says its version and SKI.
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
from tools.deploy import DeployError, started
from tools.image.folder import make
from tools.link import Link, LinkError
from tools.provision.board import Records

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


def frozen_in(firmware):
    """Has this firmware our modules in it? Their names lie in it as text."""
    return b"firmware/onboard.py" in firmware.read_bytes()


def copy_uf2(source, drive, wait_s=_DRIVE_S):
    """Copies a UF2 to the drive of a board in BOOTSEL mode; waits until it is there."""
    until = time.monotonic() + wait_s
    while not (drive / "INFO_UF2.TXT").is_file():
        if time.monotonic() > until:
            raise FlashError(f"{drive} is no board: hold BOOTSEL while plugging it in")
        time.sleep(0.2)
    shutil.copyfile(source, drive / source.name)


def identity_of(port):
    """SKI of the wallbox at `port`, None when nothing there has one."""
    try:
        with Link(port) as link:
            return Records(link).told().ski
    except LinkError:
        return None  # blank, or another firmware


def flash(name, port, drive, firmware, anew=False):
    """(version, SKI) of the board; None without a port. `anew`: over an identity, too.

    Raises FlashError, LinkError, DeployError, or ValueError and BuildError of the image.
    """
    board = load(name)
    if firmware and not firmware.is_file():
        raise FlashError(f"{firmware} is not there: download it from micropython.org")
    if board.get("CODE") == "frozen" and not (firmware and frozen_in(firmware)):
        raise FlashError(
            f"the stock firmware has no room for the code on {name}: build one with"
            f" build/{name}/manifest.py, and give it as --firmware (docs/boards.md)"
        )
    if board["CHIP"] in _CHIP and not port:
        raise FlashError("--port names the serial port")
    if port and not anew and (ski := identity_of(port)):
        raise FlashError(
            f"the board has an identity, SKI {ski}, which would be lost: use tools.deploy, or"
            " --new-identity when every partner is to be paired anew"
        )
    make(name)
    _write(name, board, port, drive, firmware)
    if not port:
        return None
    with Link(port, stop=False) as link:
        return started(link)


def _write(name, board, port, drive, firmware):
    if board["CHIP"] in _CHIP:
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
    parser.add_argument("--port", help="serial port; an RP2 needs it only to be asked")
    parser.add_argument("--drive", type=Path, help="folder of an RP2 in BOOTSEL mode")
    parser.add_argument("--firmware", type=Path, help="MicroPython, a .bin or .uf2 file")
    parser.add_argument("--new-identity", action="store_true", help="the one it has may go")
    options = parser.parse_args(arguments)
    try:
        told = flash(
            options.board, options.port, options.drive, options.firmware, options.new_identity
        )
    except (FlashError, LinkError, DeployError, ValueError, BuildError) as error:
        print(f"tools.flash: {error}", file=sys.stderr)
        return 1
    print("written")
    if told:
        print(f"version  {told[0]}\nSKI      {told[1]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
