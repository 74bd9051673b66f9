"""What tools.sim makes of the commands of its clients."""

import pytest

from tools.sim.commands import call
from tools.sim.wallbox import WallboxError

SKI = "0123456789abcdef0123456789abcdef01234567"


def test_every_command_reaches_its_method():
    for command, wanted in (
        ({"cmd": "plug"}, ("plug", ())),
        ({"cmd": "unplug"}, ("unplug", ())),
        ({"cmd": "ev", "state": "C"}, ("ev", ("C", None, None, None, None, None))),
        (
            {"cmd": "ev", "draw_ma": [1, 2, 3], "soc": 50, "evccid": "aa", "iso15118": True},
            ("ev", (None, [1, 2, 3], 50, "aa", True, None)),
        ),
        (
            {"cmd": "ev", "demand": [0, 9000, 50000, 3600]},
            ("ev", (None, None, None, None, None, [0, 9000, 50000, 3600])),
        ),
        ({"cmd": "fault", "name": "rcd", "on": True}, ("fault", ("rcd", True))),
        ({"cmd": "meter", "u_mv": 230000}, ("meter", (230000, None, None, None))),
        (
            {"cmd": "meter", "u_mv": [1, 2, 3], "lost": False},
            ("meter", ([1, 2, 3], None, None, False)),
        ),
        ({"cmd": "grid", "ma": [-1, 0, 16000]}, ("grid", ([-1, 0, 16000],))),
        ({"cmd": "temperature", "c": -5}, ("temperature", (-5,))),
        (
            {"cmd": "trust", "ski": "0123 4567 89AB CDEF " + SKI[:24]},
            ("trust", ("0123456789abcdef" + SKI[:24], None, None)),
        ),
        ({"cmd": "trust", "ski": SKI, "tool": True}, ("trust", (SKI, True, None))),
        ({"cmd": "successor"}, ("successor", (None,))),
        ({"cmd": "untrust", "ski": SKI}, ("untrust", (SKI,))),
        ({"cmd": "button"}, ("button", ())),
        (
            {"cmd": "pin", "value": "12345678", "mode": "required"},
            ("pin", ("12345678", "required", None)),
        ),
        ({"cmd": "user", "ma": 10000}, ("user", (10000,))),
        ({"cmd": "user", "ma": None}, ("user", (None,))),
        ({"cmd": "installer"}, ("installer", (None,) * 5)),
        (
            {"cmd": "installer", "fuse_a": 25, "rotation": "STR"},
            ("installer", (25, None, "STR", None, None)),
        ),
        ({"cmd": "net", "up": False}, ("net", (False, None))),
        ({"cmd": "net", "up": True, "host": "10.0.0.2"}, ("net", (True, "10.0.0.2"))),
        ({"cmd": "factory_reset"}, ("factory_reset", ())),
        ({"cmd": "advance", "s": 0.5}, ("advance", (0.5,))),
        ({"cmd": "speed", "x": 60}, ("speed", (60,))),
        ({"cmd": "clock", "unix": 1788000000}, ("clock", (1788000000,))),
        ({"cmd": "clock", "unix": None}, ("clock", (None,))),
    ):
        name, arguments = wanted
        assert call(command) == {"do": name, "a": list(arguments)}


def test_bad_commands_are_refused():
    for command, text in (
        ({"cmd": "explode"}, "unknown cmd explode, use one of: advance button"),
        ({"cmd": ["plug"]}, "unknown cmd"),
        ({}, "unknown cmd"),
        ({"cmd": "plug", "hard": True}, "plug takes no hard, only: nothing"),
        ({"cmd": "ev", "sate": "C"}, "ev takes no sate, only: state draw_ma"),
        ({"cmd": "ev", "state": 3}, "state must be a text"),
        ({"cmd": "ev", "draw_ma": [1, 2]}, "draw_ma must be a list of three integers"),
        ({"cmd": "ev", "draw_ma": 16000}, "three integers"),
        ({"cmd": "ev", "draw_ma": [1, 2, True]}, "three integers"),
        ({"cmd": "ev", "soc": 1.5}, "soc must be an integer"),
        ({"cmd": "fault", "name": "rcd"}, "fault needs on"),
        ({"cmd": "fault", "name": "rcd", "on": 1}, "on must be true or false"),
        ({"cmd": "meter", "u_mv": "230"}, "list of three"),
        ({"cmd": "trust", "ski": SKI[1:]}, "40 hex digits"),
        ({"cmd": "trust", "ski": SKI[1:] + "g"}, "40 hex digits"),
        ({"cmd": "advance"}, "advance needs s"),
        ({"cmd": "speed", "x": "fast"}, "x must be a number"),
        ({"cmd": "speed", "x": 61}, "1 to 60"),
        ({"cmd": "advance", "s": -1}, "forward"),
    ):
        with pytest.raises(WallboxError) as refused:
            call(command)
        assert text in str(refused.value), command
