"""The flash area of the simulated board: a file with the manners of NOR flash.

A program operation clears bits, at most 256 bytes within one page; only an erase sets them.
What breaks these rules raises, as it would lose data on a board without a word.
"""

from micropython import const

SIZE = const(65536)  # bytes of a new area
SECTOR = const(4096)
EVENTS = const(12288)  # bytes of the area of the events: three sectors

_PAGE = const(256)


class PowerCut(Exception):
    """The power cut that a test asked for; from then on every access raises it."""


class Flash:
    """NOR flash in a binary file, open for reading and writing, of whole sectors.

    For tests, `cut`: bytes that may still be programmed or erased before the power goes.
    The byte after them is left half done. -1: no power cut.
    """

    def __init__(self, file, sector=SECTOR):
        self.sector = sector
        self.size = file.seek(0, 2)
        self.cut = -1
        self._file = file
        self._old = bytearray(_PAGE)

    def read_into(self, off, buf):
        """Fills `buf` from offset `off` of the area."""
        if self.cut == 0:
            raise PowerCut()
        if off < 0 or off + len(buf) > self.size:
            raise ValueError("outside the area")
        self._file.seek(off)
        self._file.readinto(buf)

    def program(self, off, data):
        """Clears the bits that are 0 in `data`: at most 256 bytes, not across a page."""
        n = len(data)
        if off % _PAGE + n > _PAGE:
            raise ValueError("program operation across a page")
        old = memoryview(self._old)[:n]
        self.read_into(off, old)
        for i in range(n):
            if data[i] & ~old[i]:
                raise ValueError("a bit at %d is 0 already: erase first" % (off + i))
        self._change(off, data, old)

    def erase(self, off):
        """Sets the sector at `off` to 0xFF."""
        if off % self.sector:
            raise ValueError("erase works on whole sectors")
        blank = b"\xff" * _PAGE
        old = memoryview(self._old)
        for page in range(off, off + self.sector, _PAGE):
            self.read_into(page, old)
            self._change(page, blank, old)

    def _change(self, off, data, old):
        n = len(data)
        torn = 0 <= self.cut <= n
        if torn:
            n = self.cut
        self._file.seek(off)
        self._file.write(memoryview(data)[:n])
        if torn:
            if n < len(data):  # half of the bits have the new value
                self._file.write(bytes(((data[n] & 0x55) | (old[n] & 0xAA),)))
            self.cut = 0
        elif self.cut > 0:
            self.cut -= n
        self._file.flush()
        if torn:
            raise PowerCut()


def in_file(path, size=SIZE):
    """The area kept in the file `path`, which is made, erased, when it is missing."""
    try:
        return Flash(open(path, "r+b"))
    except OSError:
        pass
    with open(path, "wb") as file:
        for _ in range(0, size, _PAGE):
            file.write(b"\xff" * _PAGE)
    return Flash(open(path, "r+b"))
