"""The flash area of the record log on a board with stock firmware (see firmware.store).

The stock firmware gives the whole free flash to LittleFS, and formats it when a part is missing.
So the area is made of LittleFS's own blocks: files of exactly one block each, whose data LittleFS
never reads, moves or erases again as long as nobody touches the files. A file of one block
has no pointers in it. Which blocks these are is found once, by what is written into them, and
kept in a file beside them.
"""

import os
import sys

from micropython import const

BLOCKS = const(16)
_BLOCK = const(4096)
_PAGE = const(256)  # what an RP2 programs at once
_FOLDER = "/area"
_MAP = _FOLDER + "/blocks"
_MARK = b"plugship record log, block %02d of "
_ERASE = const(6)  # ioctl of block devices
_COUNT = const(4)


class Area:
    """`device`: the block device that LittleFS is mounted from; `blocks`: theirs, in order."""

    def __init__(self, device, blocks):
        self._device = device
        self._blocks = blocks
        self._page = bytearray(_PAGE)
        self._mv = memoryview(self._page)
        self.sector = _BLOCK
        self.size = _BLOCK * len(blocks)

    def read_into(self, off, buf):
        """Fills `buf` from offset `off` of the area."""
        mv = memoryview(buf)
        done = 0
        while done < len(mv):
            at = off + done
            n = min(len(mv) - done, _BLOCK - at % _BLOCK)
            self._device.readblocks(self._blocks[at // _BLOCK], mv[done : done + n], at % _BLOCK)
            done += n

    def program(self, off, data):
        """Clears the bits that are 0 in `data`: at most 256 bytes, not across a page."""
        n = len(data)
        start = off % _PAGE
        if start + n > _PAGE:
            raise ValueError("program operation across a page")
        # ones change nothing: what was there before stays
        for i in range(_PAGE):
            self._page[i] = 0xFF
        self._mv[start : start + n] = data
        at = off - start
        self._device.writeblocks(self._blocks[at // _BLOCK], self._page, at % _BLOCK)

    def erase(self, off):
        """Sets the sector at `off` to 0xFF; stops the processor for 45 to 400 ms."""
        if off % _BLOCK:
            raise ValueError("erase works on whole sectors")
        self._device.ioctl(_ERASE, self._blocks[off // _BLOCK])


def device():
    """The block device that the stock firmware mounts."""
    if sys.platform == "rp2":
        import rp2

        return rp2.Flash()
    import esp32

    return esp32.Partition.find(esp32.Partition.TYPE_DATA, label="vfs")[0]


def on_flash(device):
    """The area on the mounted file system of `device`, made when there is none.

    Raises OSError when there is no room for it.
    """
    blocks = _known()
    if blocks is None:
        blocks = _make(device)
    return Area(device, blocks)


def _known():
    try:
        with open(_MAP) as file:
            blocks = [int(word) for word in file.read().split()]
    except (OSError, ValueError):
        return None
    return blocks if len(blocks) == BLOCKS else None


def _make(device):
    try:
        os.mkdir(_FOLDER)
    except OSError:
        pass  # from a first start that broke off
    salt = os.urandom(8)
    block = bytearray(b"\xff" * _BLOCK)
    for i in range(BLOCKS):
        mark = _MARK % i + salt
        block[: len(mark)] = mark
        with open("%s/%02d" % (_FOLDER, i), "wb") as file:
            file.write(block)
    blocks = _find(device, salt)
    area = Area(device, blocks)
    for off in range(0, area.size, _BLOCK):
        area.erase(off)
    # last: until the map is whole the area counts as not made
    with open(_MAP + ".new", "w") as file:
        file.write(" ".join(str(n) for n in blocks))
    os.rename(_MAP + ".new", _MAP)
    return blocks


def _find(device, salt):
    # the newest marks only: an older first start may have left others
    length = len(_MARK % 0) + len(salt)
    head = bytearray(length)
    blocks = [-1] * BLOCKS
    for n in range(device.ioctl(_COUNT, 0)):
        device.readblocks(n, head, 0)
        for i in range(BLOCKS):
            if head == _MARK % i + salt:
                blocks[i] = n
    if min(blocks) < 0:
        raise OSError(28, "no block of its own for the record log")
    return blocks
