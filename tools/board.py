"""Checks a board config, and explains what is wrong with it; draws how it is wired.

    python -m tools.board check picow        or no name: all of them
    python -m tools.board wiring picow       writes docs/boards/picow.svg

A config of one's own lies in board_configs/ like the others.
"""

import argparse
import importlib
import sys

from firmware.hal.meters.registers import MODELS
from tools import ROOT
from tools.wiring import svg

# Why a pin of a chip can not be used: at all, or as an output that must stay off at boot.
_STRAP = "strapping pin: its level at reset chooses how the chip starts"
_FLASH = "belongs to the flash memory"
_TAKEN = {
    "esp32": {
        **dict.fromkeys(range(6, 12), _FLASH),
        **dict.fromkeys((1, 3), "console"),
        **dict.fromkeys((20, 24, *range(28, 32)), "is not led out"),
    },
    "esp32s3": {
        **dict.fromkeys(range(26, 33), _FLASH),
        **dict.fromkeys(range(33, 38), "belongs to the octal PSRAM"),
        **dict.fromkeys((19, 20), "USB"),
        **dict.fromkeys((43, 44), "console"),
        **dict.fromkeys(range(22, 26), "is not there"),
    },
    "esp32c3": {
        **dict.fromkeys(range(11, 18), _FLASH),
        **dict.fromkeys((18, 19), "USB"),
        **dict.fromkeys((20, 21), "console"),
    },
    "rp2040": dict.fromkeys((23, 24, 25, 29), "belongs to the radio or the supply of the board"),
    "rp2350": dict.fromkeys((23, 24, 25, 29), "belongs to the radio or the supply of the board"),
}
_PINS = {"esp32": 40, "esp32s3": 49, "esp32c3": 22, "rp2040": 30, "rp2350": 30}
_STRAPS = {
    "esp32": (0, 2, 5, 12, 15),
    "esp32s3": (0, 3, 45, 46),
    "esp32c3": (2, 8, 9),
    "rp2040": (),
    "rp2350": (),
}
_GLITCH = {  # go high for a moment while the chip starts
    "esp32": (1, 3, 5, 14, 15),
    "esp32s3": (18, 19, 20),
    "esp32c3": (18, 19),
    "rp2040": (),
    "rp2350": (),
}
_INPUT_ONLY = {"esp32": range(34, 40)}
_ETHERNET = {
    "esp32": dict.fromkeys((0, 18, 19, 21, 22, 23, 25, 26, 27), "belongs to the Ethernet PHY"),
    "rp2040": dict.fromkeys(range(16, 22), "belongs to the W5500"),
}
_RP2_TX = {0: (0, 12, 16, 28), 1: (4, 8, 20, 24)}
_RP2_RX = {0: (1, 13, 17, 29), 1: (5, 9, 21, 25)}
_RP2_ADC = range(26, 29)
_ARCHS = {
    "esp32": "xtensawin",
    "esp32s3": "xtensawin",
    "esp32c3": "rv32imc",
    "rp2040": "armv6m",
    "rp2350": "armv7emsp",
}
_IN_A_NAME = "abcdefghijklmnopqrstuvwxyz0123456789-."
_OUTPUTS = ("PIN_PILOT", "PIN_CONTACTOR", "PIN_RCD_TEST", "PIN_LED", "PIN_METER_TX",
            "PIN_METER_DE", "PIN_FRONTEND_TX")  # fmt: skip
_DANGEROUS = ("PIN_CONTACTOR", "PIN_RCD_TEST")
_RP2 = ("rp2040", "rp2350")


def names():
    """All board configs."""
    found = (path.stem for path in (ROOT / "board_configs").glob("*.py"))
    return sorted(name for name in found if name != "__init__")


def load(name):
    """The constants of a board as a dict. Raises ValueError for a board that is not there."""
    if name not in names():
        raise ValueError(f"no board {name}; one of {', '.join(names())}")
    module = importlib.import_module(f"board_configs.{name}")
    return {key: value for key, value in vars(module).items() if key.isupper()}


def _pins(board):
    for key, value in board.items():
        if key.startswith("PIN_") and key != "PIN_ADC0":
            for pin in value if isinstance(value, tuple) else (value,):
                if pin >= 0:
                    yield key, pin


def problems(board, example):
    """What is wrong with `board` (a dict of constants), as lines of text for people."""
    found = [f"{key} is missing: every board has every constant" for key in example
             if key not in board]  # fmt: skip
    if found:
        return found
    found += _electric(board)
    if board["HAL"] == "sim":
        return found
    if board.get("CHIP") not in _PINS:
        return [*found, f"CHIP is one of {', '.join(_PINS)}"]
    chip = board["CHIP"]
    if board["HAL"] == "native" and chip not in _RP2:
        found.append(
            f"HAL native: MicroPython on the {chip} has no hard interrupts, so nothing opens the"
            " contactor in time; use external"
        )
    elif board["HAL"] not in ("native", "external"):
        found.append("HAL is native, external or sim")
    if board["ARCH"] != _ARCHS[chip]:
        found.append(f"ARCH of the {chip} is {_ARCHS[chip]}")
    if board["FEED_IN"]:
        found.append("FEED_IN: neither native nor external hardware can feed back")
    if board["FS_START"] + board["FS_SIZE"] > board["FLASH"] or board["FS_SIZE"] % 4096:
        found.append("FS_START and FS_SIZE: whole sectors of 4096 bytes, within FLASH")
    found += _meter(board)
    found += _wiring(board)
    return found


