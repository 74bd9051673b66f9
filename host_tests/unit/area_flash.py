"""Runs under MicroPython: the record log in blocks of a real LittleFS, on flash in memory."""

import os
import sys

import vfs

BLOCK = 4096


class Flash:
    """NOR flash as rp2.Flash: three arguments program, two erase before."""

    def __init__(self, blocks):
        self.data = bytearray(b"\xff" * (BLOCK * blocks))
        self.blocks = blocks

    def readblocks(self, block, buf, off=0):
        at = block * BLOCK + off
        buf[:] = memoryview(self.data)[at : at + len(buf)]

    def writeblocks(self, block, buf, off=None):
        at = block * BLOCK + (off or 0)
        if off is None:
            self.data[at : at + len(buf)] = buf
            return
        assert off % 256 == 0 and len(buf) % 256 == 0, "an RP2 programs whole pages"
        for i in range(len(buf)):
            self.data[at + i] &= buf[i]

    def ioctl(self, op, arg):
        if op == 4:
            return self.blocks
        if op == 5:
            return BLOCK
        if op == 6:
            self.data[arg * BLOCK : (arg + 1) * BLOCK] = b"\xff" * BLOCK
        return 0


def mounted(flash):
    fs = vfs.VfsLfs2(flash, progsize=256)  # type: ignore
    vfs.mount(fs, "/")
    return fs


def main():
    # the modules stay in reach when / is the flash
    vfs.mount(vfs.VfsPosix(sys.argv[1]), "/host")  # type: ignore[attr-defined]
    sys.path[:] = ["/host", "/host/lib", ".frozen"]
    from firmware.hal import area
    from firmware.store import Store

    vfs.umount("/")
    flash = Flash(212)
    vfs.VfsLfs2.mkfs(flash, progsize=256)  # type: ignore
    mounted(flash)
    with open("/main.py", "w") as file:
        file.write("x" * 9000)
    log = Store(area.on_flash(flash))
    for round in range(400):  # several compactions
        if log.free < 600:
            log.compact()
        log.put(9, b"pin %06d" % round)
        log.put(1, bytes((round & 0xFF,)) * 500)
    # the file system works on around it: files come and go
    for round in range(120):
        with open(f"/file{round % 7}", "wb") as file:
            file.write(bytes((round,)) * 20000)
    assert log.get(9) == b"pin 000399"
    vfs.umount("/")
    mounted(flash)  # the next boot
    log = Store(area.on_flash(flash))
    assert log.get(9) == b"pin 000399" and log.get(1) == bytes((143,)) * 500
    with open("/main.py") as file:
        assert file.read() == "x" * 9000
    for round in range(7):
        with open(f"/file{round}", "rb") as file:
            data = file.read()
        assert len(data) == 20000 and data.count(data[:1]) == 20000
    # a first start that broke off before its map was whole
    os.remove("/area/blocks")
    log = Store(area.on_flash(flash))
    assert log.keys() == []
    log.put(9, b"again")
    assert Store(area.on_flash(flash)).get(9) == b"again"
    # no room
    flash = Flash(12)
    vfs.umount("/")
    vfs.VfsLfs2.mkfs(flash, progsize=256)  # type: ignore
    mounted(flash)
    try:
        area.on_flash(flash)
    except OSError:
        print("passed")


if __name__ == "__main__":
    main()
    sys.exit(0)
