"""tools.board: every shipped config is in order, and each rule can refuse."""

import re

import pytest

from tools import ROOT, chips
from tools.board import load, main, names, problems

EXAMPLE = load("sim")


def files(room):
    return (ROOT / room).rglob("*.py")


@pytest.mark.parametrize("name", names())
def test_shipped_boards(name):
    assert problems(load(name), EXAMPLE) == []


@pytest.mark.parametrize("name", names())
def test_every_constant_is_read_by_somebody(name):
    rooms = [path.read_text() for room in ("firmware", "tools") for path in files(room)]
    words = set(re.findall(r"\w+", "\n".join(rooms)))
    assert not set(load(name)) - words


@pytest.mark.parametrize(
    ("name", "change", "text"),
    [
        ("esp32", {"PIN_LED": 12}, "PIN_LED: GPIO 12 is a strapping pin"),
        ("esp32", {"PIN_LED": 7}, "GPIO 7 belongs to the flash"),
        ("esp32", {"PIN_LED": 34}, "can only be an input"),
        ("esp32", {"PIN_BUTTON": 35}, "no pull-up"),
        ("esp32", {"PIN_LED": 41}, "no such pin"),
        ("esp32", {"PIN_LED": 26}, "GPIO 26 is PIN_FRONTEND_TX already"),
        ("esp32_lan8720", {"PIN_LED": 22}, "Ethernet"),
        ("esp32s3", {"PIN_LED": 35}, "PSRAM"),
        ("esp32c3", {"PIN_LED": 8}, "strapping"),
        ("esp32", {"HAL": "native"}, "no hard interrupts"),
        ("esp32", {"PIN_CONTACTOR": (14,)}, "the contactor would close"),
        ("esp32", {"METER_UART": 1}, "the same"),
        ("esp32", {"METER_UART": 0}, "console"),
        ("picow", {"PIN_LED": 23}, "radio"),
        ("picow", {"PIN_NTC": 20}, "no ADC"),
        ("picow", {"PIN_METER_TX": 7}, "PIN_METER_TX of UART 1"),
        ("picow", {"METER": ("modbus", "sdm1", 1)}, "sdm630"),
        ("picow", {"FEED_IN": True}, "feed back"),
        ("picow", {"ARCH": "x64"}, "armv6m"),
        ("picow", {"FS_SIZE": 0xD5000}, "within FLASH"),
        ("w5500_evb_pico", {"PIN_LED": 16}, "W5500"),
        ("picow", {"FS_START": 0x100000}, "0x12c000 with 0xd4000 bytes, and formats"),
        ("esp32s3", {"FLASH": 0x1000000}, "0xe00000 bytes"),
        ("picow", {"CODE": "flash"}, "files, romfs or frozen"),
        ("picow", {"SESSIONS": 3}, "25 kB"),
        ("picow", {"NETWORK": "wifi"}, "wlan or lan"),
        ("esp32c3", {"NETWORK": "lan"}, "no driver"),
        ("picow", {"MDNS": "early"}, "before any Python"),
        ("esp32", {"MDNS": "announce"}, "raw socket"),
        ("picow", {"PRODUCTION": True, "PIN_BUTTON": -1}, "reach the console"),
        ("picow", {"PIN_FEEDBACK": -1}, "welded"),
        ("picow", {"PIN_RCD": -1}, "no fault opens"),
        ("picow", {"PIN_CONTACTOR": ()}, "PIN_CONTACTOR is missing"),
        ("picow", {"PIN_CONTACTOR": (10, 11, 7)}, "L2 with L3"),
        ("picow", {"PIN_CONTACTOR": (10,), "SWITCH_S": 60}, "one phase needs"),
        ("picow", {"PIN_ADC0": 40}, "PIN_ADC0 is 26"),
        ("esp32", {"PIN_FRONTEND_RX": -1}, "what the front end sees"),
        ("esp32", {"FRONTEND_UART": 0}, "would go to the front end"),
        ("esp32c3", {"FRONTEND_UART": 2}, "UART 0 to 1"),
        ("esp32", {"METER_UART": 3}, "UART 0 to 2"),
        ("esp32s3", {"PIN_LED": 45}, "strapping pin"),
        ("esp32s3", {"PIN_LED": 20}, "USB"),
        ("esp32c3", {"PIN_LED": 18}, "USB"),
        ("esp32c3", {"PIN_LED": 12}, "flash"),
        ("esp32", {"PIN_LED": 28}, "not led out"),
        ("pico2w", {"PIN_LED": 25}, "radio"),
        ("pico2w", {"PIN_METER_RX": 4}, "PIN_METER_RX of UART 1"),
        ("esp32s3", {"PIN_RCD_TEST": 18}, "the contactor would close"),
        ("sim", {"MIN_MA": 5000}, "6000"),
        ("sim", {"NOMINAL_W": 22000}, "11040 W at most"),
        ("sim", {"FAILSAFE_S": 60}, "2 h"),
        ("sim", {"SEND": 4096}, "5120"),
        ("sim", {"STOP_C": 50}, "rise"),
        ("sim", {"BRAND": "x" * 33}, "32 bytes"),
        ("sim", {"PHASES": 2}, "1 or 3"),
    ],
)
def test_refusals(name, change, text):
    assert any(text in line for line in problems(load(name) | change, EXAMPLE))


def test_every_chip_has_its_rules():
    """Strapping pins, and those that go high while it starts, are known of each chip in use."""
    used = {load(name)["CHIP"] for name in names() if "CHIP" in load(name)}
    for table in (chips.PINS, chips.TAKEN, chips.STRAPS, chips.GLITCH, chips.ARCHS, chips.UARTS):
        assert set(table) >= used
    for name in names():
        board = load(name)
        for key in ("PIN_CONTACTOR", "PIN_RCD_TEST"):  # off at boot, by wiring
            pins = board.get(key, ())
            for pin in pins if isinstance(pins, tuple) else (pins,):
                assert pin not in chips.GLITCH[board["CHIP"]] + chips.STRAPS[board["CHIP"]]


def test_a_constant_that_is_missing():
    board = load("picow")
    del board["PAUSE_MS"]
    assert problems(board, EXAMPLE) == ["PAUSE_MS is missing: every board has every constant"]


def test_command_line(capsys):
    assert main(["check"]) == 0
    assert "ok    picow" in capsys.readouterr().out
    assert main(["check", "toaster"]) == 1
    assert "no board toaster" in capsys.readouterr().out
