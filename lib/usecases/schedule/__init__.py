"""Tables of slots in time that partners write for a car (CEVC 1.0.1): how they are read and kept.

A written table becomes a record of ints, times in s from when it was written:

power limits   timeSeriesId, end, and per slot its start and W
tariff         tariffId, tierId, its type, boundaryId, its type and unit, incentiveId, its type and
               currency: indices of the enumerations in the schema; a leaf without meaning,
               for the last but one would be a number, whose scale is 0 when it is left out
incentives     tariffId, end, tierId, incentiveId, and per slot its start, number and scale

Slots follow each other without gaps, from now on. One tier with one boundary and one incentive is
what the constraints of the tables allow; such a table is written whole."""

from array import array

from micropython import const

from spine.rfe import ABSENT, TAG, Item
from spine.types import scaled
from usecases.schedule import schema as tables

SLOTS = 24

_ID = const(13)  # slot timeSeriesListData.timeSeriesData.timeSeriesId
_START = const(14)  # slot timeSeriesListData.timeSeriesData.timeSeriesSlot.timePeriod.startTime
_END = const(15)  # slot timeSeriesListData.timeSeriesData.timeSeriesSlot.timePeriod.endTime
_DURATION = const(16)  # slot timeSeriesListData.timeSeriesData.timeSeriesSlot.duration
_POWER = const(17)  # slot timeSeriesListData.timeSeriesData.timeSeriesSlot.maxValue.number
# slot incentiveTableDescriptionData.incentiveTableDescription.tier.tierDescription.tierId
_TIER = const(14)
_BOUNDARY = const(16)  # begins a boundaryDescription
_INCENTIVE = const(19)  # begins an incentiveDescription
# slot incentiveTableData.incentiveTable.incentiveSlot.tier.tier.tierId
_TIER_ID = const(16)
# slot incentiveTableData.incentiveTable.incentiveSlot.tier.boundary.lowerBoundaryValue.number
_LOWER = const(17)
# slot incentiveTableData.incentiveTable.incentiveSlot.tier.incentive.incentiveId
_PRICE_ID = const(18)
# slot incentiveTableData.incentiveTable.incentiveSlot.tier.incentive.value.number
_VALUE = const(19)

_E_LIST = const(1)  # event timeSeriesListData
_E_SLOT = const(3)  # event timeSeriesListData.timeSeriesData.timeSeriesSlot
# event incentiveTableDescriptionData.incentiveTableDescription.tier
_E_TIER = const(5)
# event incentiveTableDescriptionData.incentiveTableDescription.tier.boundaryDescription
_E_BOUNDARY = const(6)
# event incentiveTableDescriptionData.incentiveTableDescription.tier.incentiveDescription
_E_INCENTIVE = const(7)
_E_PRICE_SLOT = const(9)  # event incentiveTableData.incentiveTable.incentiveSlot
_E_PRICE_TIER = const(10)  # event incentiveTableData.incentiveTable.incentiveSlot.tier
_E_PRICE_BOUNDARY = const(
    11
)  # event incentiveTableData.incentiveTable.incentiveSlot.tier.boundary
_E_PRICE = const(12)  # event incentiveTableData.incentiveTable.incentiveSlot.tier.incentive

_REJECTED = const(7)
_NO_COMBINATION = const(8)

_MOST = const(0x3FFFFFFE)
_KIND = const(100)  # of the items in the stage: no event of spine has it
_OPEN_S = const(604800)  # a table whose last slot has no end: a week is the most that one is for

TARIFF_SIZE = 10


class Table(Item):
    """A record with slots from `first` on, each `width` leaves long, of which the first is its
    start in s; it was written in the second `at`."""

    def __init__(self, part, ident, first, width):
        n = first + width * SLOTS
        Item.__init__(self, part, [ident] + [ABSENT] * (n - 1), (), range(1, n))
        self.first = first
        self.width = width
        self.at = 0

    def clear(self):
        for i in self.optional:
            self.rec[i] = ABSENT

    def end(self, i):
        """Of the slot at that place in the record, in s; 0: there is none."""
        rec = self.rec
        if rec[i] == ABSENT:
            return 0
        i += self.width
        return rec[1] if i >= len(rec) or rec[i] == ABSENT else rec[i]

    def current(self, s):
        """The place of the slot that the second `s` is in, -1: none."""
        for i in range(self.first, len(self.rec), self.width):
            if self.end(i) > s - self.at:
                return i
        return -1

    def left(self, s):
        """(seconds from then on that it still lasts, place) of the slots that are not over."""
        gone = s - self.at
        at = self.current(s)
        out = []
        while 0 <= at < len(self.rec) and self.rec[at] != ABSENT:
            out.append((self.end(at) - max(self.rec[at], gone), at))
            at += self.width
        return out


