"""One reading of a meter while it is put together: quantities as ints, staged until whole."""

from array import array

from micropython import const

# Quantities. The next two after a phase quantity are those of L2 and L3.
MV = const(0)
MA = const(3)
W = const(6)
TOTAL_W = const(9)
MHZ = const(10)
WH = const(11)
EXPORT_WH = const(12)

_COUNT = const(13)
_POWERS = const(0x3C0)  # bits W and TOTAL_W
_ANY_FLOW = const(0x3F8)  # a reading tells at least a current or a power

# What no meter behind a wallbox or a house connection shows: a reading with it is dropped.
_MOST = (400000,) * 3 + (200000,) * 3 + (100000,) * 4 + (70000, 0x3FFFFFFF, 0x3FFFFFFF)


def scaled(value, exponent):
    """value x 10**exponent as an int, rounded to nearest."""
    while exponent > 0:
        value *= 10
        exponent -= 1
    if exponent:
        by = 10**-exponent
        value = (value + by // 2) // by
    return value


class Values:
    """`phases`: a total without its phases is shared by so many."""

    def __init__(self, phases):
        self._phases = phases
        self._v = array("i", (0,) * _COUNT)
        self.begin()

    def begin(self):
        """The next reading starts: forgets the last one."""
        self._seen = 0
        self._whole = 0
        self._good = True
        for i in range(_COUNT):
            self._v[i] = 0

    def put(self, quantity, value):
        """The quantity is `value`, whatever parts have been added."""
        if self._plausible(quantity, value):
            self._v[quantity] = value
            self._seen |= 1 << quantity
            self._whole |= 1 << quantity

    def add(self, quantity, value):
        """A part of the quantity: one tariff of a counter, or one direction of a power."""
        if not self._whole >> quantity & 1:
            value += self._v[quantity]
            if self._plausible(quantity, value):
                self._v[quantity] = value
                self._seen |= 1 << quantity

    def spoil(self):
        """A value could not be read: the reading is not to be used."""
        self._good = False

    def _plausible(self, quantity, value):
        most = _MOST[quantity]
        good = (0 if quantity < MA or quantity >= MHZ else -most) <= value <= most
        self._good = self._good and good
        return good

    def fill(self, sample):
        """Puts the reading into the Sample; False: nothing in it, or something implausible.

        What the meter does not tell of power and current is worked out from the other; the
        voltage stays as it is. Counters it does not have are -1.
        """
        seen = self._seen
        if not self._good or not seen & _ANY_FLOW:
            return False
        v = self._v
        for i in range(3):
            if seen >> i & 1:
                sample.mv[i] = v[i]
            ma = v[MA + i]
            w = self._power(seen, i, ma, sample.mv[i])
            if not seen >> (MA + i) & 1 and seen & _POWERS:
                ma = w * 1000000 // sample.mv[i] if sample.mv[i] else 0
            elif w < 0 < ma:
                ma = -ma  # most meters show the current without its direction
            sample.ma[i] = ma
            sample.w[i] = w
        if seen >> MHZ & 1:
            sample.mhz = v[MHZ]
        sample.wh = v[WH] if seen >> WH & 1 else -1
        sample.export_wh = v[EXPORT_WH] if seen >> EXPORT_WH & 1 else -1
        return True

    def _power(self, seen, i, ma, mv):
        if seen >> (W + i) & 1:
            return self._v[W + i]
        if seen >> W & 7:
            return 0  # a meter that tells phases has no more of them
        if seen >> TOTAL_W & 1:
            total = self._v[TOTAL_W]
            phases = self._phases
            share = total // phases
            # the rest goes to L1, so that the sum is the total
            return 0 if i >= phases else share if i else total - share * (phases - 1)
        return ma // 10 * (mv // 100) // 1000


class Meter:
    """Base of the meters on a serial line: `_values` are put together, `_ready` says that they
    are those of a whole reading."""

    def __init__(self, port, phases):
        self._port = port
        self._values = Values(phases)
        self._ready = False
        self.dropped = 0

    def measure(self, sample):
        if not self._ready:
            return False
        self._ready = False
        if self._values.fill(sample):
            return True
        self.dropped += 1
        return False
