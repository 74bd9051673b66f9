"""The wallbox as ECHONET Lite node: classes 0x02A1, 0x027E, 0x0280, and what they do to it."""

from echonet_bench import ask, octets, only

from board_configs import sim, sim_feedin
from echonet.clock import WallClock
from echonet.table import GET, INF, SET
from firmware.charger import Charger
from firmware.echonet import create
from firmware.hal.sim.plant import Plant
from firmware.limits import ECHONET, LPC, Limits
from support import raises
from ticks import add

NOMINAL = "%08X" % sim.NOMINAL_W
PEER = ("192.0.2.7", 3610)


class Rig:
    """A simulated wallbox with its node; `sent`: notifications as hex from the EOJ on."""

    def __init__(self, board=sim, mode="control", **options):
        self.plant = Plant(board)
        self.limits = Limits(board)
        self.charger = Charger(self.plant, board, self.limits)
        if options.pop("talks", False):
            options["vehicle"] = self.plant
        self.node = create(
            board, self.charger, self.limits, mode, b"\2\0\0\0\0\1", b"0001", **options
        )
        self.eoj = "027E01" if board.FEED_IN else "02A101"
        self.now = 0x3FFFF000  # the clock wraps soon
        self.sent = []
        self.run(2)
        del self.sent[:]

    def run(self, seconds):
        for _ in range(10 * seconds):
            self.now = add(self.now, 100)
            self.plant.tick(self.now)
            self.charger.tick(self.now)
            self.node.tick(self.now)
            self.take()

    def take(self):
        for frame, dest in ask(self.node, "", self.now):
            if dest is None:
                assert frame[14:22] == "0EF00173", frame
                self.sent.append(frame[8:14] + " " + frame[24:])

    def get(self, epc):
        """Value as hex; None when the wallbox has none."""
        got = ask(self.node, "10810001" + "05FF01" + self.eoj + "6201" + epc + "00", self.now)
        assert got[0][0][20:22] == ("72" if got[0][0][26:28] != "00" else "52")
        return got[0][0][28:] or None

    def set(self, epc, value):
        """True when it is accepted."""
        frame = "10810001" + "05FF01" + self.eoj + "6101" + epc + "%02X" % (len(value) // 2)
        got = ask(self.node, frame + value, self.now, PEER)
        for notice, _ in got[1:]:
            self.sent.append(notice[8:14] + " " + notice[24:])
        self.run(1)
        return got[0][0][20:22] == "71"

    def charge(self, **options):
        self.plant.plug()
        self.plant.ev("C", **options)
        self.run(5)


def codes(device, access):
    props = device.props
    return ["%02X" % props[i] for i in range(0, len(props), 3) if props[i + 1] & access]


def _maps(board, **options):
    rig = Rig(board, **options)
    device = rig.node.objects[1]
    return [" ".join(codes(device, access)) for access in (GET, SET, INF)]


def test_maps_of_the_charger():
    assert _maps(sim) == [
        "80 81 82 83 88 89 8A 8C 8D 97 98 99 9D 9E 9F C5 C7 C8 CA CC D2 D3 D8 DA E7 EB ED",
        "81 97 98 99 CD DA E7 EB ED",
        "80 81 88 C7 DA",
    ]


def test_maps_of_the_charger_discharger():
    assert _maps(sim_feedin) == [
        "80 81 82 83 88 89 8A 8C 8D 97 98 99 9D 9E 9F"
        " C5 C6 C7 C8 C9 CA CB CC D2 D3 D4 D5 D6 D8 DA DB DC DD E1 E5 E7 EB ED",
        "81 97 98 99 CD DA E7 EB ED",
        "80 81 88 C7 DA DC DD E1 E5",
    ]


def test_vehicle_data_only_where_the_board_can_have_it():
    vehicle = {"CE", "CF", "D0", "E2", "E4", "E6"}
    assert (
        set(codes(Rig(talks=True).node.objects[1], GET)) - set(codes(Rig().node.objects[1], GET))
        == vehicle
    )
    assert set(codes(Rig(sim_feedin, talks=True).node.objects[1], GET)) - set(
        codes(Rig(sim_feedin).node.objects[1], GET)
    ) == vehicle | {"C0", "C2", "C4"}


def test_releases():
    def gets(board, release):
        return set(codes(Rig(board, release=release, talks=True).node.objects[1], GET))

    assert gets(sim, "R") - gets(sim, "G") == {"CE", "CF", "E6", "E7"}
    assert gets(sim, "R") == gets(sim, "J")
    assert gets(sim_feedin, "J") - gets(sim_feedin, "I") == {"CE", "CF", "E6"}
    assert gets(sim_feedin, "N") - gets(sim_feedin, "M") == {"DC", "DD"}
    assert gets(sim_feedin, "P") - gets(sim_feedin, "O") == {"E5"}
    assert gets(sim_feedin, "Q") - gets(sim_feedin, "P") == {"E1"}
    for letter in "GHIJKLMNOPQR":
        assert Rig(release=letter).get("82") == "0000%02X00" % ord(letter)
    for bad in ("F", "S", "", "GH", "r"):
        with raises(ValueError, "G to R"):
            Rig(release=bad)


def test_every_property_answers_with_its_size():
    for board in (sim, sim_feedin):
        rig = Rig(board)
        device = rig.node.objects[1]
        rig.set("97", "0C22")
        rig.set("98", "07EA0B15")
        rig.charge()
        for i in range(0, len(device.props), 3):
            if device.props[i + 1] & GET:
                value = rig.get("%02X" % device.props[i])
                if device.props[i + 1] & 8:
                    assert 1 <= len(value) // 2 <= device.props[i + 2]
                else:
                    assert len(value) // 2 == device.props[i + 2], "%02X" % device.props[i]


def test_ratings():
    rig = Rig()
    assert rig.get("C5") == NOMINAL
    assert rig.get("C8") == "0000102C" + NOMINAL  # from 4140 W
    assert rig.get("CA") == "003C" + "00A0"  # 6.0 A, 16.0 A
    assert rig.get("CC") == "11"
    assert rig.get("D2") == "00E6"
    assert Rig(talks=True).get("CC") == "12"
    rig = Rig(sim_feedin)
    assert rig.get("CC") == "11"
    feed_in = "%08X" % sim_feedin.FEED_IN_W
    assert rig.get("C6") == feed_in
    assert rig.get("C9") == "0000102C" + feed_in
    assert rig.get("CB") == "003C" + "%04X" % min(160, sim_feedin.FEED_IN_W // 69)
    assert rig.get("DB") == "00"
    assert Rig(sim_feedin, talks=True).get("CC") == "13"


def test_identity_names_the_object():
    rig = Rig()
    assert rig.get("83") == "FEFFFFFF" + "00000000020000000001" + "02A101"
    assert rig.get("8C") == "706C7567736869702D73696D"  # plugship-sim
    assert rig.get("8D") == "303030310000000000000000"


def test_connection_and_its_notices():
    rig = Rig()
    assert rig.get("C7") == "30"
    rig.plant.plug()
    rig.run(2)
    assert rig.get("C7") == "40"  # has an offer, does not want
    rig.plant.ev("C")
    rig.run(2)
    assert rig.get("C7") == "41"
    assert rig.set("DA", "44")
    rig.run(10)
    assert rig.charger.pilot == "B"
    assert rig.get("C7") == "44"  # no offer: nobody knows
    rig.plant.unplug()
    rig.run(2)
    assert [line for line in rig.sent if " C7" in line] == [
        "02A101 C70140",
        "02A101 C70141",
        "02A101 C70144",
        "02A101 C70130",
    ]


def test_connection_before_release_j():
    rig = Rig(release="I")
    rig.set("DA", "44")
    rig.plant.plug()
    rig.run(2)
    assert rig.get("C7") == "41"


def test_confirmation_brings_the_connection():
    rig = Rig()
    assert not rig.set("CD", "11")
    assert rig.sent == []
    assert rig.set("CD", "10")
    assert rig.sent == ["02A101 C70130"]
    assert rig.get("CD") is None


def test_faults():
    rig = Rig()
    rig.charge()
    del rig.sent[:]
    assert rig.get("88") + rig.get("89") == "42" + "0000"
    for name, code in (("rcd", "0001"), ("pe", "03FF")):
        rig.plant.fault(name, True)
        rig.run(1)
        assert rig.get("88") + rig.get("89") == "41" + code
        assert rig.get("C7") == "40"
        # no command of a controller clears a fault or charges in spite of it
        rig.set("DA", "42")
        rig.set("EB", "00002AF8")
        assert not rig.charger.contactor
        assert rig.get("88") == "41"
        rig.plant.fault(name, False)
        rig.plant.unplug()
        rig.run(8)
        assert rig.get("88") + rig.get("89") == "42" + "0000"
        rig.charge()
    assert [line for line in rig.sent if " 88" in line] == ["02A101 880141", "02A101 880142"] * 2


def test_welded_contactor():
    rig = Rig(sim_feedin)
    rig.charge()
    rig.plant.fault("weld", True)
    rig.plant.ev("B")
    rig.run(5)
    assert rig.get("88") + rig.get("89") + rig.get("E5") == "41" + "03E9" + "41"
    assert "027E01 E50141" in rig.sent


def test_measured():
    rig = Rig()
    assert rig.get("D3") == "00000000"
    rig.charge()
    assert int(rig.get("D3"), 16) == rig.charger.power_w == 11040
    rig.run(60)
    assert int(rig.get("D8"), 16) == rig.charger.energy_wh > 150
    rig.charger.energy_wh = 1000000005
    assert rig.get("D8") == "00000005"
    rig.plant.meter(lost=True)
    rig.run(15)
    rig.charger.meter_ok = False
    assert rig.get("D3") is None


def test_power_and_current_settings():
    rig = Rig()
    rig.charge()
    assert rig.get("EB") == NOMINAL
    assert rig.get("ED") == "00A0"
    assert rig.set("EB", "00001770")  # 6000 W
    assert rig.get("EB") == "00001770"
    assert rig.limits.w[ECHONET] == 6000
    assert rig.limits.peer[ECHONET] == "192.0.2.7"
    assert rig.limits.ruling == ECHONET
    assert list(rig.charger.offered_ma) == [8600, 8600, 8600]  # 8.69 A
    # the last one written counts
    assert rig.set("ED", "0050")
    assert rig.get("EB") == NOMINAL
    assert list(rig.charger.offered_ma) == [8000, 8000, 8000]
    assert rig.set("EB", "00001770")
    assert list(rig.charger.offered_ma) == [8600, 8600, 8600]
    # power limit 99 beside each
    assert rig.set("99", "1388")  # 5000 W
    assert rig.get("99") == "1388"
    assert list(rig.charger.offered_ma) == [7200, 7200, 7200]
    assert rig.set("ED", "0050")
    assert list(rig.charger.offered_ma) == [7200, 7200, 7200]
    assert rig.set("ED", "0040")
    assert list(rig.charger.offered_ma) == [6400, 6400, 6400]
    assert rig.set("99", "FFFD")
    assert rig.set("EB", "00000000")
    assert list(rig.charger.offered_ma) == [0, 0, 0]


def test_other_mode_lifts_everything():
    rig = Rig()
    rig.charge()
    assert rig.set("EB", "00001770")
    assert rig.set("DA", "40")
    assert not rig.limits.active[ECHONET]
    assert list(rig.charger.offered_ma) == [16000] * 3
    assert rig.set("DA", "42")
    assert list(rig.charger.offered_ma) == [8600] * 3


def test_never_above_another_origin():
    rig = Rig()
    rig.charge()
    rig.limits.power(LPC, 4200)
    for epc, value in (("EB", "3B9AC9FF"), ("ED", "FFFD"), ("99", "FFFD"), ("DA", "42")):
        assert rig.set(epc, value)
        assert rig.limits.ruling == LPC
        assert list(rig.charger.offered_ma) == [6000] * 3
    rig.limits.clear(LPC)
    rig.run(1)
    assert list(rig.charger.offered_ma) == [16000] * 3


def test_operation_modes():
    rig = Rig()
    rig.charge()
    assert rig.get("DA") == "42"
    for mode in ("44", "47"):
        assert rig.set("DA", mode)
        assert rig.get("DA") == mode
        rig.run(9)
        assert not rig.charger.contactor
        assert rig.set("DA", "42")
        rig.run(20)
        assert rig.charger.contactor
    assert [line for line in rig.sent if " DA" in line] == [
        "02A101 DA01" + mode for mode in ("44", "42", "47", "42")
    ]
    for bad in ("43", "46", "48", "49", "41", "45", "99", "00", "FE", "FF", "30"):
        assert not rig.set("DA", bad), bad
    assert rig.get("DA") == "42"


def test_operation_modes_of_the_charger_discharger():
    for release, both in (("M", False), ("N", True), ("R", True)):
        rig = Rig(sim_feedin, release=release)
        for mode in ("42", "44", "47", "40"):
            assert rig.set("DA", mode)
        assert rig.set("DA", "46") == both
        for bad in ("43", "48", "49", "41", "45"):
            assert not rig.set("DA", bad), bad


def test_amount():
    rig = Rig()
    assert rig.get("E7") == "00000000"
    rig.charge()
    rig.run(60)
    assert rig.set("E7", "00000064")  # 100 Wh: 33 s
    rig.run(25)
    assert rig.charger.contactor
    rig.run(15)
    assert rig.get("DA") == "44"
    assert "02A101 DA0144" in rig.sent
    assert list(rig.charger.offered_ma) == [0, 0, 0]
    # the next car is not held up
    rig.plant.unplug()
    rig.run(2)
    assert rig.get("DA") == "42"
    assert rig.get("E7") == "00000000"
    assert not rig.limits.active[ECHONET]


def test_amount_again_after_a_new_start():
    rig = Rig()
    rig.charge()
    rig.set("E7", "00000064")
    rig.run(50)
    assert rig.get("DA") == "44"
    rig.set("DA", "42")
    rig.run(30)
    assert rig.get("DA") == "42"
    rig.run(40)
    assert rig.get("DA") == "44"
    # 0: not set
    rig.set("E7", "00000000")
    rig.set("DA", "42")
    rig.run(80)
    assert rig.get("DA") == "42"
    assert rig.charger.contactor


def test_amount_may_be_set_before_the_car_comes():
    rig = Rig()
    rig.set("E7", "00000064")
    rig.run(5)
    rig.charge()
    rig.run(50)
    assert rig.get("DA") == "44"


def test_standby_by_a_controller_survives_the_car():
    rig = Rig()
    rig.charge()
    rig.set("DA", "47")
    rig.plant.unplug()
    rig.run(2)
    assert rig.get("DA") == "47"


def test_ranges():
    rig = Rig()
    for epc, bad in (
        ("EB", "3B9ACA00"),
        ("EB", "FFFFFFFF"),
        ("EB", "FFFFFFFE"),
        ("ED", "FFFE"),
        ("ED", "FFFF"),
        ("E7", "3B9ACA00"),
        ("99", "FFFE"),
        ("97", "1800"),
        ("97", "003C"),
        ("98", "00000101"),
        ("98", "27100101"),
        ("98", "07EA0D01"),
        ("98", "07EA0001"),
        ("98", "07EA021D"),
        ("98", "07EA0400"),
        ("98", "07EA041F"),
        ("CD", "00"),
        ("C5", "00000000"),
        ("D8", "00000000"),
        ("C7", "30"),
        ("80", "31"),
        ("EB", "1770"),
    ):
        assert not rig.set(epc, bad), epc + bad
    assert rig.limits.active[ECHONET] == 0
    for epc, good in (("EB", "3B9AC9FF"), ("ED", "FFFD"), ("E7", "3B9AC9FF"), ("99", "FFFD")):
        assert rig.set(epc, good)
        assert rig.get(epc) == good


def test_clock():
    rig = Rig()
    assert rig.get("97") + rig.get("98") == "0000" + "07D00101"
    rig.run(60)
    assert rig.get("97") == "0001"
    assert rig.set("97", "173A")
    assert rig.set("98", "07E8021C")  # 2024-02-28 23:58
    assert rig.get("97") == "173A"
    rig.run(120)
    assert rig.get("97") == "0000"
    assert rig.get("98") == "07E8021D"
    assert rig.set("97", "173B")
    rig.run(60)
    assert rig.get("98") == "07E80301"
    assert rig.set("98", "07E80C1F")
    assert rig.set("97", "173B")
    rig.run(60)
    assert rig.get("98") == "07E90101"
    assert not rig.set("98", "076C021D")  # 1900 had no leap day
    assert rig.set("98", "07D0021D")  # 2000 had


def test_clock_does_not_drift():
    clock = WallClock()
    clock.set_time(10, 0)
    for now in range(0, 3600001, 7000):
        clock.tick(add(0x3FFFFFF0, now))
    assert clock.minute == 11 * 60 - 1  # the last tick was 5 s before the hour
    clock.tick(add(0x3FFFFFF0, 3600000))
    assert clock.minute == 11 * 60


def test_location_is_stored():
    kept = []
    rig = Rig(location=b"\x6d", moved=kept.append, meter=True)
    assert rig.get("81") == "6D"
    assert rig.set("81", "08")
    assert rig.sent == ["02A101 810108"]
    assert kept == [b"\x08"]


class Car:
    iso15118 = True
    soc = 40
    evccid = "EV01"
    capacity_wh = 60000


def test_vehicle():
    rig = Rig(vehicle=Car)
    names = ("CE", "CF", "D0", "E2", "E4", "E6")
    assert [rig.get(epc) for epc in names] == [None] * 6
    rig.plant.plug()
    rig.run(2)
    assert [rig.get(epc) for epc in names] == [
        "0000EA60",
        "00008CA0",
        "0000EA60",
        "00005DC0",
        "28",
        "0445563031",
    ]


def test_vehicle_that_tells_little():
    rig = Rig(sim_feedin, talks=True)
    rig.plant.plug()
    rig.run(2)
    assert rig.get("E4") is rig.get("E6") is None
    rig.plant.ev("C", soc=77, evccid="0" * 40, iso15118=True)
    rig.run(2)
    assert rig.get("E4") == rig.get("C4") == "4D"
    assert rig.get("E6") == "18" + "30" * 24
    rig.plant.evccid = None
    assert rig.get("E6") == "00"
    for epc in ("C0", "C2", "CE", "CF", "D0", "E2"):
        assert rig.get(epc) is None


def test_feeding_back():
    rig = Rig(sim_feedin)
    assert rig.get("E1") == "44"
    assert rig.get("DC") + rig.get("DD") + rig.get("E5") == "01" + "00" + "42"
    rig.charge()
    assert rig.get("E1") == "42"
    del rig.sent[:]
    rig.plant.ev(draw_ma=(-10000, -10000, -10000))
    rig.run(3)
    assert rig.get("E1") == "43"
    assert rig.get("D3") == "FFFFE50C"  # -6900 W
    assert rig.get("D4") == "FF9C"  # -10.0 A
    assert rig.get("D5") == "00E6"
    assert rig.sent == ["027E01 E10143"]
    rig.run(60)
    assert int(rig.get("D6"), 16) == rig.charger.produced_wh > 100
    assert rig.set("EB", "00001770")
    assert rig.get("DC") == "03"
    assert rig.set("ED", "0050")
    assert rig.get("DC") == "04"
    assert rig.sent == ["027E01 E10143", "027E01 DC0103", "027E01 DC0104"]


def test_charger_does_not_show_negative_power():
    rig = Rig()
    rig.charger.meter_ok = True
    rig.charger.power_w = -5
    assert rig.get("D3") == "00000000"


def test_meter_object():
    rig = Rig(meter=True)
    rig.charger.energy_wh = 1234567
    node = rig.node
    assert only(node, "1081 0001 05FF01 028001 62 03 E000 E200 8800") == (
        "10810001" + "02800105FF01" + "7203" + "E0040001E240" + "E20102" + "880142"
    )
    assert only(node, "1081 0001 05FF01 0EF001 62 01 D600") == (
        "10810001" + "0EF00105FF01" + "7201" + "D6070202A101028001"
    )


# -- who may -----------------------------------------------------------------------------------


def test_off_is_no_node():
    assert create(sim, None, None, "off", b"1") is None
    with raises(ValueError, "off read control"):
        create(sim, None, None, "on", b"1")


def test_read_only():
    rig = Rig(mode="read", meter=True)
    assert rig.get("9E") == "00"
    for epc, value in (("DA", "44"), ("EB", "00001770"), ("81", "6D"), ("CD", "10")):
        assert not rig.set(epc, value)
    rig.run(2)
    assert not rig.limits.active[ECHONET]
    assert rig.get("DA") == "42"
    assert rig.sent == []


def test_list_of_controllers():
    rig = Rig(controllers=("192.0.2.8", "192.0.2.9"))
    assert not rig.set("DA", "44")
    assert rig.get("DA") == "42"
    request = "1081 0001 05FF01 02A101 61 01 DA0144"
    assert only_from(rig.node, request, ("192.0.2.9", 1)) == "1081000102A10105FF017101DA00"
    assert rig.limits.peer[ECHONET] == "192.0.2.9"


def only_from(node, request, addr):
    node.rx(octets(request), addr, 0)
    mv = node.tx()
    assert node.dest is addr
    return "".join("%02X" % byte for byte in mv)
