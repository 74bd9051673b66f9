"""Coordinated EV charging: what the car wants, what is written for it, the plan of it."""

from array import array

from ev_bench import BEAT, STATE
from spine_bench import NODE, Wallbox

from spine import changes
from spine.device import Entity
from usecases.cevc import Cevc
from usecases.schedule import SLOTS

TIMES = "1,1", 1
MONEY = "1,1", 2
DEMAND = (5000, 20000, 60000, 28800)  # of the car: least, wanted, most Wh; 8 h
PARTIAL = '{"function":"%s"},{"filter":[[{"cmdControl":[{"partial":[]}]}]]},'

KINDS = (
    '{"timeSeriesDescriptionListData":[{"timeSeriesDescriptionData":[[{"timeSeriesId":1},'
    '{"timeSeriesType":"constraints"},{"timeSeriesWriteable":true},{"updateRequired":%s},'
    '{"unit":"W"}],[{"timeSeriesId":2},{"timeSeriesType":"plan"},{"timeSeriesWriteable":false},'
    '{"unit":"W"}],[{"timeSeriesId":3},{"timeSeriesType":"singleDemand"},'
    '{"timeSeriesWriteable":false},{"unit":"Wh"}]]}]}'
)
BOUNDS = (
    '{"timeSeriesConstraintsListData":[{"timeSeriesConstraintsData":[[{"timeSeriesId":1},'
    '{"slotCountMin":1},{"slotCountMax":24},{"slotDurationMin":"PT1S"},'
    '{"slotDurationStepSize":"PT1S"}]]}]}'
)
TABLE_BOUNDS = (
    '{"incentiveTableConstraintsData":[{"incentiveTableConstraints":[[{"tariff":[{"tariffId":0}]},'
    '{"tariffConstraints":[{"maxTiersPerTariff":1},{"maxBoundariesPerTier":1},'
    '{"maxIncentivesPerTier":1}]},{"incentiveSlotConstraints":[{"slotCountMax":24}]}]]}]}'
)
SERIES = '{"timeSeriesListData":[{"timeSeriesData":[%s]}]}'
WANTED = (
    '[{"timeSeriesId":3},{"timePeriod":[{"startTime":"PT0S"}]},{"timeSeriesSlot":[['
    '{"timeSeriesSlotId":0},{"duration":"%s"},{"value":[{"number":20000},{"scale":0}]},'
    '{"minValue":[{"number":5000},{"scale":0}]},{"maxValue":[{"number":60000},{"scale":0}]}]]}]'
)
NOTHING = '[{"timeSeriesId":%d}]'
NOW = '{"timePeriod":[{"startTime":"PT0S"}]}'
SLOT = '[{"timeSeriesSlotId":%d},{"duration":"%s"},{"maxValue":[{"number":%d},{"scale":0}]}]'
TARIFF = (
    '{"incentiveTableDescriptionData":[{"incentiveTableDescription":[[{"tariffDescription":['
    '{"tariffId":0},{"tariffWriteable":true},{"updateRequired":%s},'
    '{"scopeType":"simpleIncentiveTable"}]}%s]]}]}'
)
TIER = (
    ',{"tier":[[{"tierDescription":[{"tierId":0},{"tierType":"dynamicCost"}]},'
    '{"boundaryDescription":[[{"boundaryId":0},{"boundaryType":"powerBoundary"},'
    '{"boundaryUnit":"W"}]]},{"incentiveDescription":[[{"incentiveId":0},'
    '{"incentiveType":"absoluteCost"},{"currency":"EUR"}]]}]]}'
)
PRICES = '{"incentiveTableData":[{"incentiveTable":[%s]}]}'
NO_PRICES = '{"incentiveTableData":[]}'
PRICED = '[{"tariff":[{"tariffId":0}]},{"incentiveSlot":[%s]}]'
PRICE = (
    '[{"timeInterval":[{"startTime":[{"relative":"%s"}]}%s]},{"tier":[[{"tier":[{"tierId":0}]},'
    '{"boundary":[[{"boundaryId":0},{"lowerBoundaryValue":[{"number":0},{"scale":0}]}]]},'
    '{"incentive":[[{"incentiveId":0},{"value":[{"number":%d},{"scale":%d}]}]]}]]}]'
)
UNTIL = ',{"endTime":[{"relative":"%s"}]}'


