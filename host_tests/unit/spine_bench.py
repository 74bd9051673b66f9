"""A wallbox as the datagrams in data/spine describe it, and energy managers that talk to it
without SHIP and sockets.

    box = Wallbox()
    hems = box.connect()            a partner; what the wallbox says first is in hems.heard
    hems.read("nodeManagementUseCaseData")          -> the answer, a Said
    hems.bind(LOAD)
    hems.beat()                     heartbeat of the entity [1]
    box.advance(60000)              timers fire on time; what is said goes to hems.heard
"""

from spine_order import check

from ejson.walker import JsonError, Window
from ejson.writer import Writer
from spine.device import Device, Entity
from spine.heartbeat import Heartbeat
from spine.nodemgmt import NodeManagement
from spine.session import Session
from ticks import add, sooner
from usecases.evsecc import Classification, Evsecc
from usecases.lpc import Lpc
from usecases.lpp import Lpp
from usecases.mpc import Mpc

DATA = __file__.rsplit("/", 1)[0] + "/data/spine/"

# addresses: text of the entity path, feature
NODE = "0", 0
DIAGNOSIS = "1", 2
LOAD = "1", 3
CONFIG = "1", 4
ELECTRIC = "1", 5
MEASUREMENT = "1", 6
FOLLOWER = "1", 7  # the client that follows heartbeats
GUARD = "1", 9  # client of the energy manager
GUARD_BEAT = "1", 1  # its heartbeat

MANUFACTURER = (
    (b"deviceName", "Wallbox 11"),
    (b"deviceCode", "WB11"),
    (b"serialNumber", "0001"),
)

HEADER = (
    '{"datagram":[{"header":[{"specificationVersion":"%s"},{"addressSource":[%s{"entity":[%s]},'
    '{"feature":%d}]},{"addressDestination":[{"device":"d:_i:12345_WB-0001"},{"entity":[%s]},'
    '{"feature":%d}]},{"msgCounter":%s}%s,{"cmdClassifier":"%s"}%s]},{"payload":[{"cmd":[[%s]]}]}]}'
)
_ADDRESS = '[{"device":"%s"},{"entity":[%s]},{"feature":%d}]'


def vector(number):
    """Text of a datagram in data/spine."""
    return files()[number]


_files = {}


def files():
    if not _files:
        import os

        for name in os.listdir(DATA):
            with open(DATA + name) as file:
                _files[int(name[:2])] = file.read().strip()
    return _files


class Port:
    """The wallbox behind LPC or LPP."""

    def __init__(self):
        self.w = None  # what applies
        self.reason = None
        self.kept = None
        self.states = []

    def limit(self, w):
        self.w = w

    def refuses(self):
        return self.reason

    def keep(self, failsafe_w, failsafe_s):
        self.kept = failsafe_w, failsafe_s

    def state(self, old, new):
        self.states.append((old, new))


class Meter:
    power_w = 6900
    p_w = [2300, 2310, 2290]
    draw_ma = [10000, 10020, 9980]
    u_mv = [230000, 231000, 229000]
    energy_wh = 4520
    produced_wh = 30
    freq_mhz = 50010
    meter_ok = True


class Wallbox:
    """`now`: where its clock starts. `lpp`: it can feed in, too."""

    fault = None
    time = None

    def __init__(self, now=1000, lpp=False, phases=3, scenarios=b"\1\2\3", stored=(4200, 7200)):
        self.now = now
        self.partners = []
        device = self.device = Device(b"d:_i:12345_WB-0001", lambda: self.time)
        self.node = NodeManagement(device, b"ChargingStation")
        information = Entity(1, 1)
        information.add(self.node.feature)
        evse = self.evse = Entity(2, 2)
        device.entities += (information, evse)
        Classification(information.feature(2, 1), MANUFACTURER)
        classification = evse.feature(2, 1)
        diagnosis = evse.feature(3, 1)
        load = evse.feature(4, 1)
        config = evse.feature(5, 1)
        electric = evse.feature(6, 1)
        measurement = evse.feature(7, 1)
        device.diagnosis = evse.feature(3, 0)
        self.port = Port()
        self.evsecc = Evsecc(device, classification, diagnosis, self, MANUFACTURER)
        self.heartbeat = Heartbeat(device, diagnosis)
        w, s = stored
        self.lpc = Lpc(device, load, config, electric, self.port, 11000, w, s)
        if lpp:
            self.lpp_port = Port()
            self.lpp = Lpp(device, load, config, electric, self.lpp_port, 5000, w, s, self.lpc)
        self.meter = Meter()
        self.mpc = Mpc(device, measurement, electric, self.meter, phases, scenarios, lpp)
        self.timers: list = [self.evsecc, self.heartbeat, self.lpc, self.mpc]
        if lpp:
            self.timers.append(self.lpp)
        self.tick()

    @property
    def machine(self):
        return self.lpc.machine

    def error(self):
        return self.fault

    def tick(self):
        wait = -1
        for timer in self.timers + [hems.session for hems in self.partners]:
            wait = sooner(wait, timer.tick(self.now))
        for hems in self.partners:
            hems.hear()
        return wait

    def advance(self, ms):
        """Lets that time go by; every timer fires when it is due."""
        while True:
            wait = self.tick()
            if wait < 0 or wait > ms:
                break
            step = max(wait, 1)
            if step > ms:
                break
            ms -= step
            self.now = add(self.now, step)
        self.now = add(self.now, ms)
        self.tick()

    def connect(self, quiet=True, **options):
        """A partner. `quiet`: it has answered what the wallbox asks first."""
        hems = Hems(self, **options)
        hems.hear()
        if quiet:
            hems.introduce()
        return hems


