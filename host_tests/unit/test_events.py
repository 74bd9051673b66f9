"""What the wallbox remembers of what has happened, and how much of it at most."""

import io
import struct

from wallbox import START, Wallbox

from firmware import event_codes as codes
from firmware import limits as origins
from firmware.events import Events
from firmware.hal.sim.flash import Flash
from ship.conn import DATA, HELLO
from ticks import add

SKI = bytes(range(1, 21))
OTHER = bytes(range(200, 220))
UNIX = 2200000000  # more than 2**31
BURST = 16
DAY = 86400000


class Machine:
    state = 0
    failsafe_w = 4200
    failsafe_s = 7200


class Use:
    def __init__(self):
        self.machine = Machine()


class Conn:
    def __init__(self, ski, state):
        self.ski = ski
        self.state = state


class Place:
    unix = None

    def wall(self):
        return self.unix


class Rig:
    """What Events sees as App, on a simulated plant."""

    def __init__(self, file=None, unix=None, cause=1):
        self.t = START
        self.box = Wallbox(start=START)
        self.charger = self.box.charger
        self.node = self.clock = self.eebus = self
        self.place = Place()
        self.place.unix = unix
        self.trusted = [SKI]
        self.conns = []
        self.lpc = Use()
        self.lpp = None
        self.file = file or io.BytesIO(b"\xff" * 12288)
        flash = Flash(self.file)
        self.events = Events(self, flash, cause)
        self.at = (self.events.ring.at - codes.SIZE) % flash.size

    def now(self):
        return self.t

    def look(self, ms=250):
        """Lets the time pass; (kind, what, value) of the new records."""
        for _ in range(0, ms, 250):
            self.t = add(self.t, 250)
            self.box.run(250)
            self.events.tick(self.t)
        return self.new()

    def new(self):
        data = self.file.getvalue()
        found = []
        self.times = []
        self.more = []
        while self.at != self.events.ring.at:
            record = data[self.at : self.at + codes.SIZE]
            _, kind, what, t, value, more, _ = struct.unpack(codes.FORMAT, record)
            late = " late" if kind & codes.LATE else ""
            found.append((codes.KINDS[kind & codes.KIND] + late, what, value))
            self.times.append((bool(kind & codes.CLOCK), t))
            self.more.append(more)
            self.at = (self.at + codes.SIZE) % len(data)
        return found


def quiet(**settings):
    """A Rig whose start has been read."""
    rig = Rig(**settings)
    rig.look(1000)
    return rig


def test_a_start_says_why_and_with_which_version():
    rig = Rig(cause=3)
    kind, what, value = rig.new()[0]
    assert (kind, codes.CAUSES[what], value) == ("start", "watchdog", 0x000100)
    assert rig.times[0] == (False, 0)
    assert rig.look(60000) == []


def test_a_charge_from_plug_to_unplug():
    rig = quiet()
    rig.box.plant.plug()
    rig.box.plant.ev("C", (16000, 16000, 16000))
    seen = rig.look(4000)
    assert ("limit", origins.CABLE, ~32000) in seen
    assert ("offer", origins.BOARD, 16000) in seen
    assert seen[-1] == ("car", ord("C"), 0) and rig.more[-1] == 1
    rig.charger.limits.power(origins.LPC, 4140)
    seen = rig.look(2000)
    assert seen[0] == ("limit", origins.LPC, 4140)
    assert ("offer", origins.LPC, 6000) in seen
    rig.charger.limits.clear(origins.LPC)
    assert ("limit", origins.LPC, codes.NONE) in rig.look(2000)
    rig.look(3600000)
    rig.box.plant.unplug()
    seen = rig.look(2000)
    kind, what, value = [event for event in seen if event[0] == "car"][-1]
    assert (what, value) == (ord("A"), rig.charger.session_wh) and value > 10000


