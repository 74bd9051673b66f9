"""The MicroPython that the emulator runs: a UF2 file that the user has downloaded."""

import struct

from tools.image.formats import UF2_FAMILY, XIP

WHERE = (
    "give it MicroPython for the Pico W, version 1.28 or newer, as a UF2 file:"
    " micropython.org, Download, Raspberry Pi Pico W (RPI_PICO_W-....uf2)"
)
_BLOCK = 512
_NAME = b"MicroPython v"


class Unusable(ValueError):
    """Not a file that this board can run; the text says why."""


def read(path, board):
    """Checks the UF2 file `path` for `board` (its constants); the version in it, as text."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}; {WHERE}") from None
    found = bytearray()
    for at in range(0, len(data) - len(data) % _BLOCK, _BLOCK):
        block = data[at : at + _BLOCK]
        head = struct.unpack("<8I", block[:32])
        if head[:2] != (0x0A324655, 0x9E5D5157) or block[-4:] != struct.pack("<I", 0x0AB16F30):
            raise Unusable(f"{path} is no UF2 file; {WHERE}")
        if head[7] != UF2_FAMILY[board["CHIP"]]:
            raise Unusable(f"{path} is for another chip than the {board['CHIP']}; {WHERE}")
        end = head[3] + head[4] - XIP
        if not 0 < end <= board["FS_START"]:
            raise Unusable(f"{path} reaches into the file system of the board; {WHERE}")
        found += block[32 : 32 + head[4]]
    at = found.find(_NAME)
    if at < 0:
        raise Unusable(f"{path} is not MicroPython; {WHERE}")
    return found[at : at + 60].split(b"\0")[0].split(b";")[0].decode(errors="replace").strip()