class Said:
    """A datagram of the wallbox."""

    def __init__(self, text):
        self.text = text
        value = check(text)
        header = value["datagram"][0]["header"]
        fields = {}
        for one in header:
            fields.update(one)
        self.source = _address(fields["addressSource"])
        self.to = _address(fields["addressDestination"])
        self.device = fields["addressDestination"][0].get("device")
        self.counter = fields["msgCounter"]
        self.reference = fields.get("msgCounterReference")
        self.classifier = fields["cmdClassifier"]
        self.ack = fields.get("ackRequest")
        # the cmd as text: what tests compare
        self.cmd = text[text.find('"cmd":[[') + 8 : -len("]]}]}]}")]
        cmd = value["datagram"][1]["payload"][0]["cmd"][0]
        self.function = list(cmd[-1])[0]
        self.data = cmd[-1][self.function]

    @property
    def error(self):
        """errorNumber of a result, else None."""
        if self.classifier == "result":
            return self.data[0]["errorNumber"]
        return None


def _address(elements):
    return ",".join([str(n) for n in elements[-2]["entity"]]), elements[-1]["feature"]


class Hems:
    """An energy manager with one connection to the wallbox.

    `window`: bytes of the window; `chunk`: how many bytes come at once."""

    def __init__(self, box, device="d:_n:HEMS_0001", window=2048, chunk=100000, send=8192):
        self.box = box
        self.device = device
        self.window = Window(window)
        self.chunk = chunk
        self.session = Session(box.device, self.window, self)
        self.out = Writer(bytearray(send))
        self.counter = 0
        self.heard = []  # what the wallbox said without being asked
        self.closed = False  # by the wallbox
        self.restricted = False  # an optional PIN is missing
        box.partners.append(self)

    def close(self):
        """What the wallbox does to a connection that it does not want any more."""
        self.closed = True
        self.session.close()

    def hear(self):
        """Takes what there is to say."""
        new = []
        while self.session.render(self.out.begin()):
            new.append(Said(bytes(self.out.buf[: self.out.n]).decode()))
        self.heard += new
        return new

    def taken(self):
        """What was heard since the last call."""
        heard = self.heard
        self.heard = []
        return heard

    def put(self, text):
        """One datagram, complete or not; what the wallbox says to it."""
        session = self.session
        window = self.window
        data = text if isinstance(text, (bytes, bytearray)) else text.encode()
        window.clear()
        session.start(window)
        at = 0
        done = False
        try:
            while at < len(data) and not done:
                n = min(window.room(), self.chunk, len(data) - at)
                window.put(data, at, n)
                at += n
                done = session.step()
        except JsonError:
            done = False
        if done:
            session.commit()
        else:
            session.drop()
        return self.hear()

    def say(
        self,
        classifier,
        cmd,
        to=NODE,
        own=NODE,
        ack=False,
        reference=None,
        counter=None,
        version="1.3.0",
        device=True,
    ):
        """Sends a datagram with that cmd (text); what the wallbox says to it."""
        if counter is None:
            self.counter += 1
            counter = self.counter
        text = HEADER % (
            version,
            '{"device":"%s"},' % self.device if device else "",
            own[0],
            own[1],
            to[0],
            to[1],
            counter,
            "" if reference is None else ',{"msgCounterReference":%d}' % reference,
            classifier,
            ',{"ackRequest":true}' if ack else "",
            cmd,
        )
        return self.put(text)

    def ask(self, classifier, cmd, to=NODE, own=NODE, **options):
        """The same; the only answer: notifications that come with it go to `heard`."""
        self.heard = [said for said in self.heard if said.classifier == "notify"]
        said = self.say(classifier, cmd, to, own, **options)
        answers = [one for one in said if one.classifier in ("result", "reply")]
        assert len(answers) == 1, [one.text for one in said]
        answer = answers[0]
        assert answer.reference == self.counter or "counter" in options
        assert answer.source == to and answer.to == own
        self.heard = [one for one in self.heard if one is not answer]
        return answer

    def read(self, function, to=NODE, own=NODE, **options):
        return self.ask("read", '{"%s":[]}' % function, to, own, **options)

    def address(self, at):
        return _ADDRESS % (self.device, at[0], at[1])

    def call(self, function, element, own, to, kind=None, ident=""):
        """errorNumber of a call of NodeManagement."""
        cmd = (
            '{"nodeManagement%sCall":[{"%s":[%s{"clientAddress":%s},{"serverAddress":%s}%s]}]}'
        ) % (
            function,
            element,
            ident,
            self.address(own),
            _ADDRESS % ("d:_i:12345_WB-0001", to[0], to[1]),
            ',{"serverFeatureType":"%s"}' % kind if kind else "",
        )
        return self.ask("call", cmd, ack=True).error

    def subscribe(self, to, own=GUARD, kind=None):
        return self.call("SubscriptionRequest", "subscriptionRequest", own, to, kind)

    def unsubscribe(self, to, own=GUARD):
        return self.call("SubscriptionDelete", "subscriptionDelete", own, to)

    def bind(self, to, own=GUARD, kind=None):
        return self.call("BindingRequest", "bindingRequest", own, to, kind)

    def unbind(self, to, own=GUARD):
        return self.call("BindingDelete", "bindingDelete", own, to)

    def beat(self, source=GUARD_BEAT, ack=True):
        """A heartbeat; errorNumber of the result."""
        cmd = (
            '{"deviceDiagnosisHeartbeatData":[{"timestamp":"2026-01-31T12:00:05.0Z"},'
            '{"heartbeatCounter":%d},{"heartbeatTimeout":"PT120S"}]}' % (self.counter + 1)
        )
        if ack:
            return self.ask("notify", cmd, FOLLOWER, source, ack=True).error
        return self.say("notify", cmd, FOLLOWER, source)

    def write(self, cmd, to, own=GUARD, ack=True):
        """errorNumber of a write."""
        return self.ask("write", cmd, to, own, ack=ack).error

    def limit(self, elements, filters='[{"cmdControl":[{"partial":[]}]}]', ident=0):
        """errorNumber of a write of a limit; `elements` as text, `filters` None: a full write."""
        first = "" if ident is None else '{"limitId":%d}' % ident
        item = ",".join([text for text in (first, elements) if text])
        return self.write(limits_cmd("[%s]" % item, filters), LOAD)

    def key(self, ident, value, filters='[{"cmdControl":[{"partial":[]}]}]'):
        """errorNumber of a write of a failsafe value."""
        items = '[{"keyId":%d},{"value":[%s]}]' % (ident, value)
        return self.write(keys_cmd(items, filters), CONFIG)

    def introduce(self, features=None, reply=None):
        """Answers the first questions of the wallbox as an ordinary manager."""
        for _ in range(9):
            asked = self.taken()
            if not asked:
                break
            for said in asked:
                if said.classifier == "read" and said.function.endswith("DiscoveryData"):
                    self.say("reply", discovery(features or (("1", 1),)), reference=said.counter)
                elif said.classifier == "read":
                    self.say("reply", '{"%s":[]}' % said.function, reference=said.counter)
                elif said.ack:
                    self.say("result", RESULT % 0, reference=said.counter)

    def guard(self):
        """Binds as the energy guard of the limit and the failsafe values."""
        assert self.bind(LOAD) == 0
        assert self.bind(CONFIG) == 0
        self.introduce()
        return self


