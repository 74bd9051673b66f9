"""Builds what is flashed: `python -m tools.image BOARD ...` or `make image BOARD=picow`.

Into build/BOARD: the tree of the file system, with the code in slot a (firmware.loader), a
LittleFS image of exactly the size that the stock firmware has (it formats any other), for RP2 the
same as UF2, a manifest.py and package.json of the same files, and the memory ledger. Fails when
the ledger is negative.
"""

import argparse
import json
import shutil
import struct
import sys

from littlefs import LittleFS
from littlefs.errors import LittleFSError

from tools import ROOT
from tools.board import load, names, problems
from tools.build import BuildError, build

BLOCK = 4096
_UF2_PAYLOAD = 256
_UF2_FAMILY = {"rp2040": 0xE48BFF56, "rp2350": 0xE48BFF59}
_XIP = 0x10000000

# -- memory ledger, bytes of a 32-bit board; what they come from: host_tests/memory, README -------
RAM_PER_MPY = 1.5  # held after the import of a .mpy file; host_tests/memory measures 1.47
RAM_PER_NATIVE = 1.0  # machine code is copied as it is
FROZEN_PER_MPY = 0.3  # a module frozen into the firmware: an estimate
BOOT = 8192  # interpreter, boot.py, network
IDLE = 8192  # what start makes, without the send buffer
SESSION = 4096  # what one connection adds, without its window
TLS = {1: 42000, 2: 67000}  # contexts, sessions, and the peak of one handshake

# loaded for a moment, and let go again
MOMENTARY = (
    "firmware/store_scan", "firmware/entities", "firmware/reasons", "lib/ship/txt",
    "firmware/announce", "lib/mdns/names", "firmware/identity", "lib/ship/selfsigned",
    "lib/ship/p256", "firmware/installer", "firmware/pin_entry",
)  # fmt: skip
# stay loaded where a PIN is set, and only there
WITH_PIN = ("firmware/pin", "lib/ship/pin")
NATIVE = ("lib/_fast/viper",)
# the car as an entity, and the use cases of it
_CAR = {
    "firmware/ev", "lib/usecases/evcc", "lib/usecases/evcem", "lib/usecases/evsoc",
    "lib/usecases/opev", "lib/usecases/oscev",
}  # fmt: skip
_MDNS = {
    "firmware/announce": lambda board: board["MDNS"],
    "firmware/discovery": lambda board: board["MDNS"],
    "firmware/announcer": lambda board: board["MDNS"] == "announce",
    "firmware/finder": lambda board: board["DIAL"],
    "firmware/pairing": lambda board: board["PAIRING"],
    "lib/ship/pairing": lambda board: board["PAIRING"],
    "lib/mdns/browser": lambda board: board["DIAL"] or board["PAIRING"],
}
_SUMMARY = {"lib/usecases/evcs", "lib/usecases/bill/__init__", "lib/usecases/bill/schema"}
_METERS = {"modbus": {"modbus", "registers"}, "sml": {"sml", "obis"}, "d0": {"d0", "obis"}}
_SHARED = {"__init__", "crc", "values"}