def test_faults_states_and_failsafe_values():
    rig = quiet()
    rig.box.plant.fault("overtemp", True)
    assert ("fault", 0, 32) in rig.look(1000)
    rig.lpc.machine.state = 3
    assert rig.look() == [("state", 0, 3)]
    rig.lpc.machine.failsafe_w = 4600
    rig.lpc.machine.failsafe_s = 14400
    assert rig.look() == [("failsafe", 0, 4600)] and rig.more == [240]
    rig.lpc.machine.failsafe_s = 7200
    assert rig.look() == [("failsafe", 0, 4600)] and rig.more == [120]


def test_partners():
    rig = quiet()
    rig.trusted.append(OTHER)
    short = struct.unpack(">i", OTHER[:4])[0]
    assert rig.look() == [("trust", 0, short)]
    rig.conns = [Conn(OTHER, HELLO), Conn(SKI, DATA)]
    assert rig.look() == [("peer", 0, 0x01020304)]
    rig.conns[0].state = DATA
    assert rig.look() == [("peer", 0, short)]
    rig.trusted.remove(OTHER)
    rig.conns = [rig.conns[1]]
    assert rig.look() == [("untrust", 0, short), ("lost", 0, short)]
    assert rig.look(5000) == []


def test_time_of_day_when_it_is_known():
    rig = quiet()
    rig.look(60000)
    rig.place.unix = UNIX
    assert rig.look() == [("clock", 0, 61)] and rig.times == [(True, UNIX)]
    rig.lpc.machine.state = 1
    assert rig.look() == [("state", 0, 1)] and rig.times == [(True, UNIX)]
    rig.place.unix = None
    rig.lpc.machine.state = 2
    assert rig.look() == [("state", 0, 2)] and rig.times == [(False, 61)]
    known = Rig(unix=UNIX)
    assert known.new()[0][0] == "start" and known.times == [(True, UNIX)]
    assert "clock" not in [event[0] for event in known.look(1000)]


def test_a_flapping_partner_does_not_wear_the_flash():
    rig = quiet()
    count = 0
    for i in range(DAY // 1000):  # a day, one change a second
        rig.lpc.machine.state = 2 + i % 2
        rig.t = add(rig.t, 1000)
        rig.events.tick(rig.t)
        count += len(rig.new())
    assert BURST + 140 <= count <= BURST + 144
    # the last one stays to be told, and says that there were more
    rig.lpc.machine.state = 1
    assert rig.look() == []
    # others are not held up
    rig.charger.limits.power(origins.ECHONET, 5000)
    assert ("limit", origins.ECHONET, 5000) in rig.look()
    assert rig.look(600000) == [("state late", 0, 1)]


def test_what_is_always_on_the_move_is_no_event():
    rig = quiet()
    rig.look(10000)
    for ma in range(20000, 30000, 10):
        rig.charger.limits.current(origins.FUSE, ma, ma, ma)
        assert [e for e in rig.look() if e[0] == "limit"] == [], ma


def test_erase_only_with_the_contactor_open():
    rig = quiet()
    ring = rig.events.ring
    rig.box.charge()
    rig.look(1000)
    for i in range(800):
        rig.events.write(8, 0, i)
    assert not ring.spare and ring.at % 4096 == 0
    rig.look(10000)
    assert not ring.spare
    rig.box.plant.unplug()
    rig.look(1000)
    assert ring.spare


def test_the_end_and_the_factory_reset():
    rig = quiet()
    rig.events.stop(1)
    assert rig.new() == [("stop", 1, 0)]
    rig.events.forget()
    assert rig.file.getvalue() == b"\xff" * 12288


def test_flash_that_fails_stops_nothing():
    rig = quiet()

    def program(off, data):
        raise OSError(5)

    rig.events.ring.flash.program = program
    rig.lpc.machine.state = 2
    rig.box.plant.plug()
    for _ in range(20):
        rig.t = add(rig.t, 250)
        rig.box.run(250)
        rig.events.tick(rig.t)
    assert rig.charger.plugged and rig.file.getvalue().count(b"\xff" * 16) > 760
