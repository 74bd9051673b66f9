"""The wallbox of spine_bench with a car, as the datagrams 09 to 11 and 40 to 51 describe it.

box = EvBox()
hems = box.connect()
box.plug()                  the entity [1,1] is there
hems.control()              binds to its limits, and is heard
"""

from spine_bench import MANUFACTURER, NODE, Wallbox, limits_cmd

from spine import changes
from spine.device import Entity
from usecases.evcc import Evcc
from usecases.evcem import Evcem
from usecases.evsecc import Classification
from usecases.evsoc import Evsoc
from usecases.opev import Opev
from usecases.oscev import Oscev

LOAD = "1,1", 1
ELECTRIC = "1,1", 2
MEASUREMENT = "1,1", 3
CONFIG = "1,1", 4
DIAGNOSIS = "1,1", 6
IDENTITY = "1,1", 7
BEAT = '{"deviceDiagnosisHeartbeatData":[{"heartbeatCounter":%d},{"heartbeatTimeout":"%s"}]}'
STATE = '{"deviceDiagnosisStateData":[{"operatingState":"%s"}]}'
PARTIAL = '[{"cmdControl":[{"partial":[]}]}]'
LIMIT = '[{"limitId":%d},{"isLimitActive":%s},{"value":[{"number":%d},{"scale":%d}]}]'


class Car:
    """The ports of all use cases of the car."""

    standard = b"iec61851"
    asymmetric = False
    evccid = None
    soc = None
    operating = b"standby"
    fault = None
    least_w = 1380
    most_w = 11040
    # of its meter
    draw_ma = [10020, 9980, 10000]
    p_w = [2305, 2295, 2300]
    session_wh = 4520
    using = 3
    meter_ok = True


class Amperes:
    """The port of OPEV or OSCEV."""

    least_ma = 6000
    most_ma = 16000
    safe_ma = 6000

    def __init__(self):
        self.ma = None
        self.session = None

    def apply(self, ma, session):
        self.ma = list(ma)
        self.session = session


class EvBox(Wallbox):
    """`all_uses`: OSCEV and EVSOC, too, which the datagrams do not have."""

    def __init__(self, all_uses=False, phases=3, **options):
        Wallbox.__init__(self, **options)
        device = self.device
        self.car = Car()
        entity = self.entity = Entity(0x0202, 3)
        for kind in (4, 6, 7, 5, 2, 3, 8):
            entity.feature(kind, 1)
        entity.feature(3, 0)
        self.amperes = Amperes()
        self.evcem = Evcem(device, entity, self.car, phases, b"\1\2\3")
        self.opev = Opev(device, entity, self.evcem, self.amperes)
        self.uses = []
        if all_uses:
            self.advice = Amperes()
            self.oscev = Oscev(device, entity, self.evcem, self.advice)
            self.evsoc = Evsoc(device, entity, self.car)
        evcc = Evcc(device, entity, self.car, True)
        self.uses += (evcc, self.evcem, self.opev)
        if all_uses:
            self.uses += (self.oscev, self.evsoc)
        Classification(entity.feature(2, 1), MANUFACTURER)

    def plug(self):
        self.entity.use_cases = [u for u in [use.use_case() for use in self.uses] if u]
        changes.attach(self.node, self.entity)
        self.timers += self.uses
        self.tick()
        return self

    def unplug(self):
        for use in self.uses:
            self.timers.remove(use)
        changes.detach(self.node, self.entity)
        self.opev.reset()
        self.tick()

    def follow(self, quiet=True):
        """A partner that has subscribed to NodeManagement."""
        hems = self.connect(quiet)
        assert hems.subscribe(NODE, NODE) == 0
        return hems

    def control(self, beat="PT4S"):
        """A partner that has bound to the limits and is heard."""
        hems = self.follow()
        assert hems.bind(LOAD) == 0
        hems.introduce()
        if beat:
            self.beat(hems, beat)
        return hems

    def beat(self, hems, timeout="PT4S", source=("1", 1)):
        hems.say("notify", BEAT % (hems.counter, timeout), ("1", 7), source)
        self.tick()

    def state(self, hems, state, source=("1", 1)):
        hems.say("notify", STATE % state, ("1", 7), source)
        self.tick()

    def write(self, hems, amperes, active=True, first=0, filters=PARTIAL, scale=0):
        """errorNumber of a write of these limits."""
        word = "true" if active else "false"
        items = [LIMIT % (first + i, word, a, scale) for i, a in enumerate(amperes)]
        error = hems.write(limits_cmd(",".join(items), filters), LOAD)
        self.tick()
        return error

    def limits(self, hems):
        """[(id, active, number, scale)] as a partner reads them."""
        said = hems.read("loadControlLimitListData", LOAD)
        found = []
        for item in said.data[0]["loadControlLimitData"]:
            fields = {}
            for one in item:
                fields.update(one)
            assert fields["isLimitChangeable"] is True
            value = fields["value"]
            row = fields["limitId"], fields["isLimitActive"]
            found.append(row + (value[0]["number"], value[1]["scale"]))
        return found
