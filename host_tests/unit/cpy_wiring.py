"""Wiring diagrams and pages of the boards: every board has them, as its config is."""

import re
import xml.etree.ElementTree as xml

import pytest

from tools import ROOT, wiring
from tools.board import load, main, names
from tools.flash import esptool

BOARDS = [name for name in names() if load(name)["HAL"] != "sim"]
SVG = "{http://www.w3.org/2000/svg}"
SECTIONS = [
    "Wiring", "Parts", "From the first flash to the first limit",
    "What the hardware must guarantee", "Never tried on hardware",
]  # fmt: skip


def pins_of(board):
    """{(constant, GPIO)} of a config."""
    found = set()
    for key, value in board.items():
        if key.startswith("PIN_") and key != "PIN_ADC0":  # a property of the chip
            numbers = value if isinstance(value, tuple) else (value,)
            found |= {(key, number) for number in numbers if number >= 0}
    return found


def wires_of(text):
    root = xml.fromstring(text)
    return [g for g in root.iter(f"{SVG}g") if g.get("class") == "wire"]


@pytest.mark.parametrize("name", BOARDS)
def test_diagram(name):
    """It has each pin of the config once and no other, and lies in docs as it is drawn."""
    board = load(name)
    text = wiring.svg(name, board)
    wires = wires_of(text)
    drawn = [(wire.get("data-pin"), int(wire.get("data-gpio"))) for wire in wires]
    assert sorted(drawn) == sorted(pins_of(board))
    for wire, (key, number) in zip(wires, drawn, strict=True):
        words = [element.text for element in wire.iter(f"{SVG}text")]
        assert re.match(rf"(GPIO |GP){number}\b", words[0]) and words[1] == key[4:]
    assert (ROOT / "docs" / "boards" / f"{name}.svg").read_text() == text


@pytest.mark.parametrize("name", BOARDS)
def test_page(name):
    board = load(name)
    text = (ROOT / "docs" / "boards" / f"{name}.md").read_text()
    assert re.findall("^## (.*)$", text, re.M) == SECTIONS
    assert f"]({name}.svg)" in text and f"board_configs/{name}.py" in text
    for command in ("make image", "make flash"):
        assert f"{command} BOARD={name}" in text
    assert f"--board {name}" in text
    assert ("--wifi" in text) == (board["NETWORK"] == "wlan")
    assert ("FROZEN_MANIFEST" in text) == (board["CODE"] == "frozen")
    assert f"{board['FAILSAFE_W']} W" in text
    assert f"boards/{name}.md" in (ROOT / "docs" / "boards.md").read_text()


def test_pins_follow_the_config():
    board = load("picow")
    moved = wiring.svg("picow", {**board, "PIN_LED": 18, "PIN_NTC": -1, "PIN_CONTACTOR": (7,)})
    drawn = [(wire.get("data-pin"), int(wire.get("data-gpio"))) for wire in wires_of(moved)]
    assert ("PIN_LED", 18) in drawn and "GP18, pin 24" in moved
    assert [pair for pair in drawn if pair[0] == "PIN_CONTACTOR"] == [("PIN_CONTACTOR", 7)]
    assert "Temperature" not in moved and "all phases" in moved
    assert "Mirror contact" in moved


def test_numbers_of_the_pins_of_a_pico():
    """The header has eight ground pins, and five that are no GPIO, at known places."""
    board = load("picow")
    numbers = [*range(23), 26, 27, 28]
    pins = {int(wiring.label(board, number).split()[-1]) for number in numbers}
    assert set(range(1, 41)) - pins == {3, 8, 13, 18, 23, 28, 33, 38, 30, 35, 36, 37, 39, 40}
    assert wiring.label(board, 28).endswith("pin 34")
    assert wiring.label(load("esp32"), 26) == "GPIO 26"


def test_command_line(capsys):
    assert main(["wiring", "picow"]) == 0
    assert capsys.readouterr().out == "docs/boards/picow.svg\n"
    assert main(["wiring", "sim"]) == 1
    assert main(["wiring", "toaster"]) == 1


@pytest.mark.parametrize("name", [name for name in BOARDS if "esp" in name])
def test_esptool_knows_the_chip_and_where_the_files_go(name):
    from esptool.targets import CHIP_DEFS

    board = load(name)
    command = esptool(name, board, "/dev/ttyUSB0", "mpy.bin")
    chip = CHIP_DEFS[command[command.index("--chip") + 1]]
    at = command.index("write-flash") + 1
    assert command[at + 1] == "mpy.bin" and command[at + 3].endswith("littlefs.bin")
    # MicroPython's images begin with the boot loader
    assert int(command[at], 16) == chip.BOOTLOADER_FLASH_OFFSET
    assert int(command[at + 2], 16) == board["FS_START"]
