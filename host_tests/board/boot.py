"""Runs under MicroPython, as the boot of the fake board: `boot.py FLASH RAW EVENTS HERE`.

FLASH is the file of the flash. RAW is 1 after a soft reset in the raw REPL, which skips main.py.
EVENTS is the descriptor that tells the board around it: r reset, w MS watchdog armed, f fed.
HERE is the folder port/ of the modules that the firmware of a board has built in.
"""

import gc
import os
import sys

import vfs

_BLOCK = 4096


class Flash:
    """As esp32.Partition: three arguments program, two erase before."""

    def __init__(self, path):
        self._file = open(path, "r+b")
        self._blocks = self._file.seek(0, 2) // _BLOCK

    def readblocks(self, block, buf, off=0):
        self._file.seek(block * _BLOCK + off)
        self._file.readinto(buf)

    def writeblocks(self, block, buf, off=None):
        if off is not None:  # programming clears bits only
            old = bytearray(len(buf))
            self.readblocks(block, old, off)
            for i in range(len(buf)):
                old[i] &= buf[i]
            buf = old
        self._file.seek(block * _BLOCK + (off or 0))
        self._file.write(buf)

    def ioctl(self, op, arg):
        if op == 4:
            return self._blocks
        if op == 5:
            return _BLOCK
        if op == 6:
            self.writeblocks(arg, b"\xff" * _BLOCK)
        return 0


def run(name):
    try:
        with open(name) as file:
            code = file.read()
    except OSError:
        return
    exec(code, globals())


def main():
    flash, raw, events, here = sys.argv[1:]
    sys.path[:] = [here]
    import esp32
    import machine
    import network  # noqa: F401

    machine.events = open(int(events), "wb")
    esp32.flash = Flash(flash)
    vfs.umount("/")
    vfs.mount(vfs.VfsLfs2(esp32.flash), "/")  # type: ignore
    os.chdir("/")
    sys.path[:] = ["", ".frozen", "/lib"]
    gc.collect()
    try:
        run("boot.py")
        if raw == "0":
            run("main.py")
    except Exception as error:
        sys.print_exception(error)  # type: ignore[attr-defined]
    except KeyboardInterrupt:
        print("KeyboardInterrupt")


main()
