"""Flash areas of the record log and of the events on a board with stock firmware.

The stock firmware gives the whole free flash to LittleFS, and formats it when a part is missing.
So the area is made of LittleFS's own blocks: files of exactly one block each, whose data LittleFS
never reads, moves or erases again as long as nobody touches the files. A file of one block
has no pointers in it. Which blocks these are is found once, by firmware.hal.area_make, and kept in
a file beside them.

The record log is in the folder /area, the ring of events in /events.
"""

import sys

from late import load
from micropython import const

BLOCKS = const(16)  # of the record log
EVENTS = const(3)  # of the ring of events
_BLOCK = const(4096)
_PAGE = const(256)  # what an RP2 programs at once
_ERASE = const(6)  # ioctl of block devices


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


def on_board():
    """The area of the record log of this board, see on_flash."""
    return on_flash(device())


def events_on_board():
    """The one of its ring of events."""
    return on_flash(device(), "/events", EVENTS)


def on_flash(device, folder="/area", count=BLOCKS):
    """The area of `count` blocks on the mounted file system of `device`, made when there is none.

    Raises OSError when there is no room for it.
    """
    blocks = _known(folder, count)
    if blocks is None:
        blocks = load("firmware.hal.area_make").make(Area, device, folder, count)
    return Area(device, blocks)


def _known(folder, count):
    try:
        with open(folder + "/blocks") as file:
            blocks = [int(word) for word in file.read().split()]
    except (OSError, ValueError):
        return None
    return blocks if len(blocks) == count else None
