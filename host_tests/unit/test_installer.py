"""What the installer sets, and what the charger makes of it."""

from io import BytesIO

from test_charger import Board, draw, offer
from wallbox import Wallbox

from board_configs import sim
from firmware import installer
from firmware import limits as lim
from firmware.hal.sim.flash import Flash
from firmware.reasons import reason
from firmware.store import INSTALLER, Store
from support import raises


class App:
    """What the settings need of the application."""

    def __init__(self, board=sim, store=None):
        self.board = board
        self.box = Wallbox(board)
        self.charger = self.box.charger
        self.hal = self.box.plant
        self.store = store or Store(Flash(BytesIO(b"\xff" * 8192), 4096))
        self.save = self.store.put
        self.place = self
        self.clock = self
        self.dice = b"\0\0\0"

    def now(self):
        return self.box.now

    def random(self, n):
        return self.dice[:n]


def test_the_board_file_counts_until_something_is_set():
    app = App()
    assert installer.read(app) == (35, 20, "RST", 0, 0)
    installer.apply(app)
    assert app.charger.setup == (35000, 20000)
    assert app.charger.rotation == b"\0\1\2"
    assert app.charger.switching is None


def test_settings_outlive_a_restart_and_change_one_by_one():
    app = App()
    installer.change(app, 25, None, "STR", None, None)
    installer.change(app, None, 0, None, 600, 300)
    again = App(store=app.store)
    assert installer.read(again) == (25, 0, "STR", 600, 300)
    installer.apply(again)
    assert again.charger.setup == (25000, 0)
    assert again.charger.rotation == b"\1\2\0"
    assert again.charger.switching is not None


def test_a_record_of_another_version_is_not_believed():
    app = App()
    app.store.put(INSTALLER, b"\2\xff\xff\xff\xff\xff\xff\xff\xff")
    assert installer.read(app) == (35, 20, "RST", 0, 0)


def test_nonsense_is_refused_and_changes_nothing():
    app = App()
    for new, text in (
        ((201, None, None, None, None), "fuse_a is from 0 to 200"),
        ((5, None, None, None, None), "fuse_a"),
        ((None, -1, None, None, None), "max_unbalance_a"),
        ((None, None, "RSS", None, None), "rotation is one of RST"),
        ((None, None, None, 601, None), "restart_delay_s is from 0 to 600"),
        ((None, None, None, None, 10), "switch_s is 0 or at least 60"),
    ):
        with raises(ValueError, text):
            installer.change(app, *new)
    assert app.store.get(INSTALLER) is None


def test_the_fuse_of_the_installer_rules():
    app = App()
    app.box.charge()
    app.box.plant.grid((10000, 10000, 10000))
    app.box.run(2000)
    assert offer(app.box) == [16000, 16000, 16000]
    installer.change(app, 20, None, None, None, None)
    app.box.run(2000)
    assert draw(app.box) == [10000, 10000, 10000]
    assert app.box.limits.ruling == lim.FUSE


def test_phase_rotation_finds_the_phase_of_the_house():
    """L1 of the wallbox hangs on S of the house, L2 on T, L3 on R."""
    app = App(Board(FUSE_MA=20000))
    app.box.plant.grid((5000, 12000, 0))
    app.box.run(1000)
    ma = app.box.limits.ma
    assert list(ma[3 * lim.FUSE : 3 * lim.FUSE + 3]) == [15000, 8000, 20000]
    installer.change(app, None, None, "STR", None, None)
    app.box.plant.grid((5000, 12000, 0))
    app.box.run(1000)
    assert list(ma[3 * lim.FUSE : 3 * lim.FUSE + 3]) == [8000, 20000, 15000]


def test_unbalance_bounds_a_car_on_fewer_phases():
    app = App(Board(MAX_MA=32000, NOMINAL_W=22080, FUSE_MA=0))
    app.box.charge((32000, 0, 0))
    app.box.run(12000)
    assert draw(app.box) == [20000, 0, 0]
    assert app.box.limits.ruling == lim.BOARD
    installer.change(app, None, 0, None, None, None)
    app.box.run(2000)
    assert draw(app.box) == [32000, 0, 0]
    three = App(Board(MAX_MA=32000, NOMINAL_W=22080, FUSE_MA=0))
    three.box.charge((32000, 32000, 32000))
    three.box.run(12000)
    assert draw(three.box) == [32000, 32000, 32000]


def test_after_the_power_has_come_back_the_offer_waits_a_random_time():
    app = App()
    installer.change(app, None, None, None, 600, None)
    again = App(store=app.store)
    again.dice = b"\1\0\0"  # 65536 of 600001 ms
    installer.apply(again, True)
    box = again.box
    box.plant.plug()
    box.plant.ev("C")
    box.run(65000)
    assert offer(box) == [0, 0, 0]
    assert reason(box.charger) == "pause before the next offer"
    box.run(1000)
    assert offer(box) == [16000, 16000, 16000]


def test_no_delay_without_a_restart_and_none_as_delivered():
    for boot, delay in ((False, 600), (True, 0)):
        app = App()
        installer.change(app, None, None, None, delay, None)
        app.dice = b"\xff\xff\xff"
        installer.apply(app, boot)
        app.box.plant.plug()
        app.box.run(1000)
        assert offer(app.box) == [16000, 16000, 16000]


def test_the_delay_is_within_its_bound():
    app = App()
    installer.change(app, None, None, None, 10, None)
    app.dice = b"\xff\xff\xff"
    installer.apply(app, True)
    app.box.plant.plug()
    app.box.run(1000)
    assert offer(app.box) == [0, 0, 0]
    app.box.run(9000)
    assert offer(app.box) == [16000, 16000, 16000]