LOADER = "firmware/loader"
_MAIN = """\
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
    if parts[0] == "board_configs":
        return parts[1] in ("__init__", name)
    if "echonet" in parts[1]:
        return board["ECHONET"] != "off"
    if module in _CAR:
        return bool(board["EV_USE_CASES"])
    if module in _SUMMARY:
        return "evcs" in board["EV_USE_CASES"]
    if module == "lib/usecases/lpp":
        return board["FEED_IN"]
    if module == "firmware/sntp":
        return bool(board["SNTP"])
    if module == "lib/spine/moment":
        return board["SNTP"] is not None
    if module in ("lib/usecases/mgcp", "lib/usecases/mgcp_schema"):
        return board["GRID_METER"]
    if module == "firmware/phases":
        return board["SWITCH_S"] > 0
    if module in _MDNS:
        return _MDNS[module](board)
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


def files(name, arch=None):
    """{path in a slot: bytes} of the code of the board."""
    chosen, folder = modules(name, arch)
    return {f"{module}.mpy": (folder / f"{module}.mpy").read_bytes() for module, _ in chosen}


def beside(name, arch=None):
    """{path: bytes} of what lies beside the slots."""
    board = load(name)
    button = board["PIN_BUTTON"] if board["PRODUCTION"] else -1
    folder = ROOT / "build" / "mpy" / (arch or board["ARCH"])
    return {
        "boot.py": (ROOT / "boot.py").read_bytes(),
        "loader.mpy": (folder / f"{LOADER}.mpy").read_bytes(),
        "main.py": _MAIN.format(name=name, button=button).encode(),
    }


def content(name, arch=None):
    """{path: bytes} of a whole file system."""
    found = {f"a/{path}": data for path, data in files(name, arch).items()}
    return dict(sorted((found | beside(name, arch)).items()))


def littlefs(content, size):
    """A LittleFS image of `size` bytes. Raises ValueError when the files do not fit."""
    fs = LittleFS(block_size=BLOCK, block_count=size // BLOCK, prog_size=256, read_size=256)
    try:
        for path, data in content.items():
            folder = path.rpartition("/")[0]
            if folder:
                fs.makedirs(folder, exist_ok=True)
            with fs.open(path, "wb") as file:
                file.write(data)
    except LittleFSError as error:
        raise ValueError(f"the files do not fit into {size} bytes: {error}") from None
    return bytes(fs.context.buffer)


def uf2(image, start, family):
    """The sectors of `image` that are not blank as UF2, for the flash address `start`."""
    pages = []
    for sector in range(0, len(image), BLOCK):
        data = image[sector : sector + BLOCK]
        if data != b"\xff" * BLOCK:
            pages += [
                (_XIP + start + sector + off, data[off : off + _UF2_PAYLOAD])
                for off in range(0, BLOCK, _UF2_PAYLOAD)
            ]
    out = bytearray()
    for number, (address, data) in enumerate(pages):
        head = struct.pack(
            "<8I", 0x0A324655, 0x9E5D5157, 0x2000, address, len(data), number, len(pages), family
        )
        out += head + data.ljust(476, b"\0") + struct.pack("<I", 0x0AB16F30)
    return bytes(out)


def ledger(board, chosen):
    """[(what, bytes)] of the GC heap; the last is what is spare, and must not be negative."""
    later = MOMENTARY + WITH_PIN
    loaded = [(module, size) for module, size in chosen if module not in later]
    native = sum(size for module, size in loaded if module in NATIVE)
    code = int((sum(size for _, size in loaded) - native) * RAM_PER_MPY + native * RAM_PER_NATIVE)
    if board["CODE"] == "frozen":
        code = int(sum(size for _, size in loaded) * FROZEN_PER_MPY)
    sessions = board["SESSIONS"]
    rows = [
        (f"code ({board['CODE']})", code),
        ("boot", BOOT),
        ("send buffer", board["SEND"]),
        ("idle", IDLE),
        ("sessions and windows", sessions * (SESSION + board["WINDOW"])),
        ("TLS", TLS[sessions] if board["TLS_IN_HEAP"] else 0),
    ]
    return [*rows, ("spare", board["HEAP"] - sum(size for _, size in rows))]


def table(name, board, chosen):
    """The ledger and the size of each module, as text."""
    total = sum(size for _, size in chosen)
    lines = [f"{name}: {total:,} bytes of .mpy, {board['HEAP']:,} bytes of heap", ""]
    lines += [f"{size:9,}  {what}" for what, size in ledger(board, chosen)]
    pin = int(sum(size for module, size in chosen if module in WITH_PIN) * RAM_PER_MPY)
    if board["CODE"] != "frozen":
        lines += ["", f"{pin:9,}  of it go where a PIN is set"]
    if board["CODE"] == "frozen":
        lines += ["", "frozen code: an estimate; the stock firmware can not hold these files"]
    lines.append("")
    lines += [f"{size:9,}  {module}" for module, size in sorted(chosen, key=lambda m: -m[1])]
    return "\n".join(lines) + "\n"


def manifest(paths):
    """manifest.py for a firmware with the modules frozen."""
    lines = ["# generated by `make image`: freezes the modules of this board"]
    for path in sorted(paths):
        source = path[:-4] + ".py"
        room = "lib" if source.startswith("lib/") else "."
        lines.append(f'module("{source.removeprefix("lib/")}", base_path="$(SRC)/{room}")')
    return "\n".join(lines) + "\n"


def package(paths):
    """package.json for `mpremote mip install` of the folder it is in."""
    urls = [[path, f"tree/a/{path}"] for path in sorted(paths)]
    return json.dumps({"urls": urls, "version": "0.1.0"}, indent=1) + "\n"


def make(name):
    """Builds everything for one board; its spare bytes of heap. Raises ValueError, BuildError."""
    board = load(name)
    if "ARCH" not in board:
        raise ValueError(f"{name} is simulated: python -m tools.sim")
    if wrong := problems(board, load("sim")):
        raise ValueError("\n".join(wrong))
    chosen, _ = modules(name)
    code = files(name)
    whole = content(name)
    out = ROOT / "build" / name
    shutil.rmtree(out, ignore_errors=True)
    for path, data in whole.items():
        target = out / "tree" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    image = littlefs(whole, board["FS_SIZE"])
    (out / "littlefs.bin").write_bytes(image)
    if board["CHIP"] in _UF2_FAMILY:
        family = _UF2_FAMILY[board["CHIP"]]
        (out / "littlefs.uf2").write_bytes(uf2(image, board["FS_START"], family))
    (out / "manifest.py").write_text(manifest(code))
    (out / "package.json").write_text(package(code))
    text = table(name, board, chosen)
    (out / "ledger.txt").write_text(text)
    return ledger(board, chosen)[-1][1], sum(size for _, size in chosen), text


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="tools.image", description=__doc__.splitlines()[0])
    parser.add_argument("boards", nargs="*", metavar="BOARD", help="default: all but simulated")
    options = parser.parse_args(arguments)
    boards = options.boards or [name for name in names() if "ARCH" in load(name)]
    failed = 0
    for name in boards:
        try:
            spare, size, text = make(name)
        except (ValueError, BuildError) as error:
            print(f"FAIL  {name}: {error}")
            failed += 1
            continue
        failed += spare < 0
        mark = "FAIL" if spare < 0 else "ok  "
        print(f"{mark}  {name:16}{size:9,} bytes of .mpy{spare:12,} bytes of heap spare")
        if options.boards:
            print(text)
    print(f"{len(boards) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
