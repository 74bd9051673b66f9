"""Which modules belong on a board, and the files of its file system."""

from tools import ROOT
from tools.board import load
from tools.build import build

# the car as an entity, with what all of them have, and the use cases that may be left out
_CAR = {"firmware/ev", "lib/usecases/evcc", "lib/usecases/evcem"}
_OPTIONAL = {
    "lib/usecases/opev": {"opev", "oscev"},  # one is made of the other
    "lib/usecases/oscev": {"oscev"},
    "lib/usecases/evsoc": {"evsoc"},
}
_BY_CONSTANT = {
    "firmware/discovery": lambda board: board["MDNS"],
    "firmware/announcer": lambda board: board["MDNS"] == "announce",
    "firmware/finder": lambda board: board["DIAL"],
    "firmware/uri": lambda board: board["DIAL"],
    "firmware/dialer": lambda board: board["DIAL"],
    "firmware/pairing": lambda board: board["PAIRING"],
    "lib/ship/pairing": lambda board: board["PAIRING"],
    "firmware/keys": lambda board: board["COMMISSIONING"],
    "firmware/successor": lambda board: board["COMMISSIONING"],
    "lib/ship/material": lambda board: board["COMMISSIONING"],
    "lib/ship/material_schema": lambda board: board["COMMISSIONING"],
    "lib/mdns/browser": lambda board: board["DIAL"] or board["PAIRING"],
}
_EVENTS = {"firmware/events", "firmware/event_start", "firmware/ring", "firmware/ring_scan"}
_CODES = "firmware/event_codes"  # for the tools
_SUMMARY = {"lib/usecases/evcs", "lib/usecases/bill/__init__", "lib/usecases/bill/schema"}
_SCHEDULE = {
    "lib/usecases/cevc", "lib/usecases/schedule/__init__", "lib/usecases/schedule/put",
    "lib/usecases/schedule/schema", "firmware/schedule",
}  # fmt: skip
_METERS = {"modbus": {"modbus", "registers"}, "sml": {"sml", "obis"}, "d0": {"d0", "obis"}}
_SHARED = {"__init__", "crc", "values"}

LOADER = "firmware/loader"
MAIN = """\
import sys

import loader

ready = loader.start({button})
del loader, sys.modules["loader"]
if ready:
    import machine

    try:
        import firmware.app

        firmware.app.main("{name}")
    except KeyboardInterrupt:
        import loader

        loader.maintain()
    except BaseException as error:
        sys.print_exception(error)
    machine.reset()  # also stops the watchdog
"""


def wanted(module, name, board):
    """Does the module (its path without .py) belong on the board?"""
    parts = module.split("/")
    if module == LOADER:
        return False  # beside the slots
    if module == _CODES:
        return False
    if module in _EVENTS:
        return board["EVENTS"]
    if module == "firmware/console":
        return board["EVENTS"] and not board["PRODUCTION"]
    if parts[0] == "board_configs":
        return parts[1] in ("__init__", name)
    if "echonet" in parts[1]:
        return board["ECHONET"] != "off"
    if module in _CAR:
        return bool(board["EV_USE_CASES"])
    if module in _OPTIONAL:
        return bool(_OPTIONAL[module].intersection(board["EV_USE_CASES"]))
    if module in _SUMMARY:
        return "evcs" in board["EV_USE_CASES"]
    if module in _SCHEDULE:
        return "cevc" in board["EV_USE_CASES"]
    if module == "lib/usecases/lpp":
        return board["FEED_IN"]
    if module == "firmware/sntp":
        return bool(board["SNTP"])
    if module == "lib/spine/moment":
        return board["SNTP"] is not None
    if module == "lib/usecases/mgcp":
        return board["GRID_METER"]
    if module == "lib/spine/extended":
        return board["GRID_METER"] or "cevc" in board["EV_USE_CASES"]
    if module == "lib/spine/destinations":
        return board["DESTINATIONS"]
    if module == "firmware/phases":
        return board["SWITCH_S"] > 0
    if module in _BY_CONSTANT:
        return _BY_CONSTANT[module](board)
    if module == "lib/_fast/plain":
        return False  # every board of the table has the native kernels
    if parts[:2] != ["firmware", "hal"] or len(parts) < 4:
        return True
    if parts[2] == "meters":
        kind = board["METER"][0]
        needed = _METERS.get(kind, set()) | (_SHARED if kind in _METERS else set())
        # the lines of the front end have the CRC of Modbus
        return parts[3] in needed or (board["HAL"] == "external" and parts[3] in _SHARED)
    return parts[2] == board["HAL"]


def modules(name, arch=None):
    """[(module path, bytes)] of the .mpy files of the board, and the folder they are in."""
    board = load(name)
    arch = arch or board["ARCH"]
    sizes = build(arch)
    chosen = [(module, size) for module, size in sizes if wanted(module, name, board)]
    return chosen, ROOT / "build" / "mpy" / arch


def everything(name):
    """[(module path, bytes)] of a board that has all there is: every use case, both protocols,
    every kind of meter, beside its own HAL and config."""
    board = load(name)
    only = (f"firmware/hal/{board['HAL']}/", "firmware/hal/meters/")

    def fits(module):
        parts = module.split("/")
        if parts[0] == "board_configs":
            return parts[1] in ("__init__", name)
        if parts[:2] == ["firmware", "hal"] and len(parts) > 3:
            return module.startswith(only)
        return module not in ("lib/_fast/plain", _CODES)

    return [(module, size) for module, size in build(board["ARCH"]) if fits(module)]


def files(name, arch=None):
    """{path in a slot: bytes} of the code of the board."""
    chosen, folder = modules(name, arch)
    return {f"{module}.mpy": (folder / f"{module}.mpy").read_bytes() for module, _ in chosen}


def beside(name, arch=None):
    """{path: bytes} of what lies beside the slots."""
    board = load(name)
    button = board["PIN_BUTTON"] if board["PRODUCTION"] else -1
    arch = arch or board["ARCH"]
    build(arch)
    folder = ROOT / "build" / "mpy" / arch
    return {
        "boot.py": (ROOT / "boot.py").read_bytes(),
        "loader.mpy": (folder / f"{LOADER}.mpy").read_bytes(),
        "main.py": MAIN.format(name=name, button=button).encode(),
    }


def content(name, arch=None):
    """{path: bytes} of the LittleFS of the board: the code in slot a, unless the firmware has it.

    Code in a slot goes before code that is frozen or in a ROMFS, so that updates of it are
    possible there, too.
    """
    found = beside(name, arch)
    if load(name)["CODE"] == "files":
        found |= {f"a/{path}": data for path, data in files(name, arch).items()}
    return dict(sorted(found.items()))
