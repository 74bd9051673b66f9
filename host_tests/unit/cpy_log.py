"""tools.log: what the records say, when it was, and how it is shown."""

import json
import struct
from binascii import crc32
from xml.etree import ElementTree

import pytest
from rich.console import Console

from firmware import event_codes as codes
from firmware.store import TRUST_MAX
from tools.log import __main__ as log
from tools.log import plot, records, show

UNIX = 1790000000
LPC, USER, OSCEV = (codes.ORIGINS.index(name) for name in ("lpc", "user", "oscev"))
SKI = 0x8ABBCCDD - (1 << 32)


def record(number, kind, t, what=0, value=0, more=codes.NO_MORE, flags=codes.CLOCK):
    kind = codes.KINDS.index(kind) | flags
    data = struct.pack("<HBBIiH", number & 0xFFFF, kind, what, t, value, more)
    return data + struct.pack("<H", crc32(data) & 0xFFFF)


def ring(*found, start=0):
    data = b"".join(found).ljust(3 * 4096, b"\xff")
    return data[-start:] + data[:-start] if start else data


@pytest.mark.parametrize(
    ("args", "text", "fields"),
    [
        (("start", UNIX, 3, 0x010203), "watchdog, version 1.2.3", {"cause": "watchdog"}),
        (("start", UNIX, 9, 0), "9, version 0.0.0", {"cause": "9"}),
        (("stop", UNIX, 1), "error", {"cause": "error"}),
        (("limit", UNIX, LPC, 4200), "lpc 4200 W", {"w": 4200, "ma": None, "active": True}),
        (("limit", UNIX, USER, ~6000), "user 6 A", {"w": None, "ma": 6000}),
        (("limit", UNIX, USER, ~0), "user 0 A", {"ma": 0, "active": True}),
        (("limit", UNIX, LPC, codes.NONE), "lpc no more", {"active": False, "w": None}),
        (("limit", UNIX, OSCEV, 0), "oscev", {"active": True, "w": None}),
        (("offer", UNIX, LPC, 6000, 414), "6 A, because of lpc; the car takes 4140 W", {}),
        (("car", UNIX, ord("C"), 1234, 1), "C, contactor closed, 1234 Wh", {"pilot": "C"}),
        (("car", UNIX, ord("A"), 0, 0), "A, contactor open", {"contactor": False}),
        (("fault", UNIX, 0, 0x14), "rcd, meter_lost", {"faults": ["rcd", "meter_lost"]}),
        (("fault", UNIX, 0, 0), "none", {"faults": []}),
        (("state", UNIX, 0, 3), "lpc failsafe", {"use": "lpc", "state": "failsafe"}),
        (("failsafe", UNIX, 1, 4600, 150), "lpp 4600 W for 2 h 30 min", {"s": 9000}),
        (("trust", UNIX, 0, SKI), "SKI 8abbccdd...", {"ski": "8abbccdd"}),
        (("clock", UNIX, 0, 17), "known 17 s after the start", {"up_s": 17}),
    ],
)
def test_what_a_record_says(args, text, fields):
    kind, t, *rest = args
    [event] = records.read(ring(record(5, kind, t, *rest)))
    assert (event.kind, event.text, event.unix) == (kind, text, UNIX)
    assert fields.items() <= event.fields.items()
    assert json.loads(show.line(event))["event"] == kind


def test_every_kind_can_be_read():
    for kind in codes.KINDS[1:]:
        assert records.read(ring(record(1, kind, UNIX)))[0].kind == kind
    assert TRUST_MAX < 256


def test_torn_records_are_skipped_and_the_sequence_wraps():
    good = [record(0xFFFE + i, "state", UNIX + i) for i in range(4)]
    torn = good[1][:8] + b"\xff" * 8
    found = records.read(ring(good[0], torn, *good[1:], start=4096 + 16))
    assert [event.number for event in found] == [0xFFFE, 0xFFFF, 0x10000, 0x10001]
    assert [event.unix - UNIX for event in found] == [0, 1, 2, 3]


def test_times():
    found = records.read(
        ring(
            record(1, "state", 900, flags=0),  # its start is forgotten
            record(2, "start", 0, 1, flags=0),
            record(3, "state", 30, flags=codes.LATE),
            record(4, "clock", UNIX, 0, 60),
            record(5, "state", UNIX + 5),
            record(6, "start", 0, 3, flags=0),
            record(7, "state", 30, flags=0),
        ),
        began=UNIX + 1000,
    )
    assert [event.boot for event in found] == [0, 1, 1, 1, 1, 2, 2]
    assert [event.unix and event.unix - UNIX for event in found] == [
        *(None, -60, -30, 0, 5, 1000, 1030)
    ]
    assert show.when(found[0]) == "start + 0:15:00"
    assert [event.left_out for event in found] == [False, False, True] + [False] * 4
    console = Console(width=120, record=True)
    console.print(show.table(found))
    assert "others before it were left out" in console.export_text()


def test_plot(tmp_path, capsys):
    data = ring(
        record(0, "start", UNIX, 1),
        record(1, "limit", UNIX + 1, LPC, 4200),
        record(2, "offer", UNIX + 2, LPC, 6000, 0),
        record(3, "limit", UNIX + 60, LPC, codes.NONE),
        record(4, "fault", UNIX + 70, 0, 4),
        record(5, "start", UNIX + 100, 1),
        record(6, "offer", UNIX + 130, LPC, 16000, 0),
    )
    values = plot._Values(records.read(data))
    assert {one.name: one.points for one in values.series} == {
        "limit lpc": [(1, 4200), (60, None), (100, None)],
        "offered current": [(2, 6), (100, None), (130, 16)],
    }
    assert values.refused == [(70, "rcd")]
    (tmp_path / "events.bin").write_bytes(data)
    assert log.main(["--state", str(tmp_path), "--svg", str(tmp_path / "x.svg")]) == 0
    svg = (tmp_path / "x.svg").read_text()
    ElementTree.fromstring(svg)
    assert "offered current" in svg and "limit lpc" in svg
    assert log.main(["--state", str(tmp_path)]) == 0
    assert "rcd" in capsys.readouterr().out
