"""Coordinated EV charging (CEVC 1.0.1) of a car that gives schedules (ISO 15118): it tells how
much energy it needs until when, an energy guard writes how much power there is, an energy broker
what that costs, and the car chooses a plan, which the wallbox keeps to.

The port: `demand`, what the car has told: (least, wanted and most Wh, seconds to its departure or
0) or None for a car that gives no schedules; `schedule(limits, prices)` asks the car to choose,
arrays of (s, W, s, W, ...) and (s, 1/10000 of the incentive, ...) from now on, None: there are
none; `profile`, what it has chosen since: such an array of powers, or None; `apply(w, session)`,
the power in W that holds from now on, -1: any.

The tables count as long as those who have written them are heard (scenarios 5 and 6) and report
no failure (7 and 8); then the car is charged as if nobody had, and they are asked for again."""

from array import array

from late import load
from micropython import const

from spine.device import READ, WRITE, Part
from spine.rfe import ABSENT, Item
from spine.types import scaled
from ticks import add, diff
from usecases.schedule import (
    SLOTS,
    TARIFF_SIZE,
    LimitsReader,
    PricesReader,
    Table,
    TariffReader,
)

_DESCRIPTIONS = const(29)  # enum function timeSeriesDescriptionListData
_CONSTRAINTS = const(30)  # enum function timeSeriesConstraintsListData
_SERIES = const(31)  # enum function timeSeriesListData
_TARIFF = const(32)  # enum function incentiveTableDescriptionData
_TABLE_CONSTRAINTS = const(33)  # enum function incentiveTableConstraintsData
_PRICES = const(34)  # enum function incentiveTableData

_TIME_SERIES = const(10)  # enum feature TimeSeries
_INCENTIVE_TABLE = const(11)  # enum feature IncentiveTable
_SERVER = const(1)  # enum role server

_REJECTED = const(7)

_LOST_S = const(120)  # heartbeats come every 60 s at least

# what is asked for
_LIMITS = const(1)
_INCENTIVES = const(2)

# timeSeriesIds, beside 3 of the demand
_POWER = const(1)
_PLAN = const(2)


class Watch:
    """Who has bound to a feature, and whether it is there."""

    def __init__(self, feature):
        self.feature = feature
        self.session = None
        self.entity = None
        self.heard = -1  # in that second; -1: has written nothing that counts

    def hears(self, session, entity):
        if session is not self.session:
            return False
        source = session.partner.source(self.entity)
        return source is None or source[0] == entity