RESULT = '{"resultData":[{"errorNumber":%d}]}'
VALUE = '{"value":[{"number":%d},{"scale":0}]}'
FAILSAFE = '{"scaledNumber":[{"number":%d},{"scale":0}]}'
DURATION = '{"duration":"%s"}'
ACTIVE = '{"isLimitActive":true}'
INACTIVE = '{"isLimitActive":false}'
PERIOD = '{"timePeriod":[{"endTime":"%s"}]}'


def _restricted(function, filters):
    return '{"function":"%s"},{"filter":[%s]},' % (function, filters) if filters else ""


def limits_cmd(items, filters):
    return (
        _restricted("loadControlLimitListData", filters)
        + '{"loadControlLimitListData":[{"loadControlLimitData":[%s]}]}' % items
    )


def keys_cmd(items, filters):
    return (
        _restricted("deviceConfigurationKeyValueListData", filters)
        + '{"deviceConfigurationKeyValueListData":[{"deviceConfigurationKeyValueData":[%s]}]}'
        % items
    )


def discovery(beats, change=None, partial=False):
    """cmd of a detailed discovery with these heartbeat servers: (entity text, feature)."""
    entities = ['[{"description":[{"entityAddress":[{"entity":[0]}]}]}]']
    if partial:
        entities = []
    features = []
    for entity, number in beats:
        state = ',{"lastStateChange":"%s"}' % change if change else ""
        entities.append(
            '[{"description":[{"entityAddress":[{"entity":[%s]}]},{"entityType":"CEM"}%s]}]'
            % (entity, state)
        )
        if change != "removed":
            features.append(
                '[{"description":[{"featureAddress":[{"entity":[%s]},{"feature":%d}]},'
                '{"featureType":"DeviceDiagnosis"},{"role":"server"},{"supportedFunction":[['
                '{"function":"deviceDiagnosisHeartbeatData"},{"possibleOperations":[{"read":[]}]}'
                "]]}]}]" % (entity, number)
            )
    return (
        _restricted(
            "nodeManagementDetailedDiscoveryData",
            '[{"cmdControl":[{"partial":[]}]}]' if partial else "",
        )
        + '{"nodeManagementDetailedDiscoveryData":[{"entityInformation":[%s]},'
        '{"featureInformation":[%s]}]}' % (",".join(entities), ",".join(features))
    )