class Car:
    """The port: a car that chooses when `profile` is set."""

    def __init__(self):
        self.demand = DEMAND
        self.profile = None
        self.asked = []
        self.w = -1
        self.session = None

    def schedule(self, limits, prices):
        self.profile = None
        self.asked.append((limits and list(limits), prices and list(prices)))

    def apply(self, w, session):
        self.w = w
        self.session = session


class Box(Wallbox):
    def __init__(self):
        Wallbox.__init__(self)
        self.car = Car()
        entity = self.entity = Entity(0x0202, 3)
        self.cevc = Cevc(self.device, entity, self.car)
        entity.use_cases.append(self.cevc.use_case())
        changes.attach(self.node, entity)
        self.timers.append(self.cevc)
        self.tick()

    def choose(self, *profile):
        self.car.profile = array("i", profile)
        self.tick()

    def beat(self, hems):
        hems.say("notify", BEAT % (hems.counter, "PT60S"), ("1", 7), ("1", 1))
        self.tick()


def manager(box):
    hems = box.connect()
    for feature in (TIMES, MONEY):
        assert hems.subscribe(feature) == 0
        assert hems.bind(feature) == 0
    hems.introduce()
    hems.taken()
    return hems


def slots(*powers, first=0, seconds=3600):
    return ",".join([SLOT % (first + i, iso(seconds), w) for i, w in enumerate(powers)])


