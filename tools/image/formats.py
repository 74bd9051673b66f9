"""File system images: LittleFS, ROMFS, and UF2 of them."""

import struct

from littlefs import LittleFS
from littlefs.errors import LittleFSError
from mpremote.romfs import VfsRomWriter

BLOCK = 4096
_UF2_PAYLOAD = 256
UF2_FAMILY = {"rp2040": 0xE48BFF56, "rp2350": 0xE48BFF59}
XIP = 0x10000000


def littlefs(content, size):
    """A LittleFS image of `size` bytes. Raises ValueError when the files do not fit."""
    fs = LittleFS(block_size=BLOCK, block_count=size // BLOCK, prog_size=256, read_size=256)
    try:
        for path, data in content.items():
            folder = path.rpartition("/")[0]
            if folder:
                fs.makedirs(folder, exist_ok=True)
            with fs.open(path, "wb") as file:
                file.write(data)
    except LittleFSError as error:
        raise ValueError(f"the files do not fit into {size} bytes: {error}") from None
    return bytes(fs.context.buffer)


def romfs(content):
    """A ROMFS image of {path: bytes}: firmware built for it executes .mpy where they lie."""
    writer = VfsRomWriter()
    open_folders: list[str] = []
    for path, data in sorted(content.items()):
        *folders, name = path.split("/")
        while open_folders != folders[: len(open_folders)]:
            writer.closedir()
            open_folders.pop()
        for folder in folders[len(open_folders) :]:
            writer.opendir(folder)
            open_folders.append(folder)
        writer.mkfile(name, data)
    for _ in open_folders:
        writer.closedir()
    return bytes(writer.finalise())


def uf2(image, start, family):
    """The sectors of `image` that are not blank as UF2, for the flash address `start`."""
    pages = []
    for sector in range(0, len(image), BLOCK):
        data = image[sector : sector + BLOCK]
        if data != b"\xff" * BLOCK:
            pages += [
                (XIP + start + sector + off, data[off : off + _UF2_PAYLOAD])
                for off in range(0, BLOCK, _UF2_PAYLOAD)
            ]
    out = bytearray()
    for number, (address, data) in enumerate(pages):
        head = struct.pack(
            "<8I", 0x0A324655, 0x9E5D5157, 0x2000, address, len(data), number, len(pages), family
        )
        out += head + data.ljust(476, b"\0") + struct.pack("<I", 0x0AB16F30)
    return bytes(out)
