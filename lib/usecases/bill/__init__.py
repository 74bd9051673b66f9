"""The bills that an energy broker writes (EVCS 1.0.1, Table 8): how a billListData is read.

A bill becomes a record of SIZE leaves: its identifier, type (0: chargingSummary), energy in Wh,
currency (index in schema.CURRENCY), cost, and per position (from the grid, produced by oneself)
the share of the energy and of the cost in percent. Numbers are followed by their scale."""

from array import array

from micropython import const

from spine.rfe import ABSENT
from usecases.bill import schema as tables

SIZE = 15
SHARES = 7  # first leaf of the shares
SHARE = 4  # leaves of one position

_ID = const(13)  # slot billListData.billData.billId
_TYPE = const(14)  # slot billListData.billData.billType
_VALUE = const(15)  # slot billListData.billData.total.value.value.number
_CURRENCY = const(17)  # slot billListData.billData.total.cost.currency
_POSITION = const(20)  # slot billListData.billData.position.positionType
_SHARE_VALUE = const(21)  # slot billListData.billData.position.value.valuePercentage.number
_SHARE_COST = const(23)  # slot billListData.billData.position.cost.costPercentage.number

_E_LIST = const(1)  # event billListData
_E_BILL = const(2)  # event billListData.billData
_E_VALUE = const(3)  # event billListData.billData.total.value
_E_COST = const(4)  # event billListData.billData.total.cost
_E_POSITION = const(5)  # event billListData.billData.position
_E_SHARE_VALUE = const(6)  # event billListData.billData.position.value

_KIND = const(100)  # of the items in the stage: no event of spine has it


class Reader:
    """Puts the bills of a message into its stage. `rec`: the slots of the walker."""

    schema = tables
    child = 5  # behind the head of its root

    def __init__(self, rec, stage):
        self.rec = rec
        self.stage = stage
        self.new = array("i", [ABSENT] * (SIZE + SHARE))  # the position at hand comes last

    def item(self, event):
        """An item is complete; True: it was the list."""
        rec = self.rec
        new = self.new
        if event == _E_BILL:
            new[0] = rec[_ID]
            new[1] = rec[_TYPE]
            self.stage.item(new, 0, _KIND, SIZE)
            for i in range(SIZE):
                new[i] = ABSENT
        elif event == _E_VALUE:
            self._copy(2, _VALUE, 2)
        elif event == _E_COST:
            self._copy(4, _CURRENCY, 3)
        elif event == _E_POSITION:
            at = SHARES + SHARE * rec[_POSITION]
            for i in range(SIZE, SIZE + SHARE):
                if at >= SHARES:  # of a type that is known
                    new[at] = new[i]
                    at += 1
                new[i] = ABSENT
        elif event == _E_SHARE_VALUE:
            self._copy(SIZE, _SHARE_VALUE, 2)
        elif event != _E_LIST:
            self._copy(SIZE + 2, _SHARE_COST, 2)
        return event == _E_LIST

    def _copy(self, to, slot, n):
        for i in range(n):
            self.new[to + i] = self.rec[slot + i]