def iso(s):
    text = "PT"
    if s >= 3600:
        text += "%dH" % (s // 3600)
    if s % 3600 >= 60:
        text += "%dM" % (s % 3600 // 60)
    return text if s and not s % 60 else text + "%dS" % (s % 60)


def limits(*powers, seconds=3600, ident=1):
    """A write of power limits, each for an hour."""
    text = ",".join(
        [
            '[{"timeSeriesSlotId":%d},{"timePeriod":[{"startTime":"%s"}%s]},'
            '{"maxValue":[{"number":%d},{"scale":0}]}]'
            % (
                i,
                iso(seconds * i),
                ',{"endTime":"%s"}' % iso(seconds * (i + 1)) if i + 1 == len(powers) else "",
                w,
            )
            for i, w in enumerate(powers)
        ]
    )
    period = '{"timePeriod":[{"startTime":"PT0S"},{"endTime":"%s"}]}' % iso(seconds * len(powers))
    return SERIES % ('[{"timeSeriesId":%d},%s,{"timeSeriesSlot":[%s]}]' % (ident, period, text))


def prices(*values, scale=-2, seconds=3600):
    last = len(values) - 1
    text = [
        PRICE % (iso(seconds * i), UNTIL % iso(seconds * (i + 1)) if i == last else "", v, scale)
        for i, v in enumerate(values)
    ]
    return PRICES % (PRICED % ",".join(text))


def told(hems, function, feature=TIMES):
    return hems.read(function, feature).cmd


def test_announced_with_a_car_that_gives_schedules():
    box = Box()
    hems = box.connect()
    said = hems.read("nodeManagementUseCaseData").text
    assert '"coordinatedEvCharging"},{"useCaseVersion":"1.0.1"}' in said
    assert '{"scenarioSupport":[1,2,3,4,5,6,7,8]}' in said
    box.car.demand = None
    assert box.cevc.use_case() is None


def test_features_in_discovery():
    said = Box().connect().read("nodeManagementDetailedDiscoveryData").text
    series = (
        '{"featureType":"TimeSeries"},{"role":"server"},{"supportedFunction":['
        '[{"function":"timeSeriesDescriptionListData"},{"possibleOperations":[{"read":[]}]}],'
        '[{"function":"timeSeriesConstraintsListData"},{"possibleOperations":[{"read":[]}]}],'
        '[{"function":"timeSeriesListData"},{"possibleOperations":[{"read":[]},{"write":[]}]}]'
    )
    table = (
        '{"featureType":"IncentiveTable"},{"role":"server"},{"supportedFunction":['
        '[{"function":"incentiveTableDescriptionData"},'
        '{"possibleOperations":[{"read":[]},{"write":[]}]}],'
        '[{"function":"incentiveTableConstraintsData"},{"possibleOperations":[{"read":[]}]}],'
        '[{"function":"incentiveTableData"},{"possibleOperations":[{"read":[]},{"write":[]}]}]'
    )
    assert series in said and table in said


def test_demand_and_constraints():
    box = Box()
    hems = box.connect()
    assert told(hems, "timeSeriesDescriptionListData") == KINDS % "true"
    assert told(hems, "timeSeriesConstraintsListData") == BOUNDS
    empty = NOTHING % 1 + "," + NOTHING % 2 + ","
    assert told(hems, "timeSeriesListData") == SERIES % (empty + WANTED % "PT8H")
    assert told(hems, "incentiveTableDescriptionData", MONEY) == TARIFF % ("true", "")
    assert told(hems, "incentiveTableConstraintsData", MONEY) == TABLE_BOUNDS
    assert told(hems, "incentiveTableData", MONEY) == NO_PRICES
    box.advance(90500)
    box.advance(0)
    assert told(hems, "timeSeriesListData") == SERIES % (empty + WANTED % "PT7H58M30S")


def test_demand_without_departure_and_without_car():
    box = Box()
    hems = box.connect()
    box.car.demand = (0, 0, 60000, 0)  # charge as you like
    box.tick()
    said = told(hems, "timeSeriesListData")
    assert '{"timeSeriesSlotId":0},{"value":[{"number":0},{"scale":0}]}' in said
    box.car.demand = None
    box.tick()
    assert told(hems, "timeSeriesListData") == SERIES % ",".join([NOTHING % i for i in (1, 2, 3)])
    assert told(hems, "timeSeriesDescriptionListData") == KINDS % "false"
    assert told(hems, "incentiveTableDescriptionData", MONEY) == TARIFF % ("false", "")


def test_who_binds_is_told_all_in_the_order_that_eebus_go_needs():
    box = Box()
    hems = box.connect()
    assert hems.subscribe(TIMES) == 0 and hems.subscribe(MONEY) == 0
    hems.taken()
    assert hems.bind(TIMES) == 0
    assert [one.function for one in hems.taken() if one.classifier == "notify"] == [
        "incentiveTableConstraintsData",
        "incentiveTableData",
        "incentiveTableDescriptionData",
        "timeSeriesConstraintsListData",
        "timeSeriesListData",
        "timeSeriesDescriptionListData",
    ]


def test_power_limits_written_and_read_back_as_they_run_down():
    box = Box()
    hems = manager(box)
    assert hems.write(limits(11000, 0, 4000), TIMES) == 0
    box.tick()
    assert [one.function for one in hems.taken()] == [
        "timeSeriesListData",
        "timeSeriesDescriptionListData",
    ]
    assert told(hems, "timeSeriesDescriptionListData") == KINDS % "false"
    mine = '[{"timeSeriesId":1},%s,{"timeSeriesSlot":[%s]}]'
    rest = "," + NOTHING % 2 + "," + WANTED
    kept = mine % (NOW, slots(11000, 0, 4000)) + rest % "PT8H"
    assert told(hems, "timeSeriesListData") == SERIES % kept
    assert box.car.asked == [([3600, 11000, 3600, 0, 3600, 4000], None)]
    assert (box.car.w, box.car.session) == (11000, hems.session)
    for _ in range(40):
        box.advance(100000)
        box.beat(hems)
    first = SLOT % (1, "PT53M20S", 0)
    kept = mine % (NOW, first + "," + slots(4000, first=2)) + rest % "PT6H53M20S"
    assert told(hems, "timeSeriesListData") == SERIES % kept
    assert box.car.w == 0


def test_other_forms_of_power_limits():
    for form in (
        # durations instead of times, a scale, no slot ids
        '[{"duration":"PT1H"},{"maxValue":[{"number":11},{"scale":3}]}],'
        '[{"duration":"PT30M"},{"maxValue":[{"number":40000},{"scale":-1}]}]',
        # the start of the next slot is the end of the one before
        '[{"timePeriod":[{"startTime":"PT0S"}]},{"maxValue":[{"number":11000}]}],'
        '[{"timePeriod":[{"startTime":"PT60M"},{"endTime":"PT1H30M"}]},{"maxValue":[{"number":4000}]}]',
        # start and duration
        '[{"timePeriod":[{"startTime":"PT0S"}]},{"duration":"P0DT1H"},{"maxValue":[{"number":11000}]}],'
        '[{"timePeriod":[{"startTime":"PT1H"}]},{"duration":"PT30M"},{"maxValue":[{"number":4000}]}]',
    ):
        for chunk in (1, 1000):
            box = Box()
            hems = box.connect(chunk=chunk)
            assert hems.bind(TIMES) == 0
            text = SERIES % ('[{"timeSeriesId":1},{"timeSeriesSlot":[%s]}]' % form)
            assert hems.write(text, TIMES) == 0
            box.tick()
            assert box.car.asked == [([3600, 11000, 1800, 4000], None)]


def test_power_limits_without_an_end_hold_for_a_week():
    box = Box()
    hems = manager(box)
    slot = '[{"timePeriod":[{"startTime":"PT0S"}]},{"maxValue":[{"number":4200}]}]'
    assert hems.write(SERIES % ('[{"timeSeriesId":1},{"timeSeriesSlot":[%s]}]' % slot), TIMES) == 0
    box.tick()
    assert box.car.asked == [([604800, 4200], None)]


def test_power_limits_refused():
    box = Box()
    hems = manager(box)
    assert hems.write(limits(7000), TIMES) == 0
    before = told(hems, "timeSeriesListData")
    slot = '{"timeSeriesSlot":[%s]}'
    value = '{"maxValue":[{"number":5000}]}'
    hour = '[{"duration":"PT1H"},%s]' % value
    for text in (
        limits(5000, ident=2),  # the plan is the car's
        limits(5000, ident=3),
        limits(-1),
        limits(*([5000] * (SLOTS + 1))),
        SERIES % '[{"timeSeriesId":1}]',
        SERIES % ("[%s]" % (slot % hour)),  # whose?
        SERIES % ('[{"timeSeriesId":1},%s]' % (slot % ('[{"duration":"PT1H"}]'))),
        SERIES % ('[{"timeSeriesId":1},%s]' % (slot % ('[{"duration":"an hour"},%s]' % value))),
        SERIES % ('[{"timeSeriesId":1},%s]' % (slot % ('[{"duration":"PT0S"},%s]' % value))),
    ):
        assert hems.write(text, TIMES) == 7, text
        assert told(hems, "timeSeriesListData") == before
    times = '[{"timePeriod":[{"startTime":"%s"},{"endTime":"%s"}]},%s]'
    for spans in (
        (("2026-01-31T12:00:00Z", "PT1H"),),  # absolute
        (("PT1H", "PT2H"),),  # not from now on
        (("PT0S", "PT1H"), ("PT2H", "PT3H")),  # a gap
        (("PT0S", "PT2H"), ("PT1H", "PT3H")),  # an overlap
        (("PT0S", "PT0S"),),
        (("PT0S", "soon"),),
    ):
        text = ",".join([times % (a, b, value) for a, b in spans])
        assert hems.write(SERIES % ('[{"timeSeriesId":1},%s]' % (slot % text)), TIMES) == 7, spans
        assert told(hems, "timeSeriesListData") == before
    # tables are written whole
    assert hems.write(PARTIAL % "timeSeriesListData" + limits(5000), TIMES) == 8
    assert told(hems, "timeSeriesListData") == before
    assert box.car.w == -1  # none has reached it


def test_writes_need_a_binding_and_a_demand():
    box = Box()
    hems = box.connect()
    assert hems.write(limits(7000), TIMES) == 9
    assert hems.write(TARIFF % ("true", TIER), MONEY) == 9
    assert hems.bind(TIMES) == 0
    box.car.demand = None
    box.tick()
    assert hems.write(limits(7000), TIMES) == 7


def test_incentives_in_two_steps():
    box = Box()
    hems = manager(box)
    assert hems.write(prices(30), MONEY) == 7  # of which tier?
    assert hems.write(TARIFF % ("true", TIER), MONEY) == 0
    assert told(hems, "incentiveTableDescriptionData", MONEY) == TARIFF % ("false", TIER)
    assert hems.write(prices(30, 25, -4), MONEY) == 0
    box.tick()
    assert told(hems, "incentiveTableData", MONEY) == prices(30, 25, -4)
    assert box.car.asked[-1] == (None, [3600, 3000, 3600, 2500, 3600, -400])
    assert hems.write(limits(11000, 4000), TIMES) == 0
    box.tick()
    both = [3600, 11000, 3600, 4000], [3600, 3000, 3600, 2500, 3600, -400]
    assert box.car.asked[-1] == both
    # another tariff: the old values are none of it
    other = TIER.replace("absoluteCost", "co2Emission").replace(',{"currency":"EUR"}', "")
    assert hems.write(TARIFF % ("false", other), MONEY) == 0
    assert told(hems, "incentiveTableDescriptionData", MONEY) == TARIFF % ("false", other)
    assert told(hems, "incentiveTableData", MONEY) == NO_PRICES


def test_incentives_run_down():
    box = Box()
    hems = manager(box)
    assert hems.write(TARIFF % ("true", TIER), MONEY) == 0
    assert hems.write(prices(30, 25), MONEY) == 0
    for _ in range(37):
        box.advance(100000)
        box.beat(hems)
    left = PRICE % ("PT0S", UNTIL % "PT58M20S", 25, -2)
    assert told(hems, "incentiveTableData", MONEY) == PRICES % (PRICED % left)


def test_incentives_refused():
    box = Box()
    hems = manager(box)
    for tier in (
        TIER.replace("dynamicCost", "free"),
        TIER.replace("powerBoundary", "fence"),
        TIER.replace("EUR", "XXX"),
        TIER.replace('{"tierId":0},', ""),
        TIER.replace(TIER[10:-2], TIER[10:-2] + "," + TIER[10:-2]),  # two tiers
        "",
    ):
        assert hems.write(TARIFF % ("true", tier), MONEY) == 7, tier
    assert hems.write(TARIFF.replace('"tariffId":0', '"tariffId":1') % ("true", TIER), MONEY) == 7
    assert told(hems, "incentiveTableDescriptionData", MONEY) == TARIFF % ("true", "")
    assert hems.write(TARIFF % ("true", TIER), MONEY) == 0
    good = prices(30, 25)
    assert hems.write(good, MONEY) == 0
    incentive = '{"incentive":[['
    for text in (
        good.replace('"tariffId":0', '"tariffId":1'),
        good.replace('"tierId":0', '"tierId":1'),
        good.replace('"tierId":0', '"tierId":1', 1),
        good.replace('"incentiveId":0', '"incentiveId":1'),
        good.replace('"number":0', '"number":1000'),  # above 1 kW: then what below?
        good.replace(',{"value":[{"number":30},{"scale":-2}]}', ""),
        good.replace(incentive, incentive + '{"incentiveId":0},{"value":[{"number":1}]}],['),
        good.replace('"PT1H"', '"PT2H"', 1),
        prices(*([1] * (SLOTS + 1))),
        PRICES % (PRICED % ""),
    ):
        assert hems.write(text, MONEY) == 7, text
        assert told(hems, "incentiveTableData", MONEY) == good
    assert hems.write(PARTIAL % "incentiveTableData" + good, MONEY) == 8


def test_the_plan_of_the_car_is_told_and_rules():
    box = Box()
    hems = manager(box)
    assert hems.write(limits(11000, 11000), TIMES) == 0
    box.tick()
    hems.taken()
    box.choose(1800, 0, 5400, 8000)
    (said,) = hems.taken()
    plan = '[{"timeSeriesId":2},%s,{"timeSeriesSlot":[%s]}]'
    text = plan % (NOW, SLOT % (0, "PT30M", 0) + "," + SLOT % (1, "PT1H30M", 8000))
    assert (said.classifier, said.function) == ("notify", "timeSeriesListData")
    assert text in said.cmd
    assert box.car.w == 0
    for wanted, seconds in ((0, 1700), (8000, 200), (8000, 5200)):
        for _ in range(seconds // 100):
            box.advance(100000)
            box.beat(hems)
        assert box.car.w == wanted, seconds
    hems.taken()
    box.advance(100000)  # all is over
    assert box.car.w == -1
    assert told(hems, "timeSeriesDescriptionListData") == KINDS % "true"


def test_the_limits_hold_while_the_car_has_no_plan_and_below_it():
    box = Box()
    hems = manager(box)
    assert hems.write(limits(6000), TIMES) == 0
    box.tick()
    assert box.car.w == 6000
    box.choose(3600, 9000)  # more than there is
    assert box.car.w == 6000
    assert hems.write(limits(9000), TIMES) == 0
    box.tick()
    assert box.car.w == 9000  # the old plan is not one for these limits
    assert '[{"timeSeriesId":2}],' in told(hems, "timeSeriesListData")


def test_scenarios_5_and_6_a_manager_that_is_not_heard_any_more():
    for feature in (TIMES, MONEY):
        box = Box()
        hems = manager(box)
        if feature == TIMES:
            assert hems.write(limits(6000, 6000), TIMES) == 0
        else:
            assert hems.write(TARIFF % ("true", TIER), MONEY) == 0
            assert hems.write(prices(30, 25), MONEY) == 0
        box.tick()
        asked = len(box.car.asked)
        box.advance(100000)
        box.beat(hems)
        box.advance(120000)
        assert len(box.car.asked) == asked
        box.advance(1000)
        assert box.car.asked[asked:] == [(None, None)]
        assert box.car.w == -1
        assert told(hems, "timeSeriesDescriptionListData") == KINDS % "true"
        assert told(hems, "incentiveTableData", MONEY) == NO_PRICES
        # it is there again
        assert hems.write(limits(5000), TIMES) == 0
        box.tick()
        assert box.car.w == 5000


def test_scenarios_7_and_8_a_manager_that_fails():
    box = Box()
    hems = manager(box)
    assert hems.write(limits(6000), TIMES) == 0
    box.tick()
    hems.say("notify", STATE % "normalOperation", ("1", 7), ("1", 1))
    assert box.car.w == 6000
    hems.taken()
    hems.say("notify", STATE % "failure", ("1", 7), ("1", 1))
    box.tick()
    assert box.car.w == -1
    assert told(hems, "timeSeriesDescriptionListData") == KINDS % "true"


def test_a_manager_that_comes_back_finds_its_tables():
    box = Box()
    hems = manager(box)
    assert hems.write(limits(6000), TIMES) == 0
    box.tick()
    hems.session.close()
    box.partners.clear()
    box.advance(60000)
    assert box.car.w == 6000
    again = manager(box)
    assert told(again, "timeSeriesDescriptionListData") == KINDS % "false"
    for _ in range(5):
        box.beat(again)
        box.advance(100000)
    assert box.car.w == 6000


def test_a_new_demand_is_told_and_asks_anew():
    box = Box()
    hems = manager(box)
    assert hems.write(limits(6000), TIMES) == 0
    box.tick()
    hems.taken()
    box.car.demand = (0, 10000, 60000, 28800)
    box.tick()
    functions = [one.function for one in hems.taken()]
    assert "timeSeriesListData" in functions
    assert functions[-1] == "timeSeriesDescriptionListData"
    assert told(hems, "timeSeriesDescriptionListData") == KINDS % "true"
    assert box.car.w == 6000  # until there are others


def test_the_car_goes():
    box = Box()
    hems = manager(box)
    assert hems.subscribe(NODE, NODE) == 0
    assert hems.write(limits(6000), TIMES) == 0
    box.tick()
    changes.detach(box.node, box.entity)
    box.cevc.reset()
    box.timers.remove(box.cevc)
    box.car.demand = None
    assert box.car.asked[-1] == (None, None)
    assert box.car.w == -1


def test_long_tables_fit_into_the_send_buffer():
    box = Box()
    hems = box.connect(send=7168)  # of boards with this use case 7680 at least
    for feature in (TIMES, MONEY):
        assert hems.bind(feature) == 0
    hems.introduce()
    powers = [11000 - i for i in range(SLOTS)]
    assert hems.write(limits(*powers, seconds=3599), TIMES) == 0
    box.tick()
    box.choose(*[n for i in range(SLOTS) for n in (3599, 10000 + i)])
    said = told(hems, "timeSeriesListData")
    assert said.count("maxValue") == 2 * SLOTS + 1
    assert hems.write(TARIFF % ("true", TIER), MONEY) == 0
    assert (
        hems.write(prices(*[123456 + i for i in range(SLOTS)], scale=-6, seconds=3599), MONEY) == 0
    )
    said = told(hems, "incentiveTableData", MONEY)
    assert said.count("incentiveId") == SLOTS
