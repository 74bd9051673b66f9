"""Makes a flash area inside LittleFS (firmware.hal.area): once in the life of a board."""

import os

from micropython import const

_BLOCK = const(4096)
_MARK = b"plugship record log, block %02d of "
_COUNT = const(4)  # ioctl of block devices


def make(area, device, folder, count):
    """The numbers of the `count` blocks, also in a file. `area`: the class of their driver.
    Raises OSError when there is no room."""
    try:
        os.mkdir(folder)
    except OSError:
        pass  # from a first start that broke off
    salt = os.urandom(8)
    block = bytearray(b"\xff" * _BLOCK)
    for i in range(count):
        mark = _MARK % i + salt
        block[: len(mark)] = mark
        with open("%s/%02d" % (folder, i), "wb") as file:
            file.write(block)
    blocks = _find(device, salt, count)
    made = area(device, blocks)
    for off in range(0, made.size, _BLOCK):
        made.erase(off)
    # last: until the map is whole the area counts as not made
    with open(folder + "/blocks.new", "w") as file:
        file.write(" ".join(str(n) for n in blocks))
    os.rename(folder + "/blocks.new", folder + "/blocks")
    return blocks


def _find(device, salt, count):
    # the newest marks only: an older first start may have left others
    length = len(_MARK % 0) + len(salt)
    head = bytearray(length)
    blocks = [-1] * count
    for n in range(device.ioctl(_COUNT, 0)):
        device.readblocks(n, head, 0)
        for i in range(count):
            if head == _MARK % i + salt:
                blocks[i] = n
    if min(blocks) < 0:
        raise OSError(28, "no block of its own for the record log")
    return blocks
