"""How the tables of CEVC are told to partners: into a writer `w`, with times from now on. Loaded
for that and let go."""

from spine.device import name
from spine.types import put_duration
from usecases.schedule import SLOTS, schema

_KINDS = (
    b'[{"timeSeriesId":1},{"timeSeriesType":"constraints"},{"timeSeriesWriteable":true},'
    b'{"updateRequired":%},{"unit":"W"}],'
    b'[{"timeSeriesId":2},{"timeSeriesType":"plan"},{"timeSeriesWriteable":false},{"unit":"W"}],'
    b'[{"timeSeriesId":3},{"timeSeriesType":"singleDemand"},{"timeSeriesWriteable":false},'
    b'{"unit":"Wh"}]'
)
_BOUNDS = (
    b'[{"timeSeriesId":1},{"slotCountMin":1},{"slotCountMax":%},{"slotDurationMin":"PT1S"},'
    b'{"slotDurationStepSize":"PT1S"}]'
)
_TABLE_BOUNDS = (
    b'{"incentiveTableConstraints":[[{"tariff":[{"tariffId":0}]},{"tariffConstraints":['
    b'{"maxTiersPerTariff":1},{"maxBoundariesPerTier":1},{"maxIncentivesPerTier":1}]},'
    b'{"incentiveSlotConstraints":[{"slotCountMax":%}]}]]}'
)
_SERIES = b'[{"timeSeriesId":%}'
_SLOTS_OF = b',{"timePeriod":[{"startTime":"PT0S"}]},{"timeSeriesSlot":['
_SLOT = b'[{"timeSeriesSlotId":%},{"duration":"%"},{"maxValue":[{"number":%},{"scale":0}]}]'
_WANTED = (
    b'{"value":[{"number":%},{"scale":0}]},{"minValue":[{"number":%},{"scale":0}]},'
    b'{"maxValue":[{"number":%},{"scale":0}]}]]}'
)
_TARIFF_OF = (
    b'{"incentiveTableDescription":[[{"tariffDescription":[{"tariffId":0},{"tariffWriteable":true}'
    b',{"updateRequired":%},{"scopeType":"simpleIncentiveTable"}]}'
)
_TIER = (
    b',{"tier":[[{"tierDescription":[{"tierId":%},{"tierType":"%"}]},{"boundaryDescription":[['
    b'{"boundaryId":%},{"boundaryType":"%"},{"boundaryUnit":"%"}]]},{"incentiveDescription":[['
    b'{"incentiveId":%},{"incentiveType":"%"}'
)
_PRICES_OF = b'{"incentiveTable":[[{"tariff":[{"tariffId":0}]},{"incentiveSlot":['
_TIME = b'[{"timeInterval":[{"startTime":[{"relative":"%"}]}'
_PRICE = (
    b']},{"tier":[[{"tier":[{"tierId":%}]},{"boundary":[[{"boundaryId":%},{"lowerBoundaryValue":['
    b'{"number":0},{"scale":0}]}]]},{"incentive":[[{"incentiveId":%},{"value":[{"number":%},'
    b'{"scale":%}]}]]}]]}]'
)


def kinds(w, required):
    """timeSeriesDescriptionListData"""
    w.t(_KINDS).flag(required).end()


def constraints(w, of_series):
    """timeSeriesConstraintsListData or incentiveTableConstraintsData"""
    w.t(_BOUNDS if of_series else _TABLE_BOUNDS).num(SLOTS).end()


def series(w, table, s):
    """An item of timeSeriesListData: a Table as it is in the second `s`."""
    w.sep().t(_SERIES).num(table.rec[0]).end()
    left = table.left(s)
    if left:
        w.raw(_SLOTS_OF)
        for seconds, at in left:
            put_duration(w.sep().t(_SLOT).num(at // 2 - 1), seconds)
            w.num(table.rec[at + 1]).end()
        w.raw(b"]}")
    w.raw(b"]")


def wanted(w, demand, age):
    """The same of what the car wants, as it has told `age` seconds ago; None: nothing."""
    w.sep().t(_SERIES).num(3).end()
    if demand:
        w.raw(_SLOTS_OF).raw(b'[{"timeSeriesSlotId":0},')
        if demand[3] > age:
            put_duration(w.t(b'{"duration":"%"},'), demand[3] - age).end()
        w.t(_WANTED).num(demand[1]).num(demand[0]).num(demand[2]).end()
    w.raw(b"]")


def tariff(w, rec, required):
    """incentiveTableDescriptionData"""
    w.t(_TARIFF_OF).flag(required).end()
    if rec[1] >= 0:
        name(w.t(_TIER).num(rec[1]), schema.TIER, rec[2]).num(rec[3])
        name(w, schema.BOUNDARY, rec[4])
        name(w, schema.UNIT, rec[5]).num(rec[6])
        name(w, schema.INCENTIVE, rec[7]).end()
        if rec[8] >= 0:
            name(w.t(b',{"currency":"%"}'), schema.CURRENCY, rec[8]).end()
        w.raw(b"]]}]]}")
    w.raw(b"]]}")


def prices(w, table, tier, s):
    """incentiveTableData; `tier`: the record of the tariff. Without incentives there is no list:
    eebus-go cannot read an empty one."""
    left = table.left(s)
    if not left:
        return
    w.raw(_PRICES_OF)
    start = 0
    for seconds, at in left:
        put_duration(w.sep().t(_TIME), start).end()
        start += seconds
        if at == left[-1][1]:
            put_duration(w.t(b',{"endTime":[{"relative":"%"}]}'), start).end()
        w.t(_PRICE).num(tier[1]).num(tier[3]).num(tier[6])
        w.num(table.rec[at + 1]).num(table.rec[at + 2]).end()
    w.raw(b"]}]]}")