class Reader:
    """Puts the tables of a message into its stage. `rec`: the slots of the walker.

    `first`, `width`: of the slots in the record; `least`: value of one; `child`: where the
    tables have that child of the root (each takes 7 bytes, behind a head of 5)."""

    schema = tables
    child = first = width = 0
    least = -_MOST

    def __init__(self, rec, stage):
        self.rec = rec
        self.stage = stage
        n = self.first + SLOTS * self.width
        self.new = array("i", [ABSENT] * (n or TARIFF_SIZE))
        self._begin()
        if stage.filters:
            self._refuse(_NO_COMBINATION)

    def _begin(self):
        self.at = self.first  # place of the slot at hand
        self.start = -1  # of the slot before it
        self.end = 0

    def _refuse(self, error=_REJECTED):
        self.stage.error = self.stage.error or error

    def item(self, event):
        """An item is complete; True: it was the list."""
        rec = self.rec
        if event == _E_SLOT:
            scale = rec[_POWER + 1]
            rec[_POWER] = scaled(rec[_POWER], 0 if scale <= TAG else scale)
            self._copy(self.at + 1, _POWER, 1)
            self._slot(rec[_DURATION])
        elif event == _E_PRICE:
            if rec[_VALUE + 1] <= TAG:
                rec[_VALUE + 1] = 0
            self._copy(self.at + 1, _VALUE, 2)
            self._same(3, rec[_PRICE_ID])
        elif event == _E_PRICE_BOUNDARY:
            if rec[_LOWER] > 0:
                self._refuse()  # of one tier: it begins at no power
        elif event == _E_PRICE_TIER:
            self._same(2, rec[_TIER_ID])
        elif event == _E_PRICE_SLOT:
            self._slot(ABSENT)
        elif event == _E_INCENTIVE:
            self._copy(6, _INCENTIVE, 3)
        elif event == _E_BOUNDARY:
            self._copy(3, _BOUNDARY, 3)
        elif event == _E_TIER:
            self._copy(1, _TIER, 2)
        elif event != _E_LIST:
            self._whole()
        return event == _E_LIST

    def _copy(self, to, slot, n):
        """Leaves of the record, which nothing else may have written."""
        new = self.new
        if to + n > len(new) or new[to] != ABSENT:
            self._refuse()
        else:
            for i in range(n):
                new[to + i] = self.rec[slot + i]

    def _same(self, to, ident):
        """A leaf that all slots agree on."""
        if self.at == self.first:
            self.new[to] = ident
        elif self.new[to] != ident:
            self._refuse()

    def _slot(self, duration):
        """The slot at hand is complete but for its time."""
        rec = self.rec
        start = rec[_START]
        end = rec[_END]
        if start <= TAG:
            start = self.end
        if end <= TAG < duration:
            end = start + duration
        # a time that is none is -1
        wrong = start <= self.start or TAG < end <= start or TAG < self.end != start
        if wrong or self.at >= len(self.new) or self.new[self.at + 1] < self.least:
            self._refuse()
        else:
            self.new[self.at] = self.start = start
            self.at += self.width
        self.end = end

    def _whole(self):
        """An item of the list is complete."""
        new = self.new
        new[0] = self.rec[_ID]
        if self.width:
            new[1] = self.end if self.end > TAG else self.start + _OPEN_S
        self.stage.item(new, 0, _KIND + self.child, len(new))
        for i in range(len(new)):
            new[i] = ABSENT
        self._begin()


class LimitsReader(Reader):
    child = 5
    first = width = 2
    least = 0


class TariffReader(Reader):
    child = 12


class PricesReader(Reader):
    child = 19
    first = 4
    width = 3
