"""Which code slot starts, and how an old one comes back."""

import os

from firmware import loader


class Folder:
    """An empty working directory; what the loader writes is gone afterwards."""

    def __enter__(self):
        self.before = os.getcwd()
        self.name = "/tmp/plugship-loader-%s" % "".join("%02x" % b for b in os.urandom(6))
        os.mkdir(self.name)
        os.chdir(self.name)

    def __exit__(self, kind, error, trace):
        for name in os.listdir():
            os.remove(name)
        os.chdir(self.before)
        os.rmdir(self.name)


def test_a_board_as_flashed_starts_slot_a():
    with Folder():
        assert [loader.choose() for _ in range(5)] == ["a"] * 5
        loader.good()
        assert os.listdir() == []


def test_a_new_slot_has_three_boots():
    with Folder():
        loader.write("b a 0")
        assert [loader.choose() for _ in range(5)] == ["b", "b", "b", "a", "a"]
        assert loader.read() == ("a", "", 0)


def test_a_good_slot_stays():
    with Folder():
        loader.write("b a 0")
        assert loader.choose() == "b"
        assert loader.choose() == "b"
        loader.good()
        assert [loader.choose() for _ in range(5)] == ["b"] * 5
        loader.good()
        assert loader.read() == ("b", "", 0)


def test_maintenance_lasts_until_the_next_boot():
    with Folder():
        loader.maintain()
        assert not loader.start()
        assert os.listdir() == []