class Cevc(Part):
    def __init__(self, device, entity, port):
        load("spine.extended").extend()
        self.device = device
        self.port = port
        self.times = entity.feature(_TIME_SERIES, _SERVER)
        self.money = entity.feature(_INCENTIVE_TABLE, _SERVER)
        functions = _DESCRIPTIONS, READ, _CONSTRAINTS, READ, _SERIES, READ | WRITE
        self.times.offer(self, bytes(functions))
        functions = _TARIFF, READ | WRITE, _TABLE_CONSTRAINTS, READ, _PRICES, READ | WRITE
        self.money.offer(self, bytes(functions))
        device.readers[_SERIES] = LimitsReader
        device.readers[_TARIFF] = TariffReader
        device.readers[_PRICES] = PricesReader
        device.listeners.append(self)
        self.limits = Table(self, _POWER, 2, 2)
        self.prices = Table(self, 0, 4, 3)
        self.plan = Table(self, _PLAN, 2, 2)
        tariff = [0] + [ABSENT] * (TARIFF_SIZE - 1)
        self.tariff = Item(self, tariff, (), range(1, TARIFF_SIZE))
        self.guard = Watch(self.times)
        self.broker = Watch(self.money)
        self.demand = self.profile = None  # as told
        self.demand_at = 0
        self.asks = 0
        self.chosen = True  # nothing new for the car to choose from
        self.w = -1  # as applied
        self.s = 0  # seconds of its life, up to `second`
        self.second = -1

    def use_case(self):
        if self.port.demand is None:
            return None
        scenarios = b"\1\2\3\4\5\6\7\x08"
        return b"EV", b"coordinatedEvCharging", b"1.0.1", scenarios, b"release"

    def reset(self):
        """The car is gone."""
        self.demand = None
        self._drop()

    # out

    def render(self, fn, w, session):
        s = self.s
        put = load("usecases.schedule.put")
        if fn == _DESCRIPTIONS:
            put.kinds(w, self.asks & _LIMITS)
        elif fn == _CONSTRAINTS or fn == _TABLE_CONSTRAINTS:
            put.constraints(w, fn == _CONSTRAINTS)
        elif fn == _SERIES:
            put.series(w, self.limits, s)
            put.series(w, self.plan, s)
            put.wanted(w, self.demand, s - self.demand_at)
        elif fn == _TARIFF:
            put.tariff(w, self.tariff.rec, self.asks & _INCENTIVES)
        else:
            put.prices(w, self.prices, self.tariff.rec, s)

    # in

    def items(self, fn):
        if fn == _SERIES:
            return (self.limits,)
        return (self.tariff if fn == _TARIFF else self.prices,)

    def judge(self, fn, item, new):
        tariff = self.tariff.rec
        if fn == _TARIFF:
            # the currency is that of a price, others have none
            good = min(new[1:8]) >= 0 and new[8] != -1
        else:
            good = new[item.first] == 0 and self.demand is not None
            if fn == _PRICES:  # of the tier that has been described before
                good = good and new[2] == tariff[1] >= 0 and new[3] == tariff[6]
        return 0 if good else _REJECTED

    def take(self, fn, item, new):
        item.rec = new
        if fn == _TARIFF:
            self.prices.clear()
            self.asks &= ~_INCENTIVES
            self.device.changed(self.money, _TARIFF)
            self.device.changed(self.money, _PRICES)
            return
        item.at = self.s
        self.chosen = False
        watch = self.guard if fn == _SERIES else self.broker
        watch.heard = self.s
        self.device.changed(watch.feature, fn)
        if self.asks & _LIMITS and fn == _SERIES:
            self.asks &= ~_LIMITS
            self.device.changed(self.times, _DESCRIPTIONS)

    def bound(self, feature, session, entity):
        for watch in (self.guard, self.broker):
            if watch.feature is feature:
                watch.session = session
                watch.entity = entity
                session.partner.watch(entity, True)
                self._tell()

    def unbound(self, feature, session):
        for watch in (self.guard, self.broker):
            if watch.feature is feature and watch.session is session:
                watch.session = None

    def closed(self, session):
        pass  # unbound() has come before

    def heartbeat(self, session, entity):
        for watch in (self.guard, self.broker):
            if watch.heard >= 0 and watch.hears(session, entity):
                watch.heard = self.s

    def operates(self, session, entity, failed):
        if failed and (self.guard.hears(session, entity) or self.broker.hears(session, entity)):
            self._drop()

    # what applies

    def tick(self, now):
        port = self.port
        if self.second < 0:
            self.second = now
        gone = diff(now, self.second) // 1000
        self.second = add(self.second, 1000 * gone)
        self.s += gone
        if port.demand != self.demand:
            self.demand = port.demand
            self.demand_at = self.s
            if self.demand:
                self._want()
            else:
                self._drop()
        for watch in (self.guard, self.broker):
            if watch.heard >= 0 and self.s - watch.heard > _LOST_S:
                self._drop()
        if not self.chosen:
            self.chosen = True
            port.schedule(self._told(self.limits, False), self._told(self.prices, True))
        if port.profile is not self.profile:
            self._planned(port.profile)
        w = self._power()
        if w < 0 <= self.w:
            self._drop()  # the tables have come to their end
        elif w != self.w:
            self.w = w
            port.apply(w, self.guard.session)
        return 1000 if self.guard.heard >= 0 or self.broker.heard >= 0 else -1

    def _power(self):
        """What the limits and the plan allow now, in W; -1: there are none."""
        w = -1
        for table in (self.limits, self.plan):
            at = table.current(self.s)
            if at >= 0:
                w = table.rec[at + 1] if w < 0 else min(w, table.rec[at + 1])
        return w

    def _told(self, table, priced):
        """A table as the car takes it."""
        left = table.left(self.s)
        if not left:
            return None
        rec = table.rec
        out = array("i")
        for seconds, at in left:
            out.append(seconds)
            out.append(scaled(rec[at + 1], rec[at + 2] + 4) if priced else rec[at + 1])
        return out

    def _planned(self, profile):
        self.profile = profile
        plan = self.plan
        plan.clear()
        start = 0
        for i in range(0, min(len(profile), 2 * SLOTS) if profile else 0, 2):
            plan.rec[2 + i] = start
            plan.rec[3 + i] = profile[i + 1]
            start += profile[i]
        plan.rec[1] = start
        plan.at = self.s
        self.device.changed(self.times, _SERIES)

    def _drop(self):
        """Nothing of what has been written counts any more."""
        for table in (self.limits, self.prices, self.plan):
            table.clear()
        self.guard.heard = self.broker.heard = -1
        self.chosen = True
        self.port.schedule(None, None)
        self.profile = self.port.profile
        if self.w >= 0:
            self.w = -1
            self.port.apply(-1, None)
        self._want()

    def _want(self):
        """Asks for everything, where there is a demand."""
        self.asks = _LIMITS | _INCENTIVES if self.demand else 0
        self._tell()

    def _tell(self):
        """All of it, in the order in which a manager needs it: eebus-go never asks for the
        constraints of the incentives, and looks at the rest when the descriptions come."""
        changed = self.device.changed
        for fn in (_TABLE_CONSTRAINTS, _PRICES, _TARIFF):
            changed(self.money, fn)
        for fn in (_CONSTRAINTS, _SERIES, _DESCRIPTIONS):
            changed(self.times, fn)