def _electric(board):
    if board["PHASES"] not in (1, 3):
        yield "PHASES is 1 or 3"
    if not 6000 <= board["MIN_MA"] <= board["MAX_MA"] <= 80000:
        yield "MIN_MA and MAX_MA: the pilot can say 6000 to 80000 mA"
    most = board["MAX_MA"] * board["PHASES"] * board["U_MV"] // 1000000
    if board["NOMINAL_W"] > most:
        yield f"NOMINAL_W: {board['PHASES']} x {board['MAX_MA']} mA are {most} W at most"
    if board["SWITCH_S"] and (board["SWITCH_S"] < 60 or board["PAUSE_MS"] < 10000):
        yield "SWITCH_S is 0 or at least 60, and cars need a pause of 10 s: PAUSE_MS"
    if board["FAILSAFE_S"] < 7200 or board["FAILSAFE_MAX_S"] < board["FAILSAFE_S"]:
        yield "FAILSAFE_S: LPC allows 2 h to 24 h"
    longest = 6656 if board["EV_USE_CASES"] else 5120
    if "evcs" in board["EV_USE_CASES"]:
        longest += 512
    if "cevc" in board["EV_USE_CASES"]:
        longest += 1024
    if board["SEND"] < longest:
        yield f"SEND: the detailed discovery of this wallbox needs {longest} bytes"
    if not board["RESTORE_C"] < board["HALF_C"] < board["QUARTER_C"] < board["STOP_C"]:
        yield "RESTORE_C, HALF_C, QUARTER_C and STOP_C must rise"
    if board["MDNS"] not in ("port", "early", "announce", None):
        yield 'MDNS is "port", "early", "announce" or None'
    if not board["MDNS"] and (board["DIAL"] or board["PAIRING"]):
        yield "DIAL and PAIRING look for others by mDNS: not with MDNS None"
    if board["DNS_NAME"].lower().strip(_IN_A_NAME):
        yield "DNS_NAME: letters, digits, - and ."
    for key in ("BRAND", "TYPE", "MODEL"):
        if not 0 < len(board[key].encode()) <= 32:
            yield f"{key}: 1 to 32 bytes in mDNS"


def _meter(board):
    meter = board["METER"]
    if meter[0] == "modbus" and (len(meter) != 3 or meter[1] not in MODELS):
        yield f'METER: ("modbus", MODEL, ADDRESS) with one of {", ".join(sorted(MODELS))}'
    elif meter[0] not in ("modbus", "sml", "d0", "none"):
        yield "METER is modbus, sml, d0 or none"
    if meter[0] != "none" and min(board["PIN_METER_TX"], board["PIN_METER_RX"]) < 0:
        yield "METER needs PIN_METER_TX and PIN_METER_RX"
    own = board.get("FRONTEND_UART")
    if meter[0] != "none" and board["METER_UART"] == own:
        yield "METER_UART and FRONTEND_UART are the same"
    if board["CHIP"] not in _RP2 and meter[0] != "none" and board["METER_UART"] == 0:
        yield "METER_UART 0 is the console"


def _wiring(board):
    chip = board["CHIP"]
    taken = dict(_TAKEN[chip])
    if board["NETWORK"] == "lan":
        taken |= _ETHERNET.get(chip, {})
    seen: dict[int, str] = {}
    for key, pin in _pins(board):
        where = f"{key}: GPIO {pin}"
        if pin >= _PINS[chip]:
            yield f"{where}: the {chip} has no such pin"
            continue
        if pin in taken:
            yield f"{where} {taken[pin]}"
        if pin in seen:
            yield f"{where} is {seen[pin]} already"
        seen[pin] = key
        if pin in _STRAPS[chip]:
            yield f"{where} is a {_STRAP}"
        if key in _OUTPUTS and pin in _INPUT_ONLY.get(chip, ()):
            yield f"{where} can only be an input"
        if key == "PIN_BUTTON" and pin in _INPUT_ONLY.get(chip, ()):
            yield f"{where} has no pull-up"
        if key in _DANGEROUS and pin in _GLITCH[chip]:
            yield f"{where} goes high for a moment at reset: the contactor would close"
        if key in ("PIN_PILOT_ADC", "PIN_NTC") and pin not in _RP2_ADC:
            yield f"{where} has no ADC: 26 to 28 have"
    if chip in _RP2:
        uart = board["METER_UART"]
        if board["METER"][0] != "none":
            if board["PIN_METER_TX"] not in _RP2_TX.get(uart, ()):
                yield f"PIN_METER_TX of UART {uart} is one of {_RP2_TX.get(uart)}"
            if board["PIN_METER_RX"] not in _RP2_RX.get(uart, ()):
                yield f"PIN_METER_RX of UART {uart} is one of {_RP2_RX.get(uart)}"


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="tools.board", description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=["check", "wiring"])
    parser.add_argument("boards", nargs="*", metavar="BOARD", help="default: all")
    options = parser.parse_args(arguments)
    return (_check if options.command == "check" else _draw)(options.boards)


def _draw(boards):
    for name in boards or [name for name in names() if load(name)["HAL"] != "sim"]:
        try:
            board = load(name)
        except ValueError as error:
            print(error)
            return 1
        if board["HAL"] == "sim":
            print(f"{name} is simulated: nothing to wire")
            return 1
        path = ROOT / "docs" / "boards" / f"{name}.svg"
        path.parent.mkdir(exist_ok=True)
        path.write_text(svg(name, board))
        print(path.relative_to(ROOT))
    return 0


def _check(boards):
    example = load("sim")
    failed = 0
    for name in boards or names():
        try:
            found = problems(load(name), example)
        except ValueError as error:
            found = [str(error)]
        failed += bool(found)
        print(f"{'FAIL' if found else 'ok  '}  {name}")
        for line in found:
            print(f"      {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
