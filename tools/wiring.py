"""Wiring diagrams, drawn from the pins of a board config: `python -m tools.board wiring`.

One SVG per board, docs/boards/NAME.svg. Each wire is a group with the constant and the GPIO it is
of (data-pin, data-gpio): a diagram can only show what the config says.
"""

from typing import NamedTuple
from xml.sax.saxutils import escape

# pins of the headers of Raspberry Pi Pico and what has its outline, by GPIO
_PICO = (1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17, 19, 20, 21, 22, 24, 25, 26, 27, 29)
_PICO_HIGH = {26: 31, 27: 32, 28: 34}
_RP2 = ("rp2040", "rp2350")

_WIDTH = 980
_ROW = 30
_HEAD = 44  # above the first wire of a part
_NOTE = 18
_GAP = 18
_TOP = 56
_BOARD_X, _BOARD_W = 24, 250
_PART_X, _PART_W = 470, 486

_STYLE = """
 text{font:14px sans-serif;fill:#1b1f24} .title{font-size:18px;font-weight:600}
 .part{font-weight:600} .note{font-size:12px;fill:#57606a} .gpio{font-family:monospace}
 rect{fill:#f6f8fa;stroke:#57606a} .back{fill:#fff;stroke:none}
 line{stroke:#0969da;stroke-width:2} .tip{fill:#0969da}
"""


class Part(NamedTuple):
    """What is wired to the board. `wires`: [(constant, index in it, words, to the board?)]"""

    title: str
    notes: tuple
    wires: tuple


_METERS = {
    "modbus": ("RS-485 driver of the meter (Modbus RTU)", "3.3 V; A and B to the meter"),
    "sml": ("Optical head of the meter (SML)", "3.3 V; on the infrared port of the meter"),
    "d0": ("Optical head of the meter (D0)", "3.3 V; on the infrared port of the meter"),
}


def _native(board):
    yield Part(
        "Pilot amplifier and divider",
        ("+12 V while its input is high, -12 V while low; 1 kOhm to the connector",),
        (
            ("PIN_PILOT", 0, "PWM, 1 kHz", False),
            ("PIN_PILOT_ADC", 0, f"{_volts(board)} as 0 to 3.3 V", True),
        ),
    )
    three = len(board["PIN_CONTACTOR"]) > 1
    words = ("L1", "L2 and L3") if three else ("all phases",)
    yield Part(
        "Contactor drivers",
        (
            "pull-down of 4.7 kOhm at each input: off at reset and without the firmware",
            "residual current device and pilot interlock cut the coil supply",
        ),
        tuple(("PIN_CONTACTOR", i, f"high: {word}", False) for i, word in enumerate(words)),
    )
    yield Part(
        "Mirror contact of the contactor", (), (("PIN_FEEDBACK", 0, "to ground: closed", True),)
    )
    yield Part(
        "Residual current monitor",
        ("a cut wire reads as tripped",),
        (
            ("PIN_RCD", 0, "high: residual current", True),
            ("PIN_RCD_TEST", 0, "high: self test", False),
        ),
    )
    yield Part(
        "Temperature",
        ("10 kOhm to 3.3 V",),
        (("PIN_NTC", 0, "NTC of 10 kOhm to ground", True),),
    )


def _external(board):
    yield Part(
        "Front-end controller: pilot, contactor, residual current",
        ("3.3 V, 115200 baud, 8N1", "it opens by itself when it hears nothing"),
        (
            ("PIN_FRONTEND_TX", 0, "its RX", False),
            ("PIN_FRONTEND_RX", 0, "its TX", True),
        ),
    )


def _volts(board):
    low = board["PILOT_LOW_MV"]
    return f"{low // 1000:+d} V to {(low + board['PILOT_SPAN_MV']) // 1000:+d} V"


