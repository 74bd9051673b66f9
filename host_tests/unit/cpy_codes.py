"""Private constants in the code for boards agree with the table that they are named after."""

import re

import pytest

from firmware import event_codes
from firmware.hal.meters import registers
from tools import ROOT

_CONSTANT = re.compile(r"^_(\w+) = const\((.+?)\)  # (event|flag|value|registers) (\w+)", re.M)


def _wanted(kind, name):
    if kind == "event":
        return event_codes.KINDS.index(name)
    return getattr(registers if kind == "registers" else event_codes, name)


@pytest.mark.parametrize(
    ("path", "least"),
    [
        ("firmware/events.py", 14),
        ("firmware/event_start.py", 1),
        ("firmware/hal/meters/modbus.py", 9),
    ],
)
def test_constants(path, least):
    found = _CONSTANT.findall((ROOT / path).read_text())
    assert len(found) >= least
    for name, value, kind, other in found:
        assert eval(value) == _wanted(kind, other), name


def test_pairs():
    for kind, other in (("trust", "untrust"), ("peer", "lost")):
        assert event_codes.KINDS.index(other) == event_codes.KINDS.index(kind) + 1
    assert len(event_codes.KINDS) <= event_codes.KIND
