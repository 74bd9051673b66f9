"""EV charging summary (EVCS 1.0.1): when a car has been charged, the wallbox asks for what it has
cost and where the energy came from, and an energy broker writes it.

The port: `plugged`, `contactor` (bools) and `offered_ma`, as the charger has them. The summary is
in `summary.rec`, see usecases.bill; no bill before the first one is written. It is an estimate,
not for invoices (2.1). The period of the session is not kept."""

from micropython import const

from spine.device import PARTIAL, READ, WRITE, Part, name
from spine.rfe import ABSENT, Item
from ticks import diff
from usecases.bill import SHARE, SHARES, SIZE, Reader, schema

_DESCRIPTIONS = const(25)  # enum function billDescriptionListData
_CONSTRAINTS = const(26)  # enum function billConstraintsListData
_BILLS = const(27)  # enum function billListData

_BILL = const(9)  # enum feature Bill
_SERVER = const(1)  # enum role server

_REJECTED = const(7)

# leaves of a bill
_TYPE = const(1)
_WH = const(2)
_CURRENCY = const(4)
_COST = const(5)

_ASKING_MS = const(60000)  # so long after the unplugging a broker has it ready [EVCS-008]

_DESCRIPTION = (
    b'[{"billId":0},{"billWriteable":true},{"updateRequired":%},'
    b'{"supportedBillType":["chargingSummary"]}]'
)
_CONSTRAINT = b'[{"billId":0},{"positionCountMin":0},{"positionCountMax":2}]'
_TOTAL = (
    b'[{"billId":0},{"billType":"chargingSummary"},{"total":[{"value":[[{"unit":"Wh"},'
    b'{"value":[{"number":%},{"scale":%}]}]]}'
)
_PRICE = (
    b',{"cost":[[{"costType":"absolutePrice"},{"currency":"%"},'
    b'{"cost":[{"number":%},{"scale":%}]}]]}'
)
_POSITION = b'[{"positionId":%},{"positionType":"%"}'
_ENERGY = b',{"value":[[{"valuePercentage":[{"number":%},{"scale":%}]}]]}'
_MONEY = b',{"cost":[[{"costPercentage":[{"number":%},{"scale":%}]}]]}'


class Evcs(Part):
    """`evse`: the wallbox's own entity, whose first use case is EVSECC."""

    def __init__(self, device, evse, port):
        self.device = device
        self.port = port
        self.required = False  # that a broker writes
        self.charged = False  # the car has, and has not come to an end yet
        self.plugged = False
        self.at = 0  # of the last plugging or unplugging
        self.summary = Item(self, [0] + [ABSENT] * (SIZE - 1), (), range(1, SIZE))
        self.bill = evse.feature(_BILL, _SERVER)
        device.readers[_BILLS] = Reader
        functions = _DESCRIPTIONS, READ, _CONSTRAINTS, READ, _BILLS, READ | WRITE | PARTIAL
        self.bill.offer(self, bytes(functions))
        # beside EVSECC: the list is by actor
        evse.use_cases.insert(1, (b"EVSE", b"evChargingSummary", b"1.0.1", b"\1", b"release"))

    def render(self, fn, w, session):
        rec = self.summary.rec
        if fn == _DESCRIPTIONS:
            w.t(_DESCRIPTION).flag(self.required).end()
        elif fn == _CONSTRAINTS:
            w.raw(_CONSTRAINT)
        elif rec[_WH] >= 0:
            _scaled(w.t(_TOTAL), rec, _WH)
            if rec[_CURRENCY] >= 0:
                name(w.t(_PRICE), schema.CURRENCY, rec[_CURRENCY])
                _scaled(w, rec, _COST)
            w.raw(b']},{"position":[')
            for i in range(2):
                at = SHARES + SHARE * i
                if max(rec[at], rec[at + 2]) >= 0:
                    w.sep().t(_POSITION).num(i + 1)
                    name(w, schema.POSITION, i).end()
                    if rec[at] >= 0:
                        _scaled(w.t(_ENERGY), rec, at)
                    if rec[at + 2] >= 0:
                        _scaled(w.t(_MONEY), rec, at + 2)
                    w.raw(b"]")
            w.raw(b"]}]")

    def items(self, fn):
        return (self.summary,) if fn == _BILLS else ()

    def judge(self, fn, item, new):
        known = new[_TYPE] == 0 and new[_CURRENCY] != -1
        return 0 if known and new[_WH] >= 0 else _REJECTED

    def take(self, fn, item, new):
        item.rec = new
        self.device.changed(self.bill, _BILLS)
        self._ask(False)

    def tick(self, now):
        port = self.port
        if port.plugged != self.plugged:
            self.plugged = port.plugged
            self.at = now
            if self.plugged:
                self.charged = False
                self._ask(False)  # of the car before nobody knows any more [EVCS-008]
        if port.contactor:
            self.charged = True
            self._ask(False)
        elif self.charged and (not port.plugged or port.offered_ma[0]):
            # the car itself has ended it; what the wallbox pauses goes on later [EVCS-009]
            self.charged = False
            self._ask(True)
        elif self.required and not port.plugged:
            left = _ASKING_MS - diff(now, self.at)
            if left > 0:
                return left
            self._ask(False)
        return -1

    def _ask(self, required):
        if required != self.required:
            self.required = required
            self.device.changed(self.bill, _DESCRIPTIONS)


def _scaled(w, rec, at):
    """A number and its scale, up to the end of the template."""
    scale = rec[at + 1]
    w.num(rec[at]).num(0 if scale == ABSENT else scale).end()
