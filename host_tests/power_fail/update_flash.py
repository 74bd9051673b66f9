"""Runs under MicroPython: the power goes at each write to the flash in an update of the code.

What the board does in an update is the helpers of tools.deploy, handed over in a file. Prints
`N cuts`.
"""

import gc
import os
import sys

import vfs

_BLOCK = 4096
_BLOCKS = 40


class PowerCut(Exception):
    pass


class Flash:
    """NOR flash in memory. `left`: writes until the power goes, the last one half done."""

    def __init__(self, data):
        self.data = bytearray(data)
        self.left = -1

    def readblocks(self, block, buf, off=0):
        at = block * _BLOCK + off
        buf[:] = memoryview(self.data)[at : at + len(buf)]

    def _count(self, n):
        if self.left < 0:
            return n
        if self.left == 0:
            raise PowerCut()
        self.left -= 1
        return n if self.left else n // 2

    def writeblocks(self, block, buf, off=0):
        at = block * _BLOCK + off
        n = self._count(len(buf))
        for i in range(n):
            self.data[at + i] &= buf[i]
        if n < len(buf):
            raise PowerCut()

    def ioctl(self, op, arg):
        if op == 4:
            return _BLOCKS
        if op == 5:
            return _BLOCK
        if op == 6:
            n = self._count(_BLOCK)
            self.data[arg * _BLOCK : arg * _BLOCK + n] = b"\xff" * n
            if n < _BLOCK:
                raise PowerCut()
        return 0


OLD = {"app.mpy": b"old" * 900, "lib/same.mpy": b"same" * 700}
NEW = {"app.mpy": b"newer" * 900, "lib/same.mpy": b"same" * 700, "lib/more.mpy": b"m" * 300}


def mounted(flash):
    fs = vfs.VfsLfs2(flash, progsize=256)  # type: ignore
    vfs.mount(fs, "/")
    os.chdir("/")


def content(slot, wanted):
    for path in wanted:
        with open("/" + slot + "/" + path, "rb") as file:
            if file.read() != wanted[path]:
                return False
    return True


def update(helpers):
    exec(helpers, globals())
    for path in ("app.mpy", "lib/more.mpy"):
        target = "/b/" + path
        folder(target)  # type: ignore # noqa: F821
        with open(target, "wb") as file:
            for at in range(0, len(NEW[path]), 768):
                file.write(NEW[path][at : at + 768])
    copy("/a/lib/same.mpy", "/b/lib/same.mpy")  # type: ignore # noqa: F821
    pointer("b a 0")  # type: ignore # noqa: F821


def main():
    gc.disable()  # it would close the files that a cut has left open
    with open(sys.argv[1]) as file:
        helpers = file.read()
    # the modules stay in reach when / is the flash
    vfs.mount(vfs.VfsPosix(sys.argv[2]), "/host")  # type: ignore[attr-defined]
    sys.path[:] = ["/host", "/host/lib", ".frozen"]
    from firmware import loader

    vfs.umount("/")
    flash = Flash(b"\xff" * (_BLOCK * _BLOCKS))
    vfs.VfsLfs2.mkfs(flash, progsize=256)  # type: ignore
    mounted(flash)
    for path in OLD:
        exec(helpers, globals())
        folder("/a/" + path)  # type: ignore # noqa: F821
        with open("/a/" + path, "wb") as file:
            file.write(OLD[path])
    vfs.umount("/")
    start = bytes(flash.data)
    cut = old = new = 0
    while True:
        cut += 1
        flash = Flash(start)
        mounted(flash)
        flash.left = cut
        done = False
        try:
            update(helpers)
            done = True
        except PowerCut:
            pass
        flash.left = -1
        try:
            vfs.umount("/")
        except OSError:
            pass
        mounted(flash)
        slot = loader.read()[0]
        assert content(slot, OLD if slot == "a" else NEW), (cut, slot)
        assert content("a", OLD), cut
        if slot == "a":
            assert not new, cut  # once new, always new
            old += 1
        else:
            new += 1
            assert loader.read() == ("b", "a", 0)
        # the next update succeeds
        update(helpers)
        assert loader.choose() == "b" and content("b", NEW), cut
        vfs.umount("/")
        if done:
            break
    print(cut, "cuts", old, "old", new, "new")


main()
