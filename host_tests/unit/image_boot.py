"""Boots the simulated wallbox from an image: `micropython image_boot.py IMAGE CODE`.

A LittleFS image stands in for the flash of a board, as its own boot loader mounts it, a ROMFS
image (*.romfs) for memory-mapped flash; nothing else of the firmware is on the path.
"""

import gc
import sys

import vfs

_BLOCK = 4096


class Flash:
    """The image as a block device that can not be written."""

    def __init__(self, path):
        self._file = open(path, "rb")  # noqa: SIM115
        self._blocks = self._file.seek(0, 2) // _BLOCK

    def readblocks(self, block, buf, off=0):
        self._file.seek(block * _BLOCK + off)
        self._file.readinto(buf)

    def writeblocks(self, block, buf, off=0):
        raise OSError(30)

    def ioctl(self, op, arg):
        if op == 4:
            return self._blocks
        if op == 5:
            return _BLOCK
        return 0


def mapped(path):
    """The bytes of a file. On a board they are not in the heap: the caller gives it more."""
    with open(path, "rb") as file:
        data = bytearray(file.seek(0, 2))
        file.seek(0)
        file.readinto(data)
    return data


def main(image, code):
    if image.endswith(".romfs"):
        disk = vfs.VfsRom(mapped(image))  # type: ignore
    else:
        # progsize as the port for RP2 mounts it
        disk = vfs.VfsLfs2(Flash(image), progsize=256, readsize=256)  # type: ignore
    vfs.mount(disk, "/board")
    sys.path[:] = ["/board", "/board/lib", ".frozen"]
    gc.collect()
    exec(code)


main(sys.argv[1], sys.argv[2])
