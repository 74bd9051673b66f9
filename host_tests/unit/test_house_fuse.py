"""The house fuse by the grid connection point of an energy manager: MGCP and charger together."""

from test_charger import Board, draw
from test_usecases_mgcp import House
from wallbox import Wallbox

from firmware import limits as lim


class Home:
    """A house of 35 A whose meter only the energy manager has."""

    def __init__(self):
        self.house = House()
        self.box = Wallbox(Board(GRID_METER=True), start=self.house.box.now)
        self.box.charger.house = self.house.mgcp
        self.house.mgcp.share = lambda i: self.box.charger.draw_ma[i]

    def run(self, others, seconds=1):
        """Time goes by; every second the manager tells of the currents."""
        for _ in range(seconds):
            self.box.run(1000)
            house = self.house
            house.box.advance(1000)
            if others is not None:
                ma = self.box.charger.draw_ma
                house.notify(*((4 + i, others[i] + ma[i], -3) for i in range(3)))

    def fuse(self):
        return list(self.box.limits.ma[3 * lim.FUSE : 3 * lim.FUSE + 3])


def test_the_car_gets_what_the_house_leaves():
    home = Home()
    home.box.charge()
    home.run((0, 0, 0), 3)
    assert draw(home.box) == [16000, 16000, 16000]
    home.run((25000, 3000, 1000), 4)
    assert home.box.limits.ruling == lim.FUSE
    assert draw(home.box) == [10000, 10000, 10000]
    home.run((1000, 30000, 1000), 4)
    assert draw(home.box) == [0, 0, 0]
    home.run((1000, 20000, 1000), 30)
    assert draw(home.box) == [15000, 15000, 15000]


def test_a_house_that_produces_leaves_more_but_not_more_than_the_board():
    home = Home()
    home.box.charge()
    home.run((-9000, -9000, -9000), 4)
    assert home.fuse() == [44000, 44000, 44000]
    assert draw(home.box) == [16000, 16000, 16000]


def test_a_silent_manager_means_the_safe_current():
    home = Home()
    home.box.charge()
    home.run((0, 0, 0), 3)
    home.run(None, 33)
    assert not home.house.mgcp.fresh
    assert draw(home.box) == [6000, 6000, 6000]
    assert home.box.limits.ruling == lim.FUSE
    home.run((0, 0, 0), 4)
    assert draw(home.box) == [16000, 16000, 16000]
