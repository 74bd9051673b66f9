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
from tools.chips import (
    ARCHS,
    ESP_FILES,
    ETHERNET,
    GLITCH,
    INPUT_ONLY,
    PINS,
    RP2,
    RP2_ADC,
    RP2_FILES,
    RP2_RX,
    RP2_TX,
    STRAP,
    STRAPS,
    TAKEN,
    UARTS,
)
from tools.wiring import svg

_OUTPUTS = ("PIN_PILOT", "PIN_CONTACTOR", "PIN_RCD_TEST", "PIN_LED", "PIN_METER_TX",
            "PIN_METER_DE", "PIN_FRONTEND_TX")  # fmt: skip
_IN_A_NAME = "abcdefghijklmnopqrstuvwxyz0123456789-."
_DANGEROUS = ("PIN_CONTACTOR", "PIN_RCD_TEST")
# what a board can not be safe or usable without, and why
_NEEDED = {
    "native": {
        "PIN_PILOT": "gives the car its current",
        "PIN_PILOT_ADC": "shows the car's state, and that it has gone",
        "PIN_CONTACTOR": "switches the car on and off",
        "PIN_FEEDBACK": "shows a contactor that is welded",
        "PIN_RCD": "is the residual current monitor: without it no fault opens the contactor",
    },
    "external": {
        "PIN_FRONTEND_TX": "tells the front end what it may do",
        "PIN_FRONTEND_RX": "tells what the front end sees",
    },
}


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
    if board.get("CHIP") not in PINS:
        return [*found, f"CHIP is one of {', '.join(PINS)}"]
    chip = board["CHIP"]
    if board["HAL"] == "native" and chip not in RP2:
        found.append(
            f"HAL native: MicroPython on the {chip} has no hard interrupts, so nothing opens the"
            " contactor in time; use external"
        )
    elif board["HAL"] not in ("native", "external"):
        found.append("HAL is native, external or sim")
    if board["ARCH"] != ARCHS[chip]:
        found.append(f"ARCH of the {chip} is {ARCHS[chip]}")
    if board["FEED_IN"]:
        found.append("FEED_IN: neither native nor external hardware can feed back")
    found += _files(board)
    found += _firmware(board)
    found += _needed(board)
    found += _meter(board)
    found += _wiring(board)
    return found


def _files(board):
    start, size = board["FS_START"], board["FS_SIZE"]
    if start + size > board["FLASH"] or size % 4096:
        yield "FS_START and FS_SIZE: whole sectors of 4096 bytes, within FLASH"
        return
    if board["CHIP"] in RP2:
        stock = RP2_FILES.get((board["CHIP"], board["NETWORK"]))
    else:
        stock = (ESP_FILES, board["FLASH"] - ESP_FILES)
    if stock and board["CODE"] == "files" and (start, size) != stock:
        yield (
            f"FS_START and FS_SIZE: the stock firmware has its file system at {stock[0]:#x} with"
            f" {stock[1]:#x} bytes, and formats an image of another size, with the identity"
        )


def _firmware(board):
    chip = board["CHIP"]
    if board["CODE"] not in ("files", "romfs", "frozen"):
        yield "CODE is files, romfs or frozen"
    if board["SESSIONS"] not in (1, 2):
        yield "SESSIONS is 1 or 2: each more is another TLS session of 25 kB"
    if board["NETWORK"] not in ("wlan", "lan"):
        yield "NETWORK is wlan or lan"
    elif board["NETWORK"] == "lan" and chip not in ETHERNET:
        yield f"NETWORK lan: there is no driver for an Ethernet chip on the {chip}"
    if board["MDNS"] == "early" and chip in RP2:
        yield "MDNS early: on an RP2 the firmware has port 5353 before any Python runs; announce"
    if board["MDNS"] == "announce" and chip not in RP2:
        yield "MDNS announce: sends through a raw socket, which only an RP2 has; early"
    if board["PRODUCTION"] and board["PIN_BUTTON"] < 0:
        yield "PRODUCTION: without PIN_BUTTON nobody could reach the console again"


def _needed(board):
    for key, why in _NEEDED.get(board["HAL"], {}).items():
        value = board.get(key, -1)
        if value == () or min(value if isinstance(value, tuple) else (value,)) < 0:
            yield f"{key} is missing: it {why}"
    uarts = UARTS[board["CHIP"]]
    for key, used in (
        ("METER_UART", board["METER"][0] != "none"),
        ("FRONTEND_UART", board["HAL"] == "external"),
    ):
        if used and not 0 <= board.get(key, -1) < uarts:
            yield f"{key}: the {board['CHIP']} has UART 0 to {uarts - 1}"
    if board["CHIP"] not in RP2 and board.get("FRONTEND_UART") == 0:
        yield "FRONTEND_UART 0 is the console: what it prints would go to the front end"
    if board["HAL"] == "native" and board["CHIP"] in RP2:
        if len(board["PIN_CONTACTOR"]) > 2:
            yield "PIN_CONTACTOR: one output for all phases, or two: L1, and L2 with L3"
        if board["SWITCH_S"] and len(board["PIN_CONTACTOR"]) < 2:
            yield "SWITCH_S: one phase needs an output of its own, two in PIN_CONTACTOR"
        if board["PIN_ADC0"] != RP2_ADC[0]:
            yield f"PIN_ADC0 is {RP2_ADC[0]} on the {board['CHIP']}"


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
    if board["CHIP"] not in RP2 and meter[0] != "none" and board["METER_UART"] == 0:
        yield "METER_UART 0 is the console"


def _wiring(board):
    chip = board["CHIP"]
    taken = dict(TAKEN[chip])
    if board["NETWORK"] == "lan":
        taken |= ETHERNET.get(chip, {})
    seen: dict[int, str] = {}
    for key, pin in _pins(board):
        where = f"{key}: GPIO {pin}"
        if pin >= PINS[chip]:
            yield f"{where}: the {chip} has no such pin"
            continue
        if pin in taken:
            yield f"{where} {taken[pin]}"
        if pin in seen:
            yield f"{where} is {seen[pin]} already"
        seen[pin] = key
        if pin in STRAPS[chip]:
            yield f"{where} is a {STRAP}, and what is wired to it would choose"
        if key in _OUTPUTS and pin in INPUT_ONLY.get(chip, ()):
            yield f"{where} can only be an input, {key} is an output"
        if key == "PIN_BUTTON" and pin in INPUT_ONLY.get(chip, ()):
            yield f"{where} has no pull-up, and would read as pressed at random"
        if key in _DANGEROUS and pin in GLITCH[chip]:
            yield f"{where} goes high for a moment at reset: the contactor would close"
        if key in ("PIN_PILOT_ADC", "PIN_NTC") and pin not in RP2_ADC:
            yield f"{where} has no ADC: 26 to 28 have"
    if chip in RP2:
        uart = board["METER_UART"]
        if board["METER"][0] != "none":
            if board["PIN_METER_TX"] not in RP2_TX.get(uart, ()):
                yield f"PIN_METER_TX of UART {uart} is one of {RP2_TX.get(uart)}"
            if board["PIN_METER_RX"] not in RP2_RX.get(uart, ()):
                yield f"PIN_METER_RX of UART {uart} is one of {RP2_RX.get(uart)}"


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