def parts(board):
    """The Parts of a board (its constants); wires whose pin is -1 are left out."""
    found = list(_native(board) if board["HAL"] == "native" else _external(board))
    if board["METER"][0] in _METERS:
        title, note = _METERS[board["METER"][0]]
        found.append(
            Part(
                title,
                (f"{note}; {board['METER_BAUD']} baud, {board['METER_LINE']}",),
                (
                    ("PIN_METER_TX", 0, "DI, data to the meter", False),
                    ("PIN_METER_RX", 0, "RO, data from the meter", True),
                    ("PIN_METER_DE", 0, "DE and /RE, high: sends", False),
                ),
            )
        )
    found.append(Part("Pairing button", (), (("PIN_BUTTON", 0, "to ground: pressed", True),)))
    found.append(Part("Status LED", ("470 Ohm to ground",), (("PIN_LED", 0, "on: high", False),)))
    wired = [
        part._replace(wires=tuple(wire for wire in part.wires if gpio(board, *wire[:2]) >= 0))
        for part in found
    ]
    return [part for part in wired if part.wires]


def gpio(board, key, index):
    """The GPIO of a constant; -1: not there."""
    value = board.get(key, -1)
    return value[index] if isinstance(value, tuple) else value


def label(board, number):
    """A GPIO as it is found on the board."""
    if board["CHIP"] not in _RP2:
        return f"GPIO {number}"
    pin = _PICO[number] if number < len(_PICO) else _PICO_HIGH[number]
    return f"GP{number}, pin {pin}"


def svg(name, board):
    """The diagram of a board as text."""
    drawn = parts(board)
    height = _TOP + sum(_tall(part) + _GAP for part in drawn) + 40
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
        f' width="{_WIDTH}" height="{height}" role="img" aria-label="Wiring of {name}">',
        f"<style>{_STYLE}</style>",
        f'<rect class="back" width="{_WIDTH}" height="{height}"/>',
        _text(_BOARD_X, 32, f"{board['MODEL']} ({name})", "title"),
        f'<rect x="{_BOARD_X}" y="{_TOP}" width="{_BOARD_W}" height="{height - _TOP - 40}"/>',
        _text(_BOARD_X, height - 14, _foot(board), "note"),
    ]
    y = _TOP
    for part in drawn:
        tall = _tall(part)
        out.append(f'<rect x="{_PART_X}" y="{y}" width="{_PART_W}" height="{tall}"/>')
        out.append(_text(_PART_X + 12, y + 22, part.title, "part"))
        for row, wire in enumerate(part.wires):
            out.append(_wire(board, wire, y + _HEAD + row * _ROW))
        below = y + _HEAD + len(part.wires) * _ROW
        for row, note in enumerate(part.notes):
            out.append(_text(_PART_X + 12, below + row * _NOTE - 4, note, "note"))
        y += tall + _GAP
    return "\n".join([*out, "</svg>"]) + "\n"


def _tall(part):
    return _HEAD + len(part.wires) * _ROW - 8 + len(part.notes) * _NOTE


def _foot(board):
    network = "Wi-Fi of the board" if board["NETWORK"] == "wlan" else "Ethernet of the board"
    return f"Ground is common to all parts. Network: {network}. The board gets 5 V."


def _wire(board, wire, y):
    key, index, words, inward = wire
    number = gpio(board, key, index)
    left, right = _BOARD_X + _BOARD_W, _PART_X
    tip = (left, left + 9) if inward else (right, right - 9)
    return (
        f'<g class="wire" data-pin="{key}" data-gpio="{number}">'
        f'<line x1="{left}" y1="{y}" x2="{right}" y2="{y}"/>'
        f'<path class="tip" d="M{tip[0]} {y}L{tip[1]} {y - 5}V{y + 5}Z"/>'
        + _text(left - 12, y + 5, label(board, number), "gpio", "end")
        + _text((left + right) // 2, y - 6, key.removeprefix("PIN_"), "note", "middle")
        + _text(right + 12, y + 5, words)
        + "</g>"
    )


def _text(x, y, words, kind="", anchor=""):
    kind = f' class="{kind}"' if kind else ""
    anchor = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text x="{x}" y="{y}"{kind}{anchor}>{escape(words)}</text>'
