"""The front-end controller over its UART, against a small one in memory (docs/frontend.md)."""

from meter_port import Port, crc_modbus

from board_configs import sim
from firmware import hal
from firmware.charger import Charger
from firmware.hal import Sample
from firmware.hal.external.frontend import FrontEnd, closed_by
from firmware.limits import Limits


class Board:
    FUSE_MA = 0  # nothing measures the house


for _name in dir(sim):
    if not hasattr(Board, _name):
        setattr(Board, _name, getattr(sim, _name))


class Device:
    """A front end that follows docs/frontend.md; its car is in state `car`."""

    def __init__(self):
        self.car = b"A"
        self.now = 0
        self.heard = None
        self.close = self.armed = False
        self.contactor = False
        self.offer = None
        self.phases = 0
        self.faults = 0
        self.more = b"-1,-999,0"

    def __call__(self, line):
        body, given = line[:-1].split(b"*")
        assert line[-1:] == b"\n" and len(line) <= 49
        crc = crc_modbus(body)
        assert int(given, 16) == crc[0] | crc[1] << 8
        kind, close, offer, phases = body.split(b",")
        assert kind == b"P"
        self.heard = self.now
        self.close = close == b"1"
        self.armed = self.armed or not self.close
        self.offer = int(offer)
        self.phases = int(phases)
        return self.state()

    def state(self):
        if self.heard is None or self.now - self.heard >= 1500:
            self.armed = self.close = False
        self.contactor = self.close and self.armed and self.car in (b"C", b"D") and not self.faults
        pilot = b"F" if self.offer == -1 else self.car
        return closed_by(b"S,%s,%d,%d,%s" % (pilot, self.contactor, self.faults, self.more))


class Rig:
    def __init__(self):
        self.device = Device()
        self.port = Port(self.device)
        self.hal = FrontEnd(Board, self.port)
        self.charger = Charger(self.hal, Board, Limits(Board))
        self.silent = False

    def run(self, ms, step=20):
        device = self.device
        end = device.now + ms
        for now in range(device.now, end, step):
            device.now = now
            if not self.silent and now % 200 == 0:
                self.port.feed(device.state())
            self.charger.tick(now)
        device.now = end
        return self


def test_a_charge():
    rig = Rig().run(1000)
    assert rig.charger.pilot == "A" and rig.charger.faults == 0 and rig.device.offer == 0
    rig.device.car = b"B"
    rig.run(1000)
    assert rig.charger.plugged and rig.device.offer == 15960  # permille are coarser than 0.1 A
    rig.device.car = b"C"
    rig.run(1000)
    assert rig.device.contactor and rig.device.phases == 3 and rig.charger.contactor
    rig.device.car = b"A"
    rig.run(1000)
    assert not rig.device.contactor and not rig.device.close and not rig.charger.plugged


def charging():
    rig = Rig().run(1000)
    rig.device.car = b"B"
    rig.run(1000)
    rig.device.car = b"C"
    rig.run(1000)
    assert rig.device.contactor
    return rig


def test_its_silence_is_a_fault():
    rig = charging()
    rig.port.answer = None
    rig.silent = True
    rig.run(1200)
    assert rig.charger.contactor
    rig.run(500)
    assert not rig.charger.contactor and rig.charger.faults & hal.SUPERVISION
    rig.port.answer = rig.device
    rig.silent = False
    rig.run(30000)
    assert rig.charger.faults == hal.METER_LOST and rig.device.contactor


def test_our_silence_opens():
    rig = charging()
    rig.device.now += 1600
    rig.device.state()
    assert not rig.device.contactor
    rig.run(1000)  # the charger still wants it closed: not before it has said 0
    assert not rig.device.contactor


def test_its_faults_open():
    rig = charging()
    rig.device.faults = 4
    rig.run(400)
    assert rig.charger.faults & hal.RCD and not rig.device.close


def test_what_else_it_tells():
    rig = Rig()
    rig.device.more = b"20000,47,1"
    rig.run(500)
    assert (rig.hal.cable_ma(), rig.hal.celsius(), rig.hal.button()) == (20000, 47, True)
    rig.device.more = b"-1,-999,0"
    rig.run(500)
    assert (rig.hal.cable_ma(), rig.hal.celsius(), rig.hal.button()) == (-1, None, False)
    assert not rig.hal.measure(Sample())


def test_bad_lines_are_ignored():
    rig = Rig().run(500)
    good = closed_by(b"S,C,1,0,-1,-999,0")
    for bad in (
        good.replace(b"S,C", b"S,D"),
        closed_by(b"S,G,1,0,-1,-999,0"),
        closed_by(b"S,,1,0,-1,-999,0"),
        closed_by(b"S,C,1,0,-1,-999"),
        closed_by(b"S,C,x,0,-1,-999,0"),
        closed_by(b"T,C,1,0,-1,-999,0"),
        b"S,C,1,0,-1,-999,0\n",
        b"*0000\n",
        b"x" * 100 + good,
    ):
        rig.port.feed(bad)
        rig.hal.tick(rig.device.now)
        assert rig.hal.pilot() == hal.A, bad
    rig.port.feed(good)
    rig.hal.tick(rig.device.now)
    assert rig.hal.pilot() == hal.C and rig.hal.feedback()


def test_offers():
    front = Rig().hal
    for permille, ma in ((1000, 0), (0, -1), (100, 6000), (850, 51000), (960, 80000)):
        front.duty(permille)
        assert front._offer == ma
    # the example in docs/frontend.md
    assert closed_by(b"P,1,16000,3") == b"P,1,16000,3*E7AB\n"
