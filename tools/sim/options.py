"""Command line of tools.sim, and what of it the child is told."""

import argparse
import importlib
import ipaddress
import os
import re

from tools import ROOT
from tools import meter as meters

# GC heap of the board less its TLS sessions, times 1.5: pointers are twice as long here
_HEAPS = {"w5500": "219K", "pico2w": "584K", "esp32": "84K"}
_ONE_SESSION = "244K"
_TWO_SESSIONS = "207K"

_EPILOG = """\
stdout has one JSON object per event and nothing else; `ready` says where the wallbox listens.
Commands are JSON lines on stdin or on the control port, e.g.
  {"cmd": "plug"}   {"cmd": "ev", "state": "C"}   {"cmd": "status"}   {"cmd": "advance", "s": 60}
A boot starts with the cable unplugged and no fault. `pin` sets the PIN of the wallbox: `mode` is
none, required (default) or optional; with `ski` instead, `value` is the PIN of that partner.
`trust` with `tool` true lets that partner commission, on boards that speak SHIP 1.1; with `odd`
true its certificate may name another SKI than that of its key, which is the one to give.
`successor` makes the key after that of the wallbox; with `switch`, 30 days later, it is put in
place at the next start.
"""


def ski(text):
    text = text.replace(" ", "").lower()
    if not re.fullmatch("[0-9a-f]{40}", text):
        raise argparse.ArgumentTypeError("an SKI has 40 hex digits")
    return text


def peer(text):
    """HOST:PORT:SKI or [IPV6]:PORT:SKI as (host, port, ski)."""
    match = re.fullmatch(r"(?:\[(.+)\]|([^:\[\]]+)):(\d+):([0-9A-Fa-f ]+)", text)
    if not match or not 0 < int(match[3]) < 65536:
        raise argparse.ArgumentTypeError("a peer is HOST:PORT:SKI, an IPv6 address in [ ]")
    return match[1] or match[2], int(match[3]), ski(match[4])


def address(text):
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise argparse.ArgumentTypeError("must be an IP address of this machine") from None


def _echonet(text):
    return None if text == "off" else address(text)


def _port(text):
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError("a port is 0 to 65535; 0 chooses a free one")
    return int(text)


def _heap(text):
    if not re.fullmatch(r"[1-9]\d*w?[KkMm]?", text):
        raise argparse.ArgumentTypeError("a heap is e.g. 207K or 1M")
    return text


def _speed(text):
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 1 <= speed <= 60:
        raise argparse.ArgumentTypeError("the clock runs at 1 to 60 times real time")
    return int(speed) if speed.is_integer() else speed


def _board(text):
    if not re.fullmatch(r"[a-z]\w*", text) or not (ROOT / f"board_configs/{text}.py").is_file():
        known = (p.stem for p in (ROOT / "board_configs").glob("*.py") if p.stem != "__init__")
        raise argparse.ArgumentTypeError(f"boards: {', '.join(sorted(known))}")
    return text


def _meter(text):
    try:
        return meters.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def default_heap(board):
    """-X heapsize that gives the firmware about the room it has on `board`."""
    for name, heap in _HEAPS.items():
        if board.startswith(name):
            return heap
    config = importlib.import_module(f"board_configs.{board}")
    return _ONE_SESSION if config.SESSIONS == 1 else _TWO_SESSIONS


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m tools.sim",
        description="Runs the firmware of a wallbox with simulated hardware.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--state",
        required=True,
        metavar="DIR",
        type=os.path.abspath,
        help="keeps identity and settings; made when missing",
    )
    add("--board", default="sim", type=_board, help="name in board_configs/ (default: sim)")
    add(
        "--host",
        default="127.0.0.1",
        metavar="IP",
        type=address,
        help="address to bind and announce (default: 127.0.0.1)",
    )
    add(
        "--port",
        default=4712,
        metavar="N",
        type=_port,
        help="SHIP port, 0: any free one (default: 4712)",
    )
    add(
        "--trust",
        action="append",
        default=[],
        metavar="SKI",
        type=ski,
        help="adds a trusted peer, once at this start; may be repeated",
    )
    add(
        "--peer",
        action="append",
        default=[],
        metavar="HOST:PORT:SKI",
        type=peer,
        help="a trusted peer to connect to without mDNS; may be repeated",
    )
    add(
        "--heap",
        metavar="SIZE",
        type=_heap,
        help="heap of MicroPython, e.g. 207K (default: as on the board)",
    )
    add(
        "--speed",
        default=1,
        metavar="X",
        type=_speed,
        help="protocol time runs 1 to 60 times as fast (default: 1)",
    )
    add(
        "--mdns",
        choices=("on", "off", "announce"),
        help="default: off on a loopback address, else on; announce: as where the port is taken",
    )
    add(
        "--echonet",
        metavar="IP",
        type=_echonet,
        help="address for ECHONET Lite, or off (default: off)",
    )
    add(
        "--ask-access",
        choices=("on", "off"),
        default="on",
        help="send an accessMethodsRequest of its own (default: on)",
    )
    add(
        "--control",
        metavar="PORT",
        type=_port,
        help="control port on 127.0.0.1, 0: any free one (default: none)",
    )
    add(
        "--identity",
        choices=("host", "device"),
        default="host",
        help="who makes key and certificate when there are none (default: host)",
    )
    add(
        "--meter",
        metavar="SPEC",
        type=_meter,
        help="a real meter on this PC behind the simulated wallbox: " + meters.FORMS,
    )
    return parser  # fmt: skip


def parse(arguments=None):
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.mdns is None:
        options.mdns = "off" if ipaddress.ip_address(options.host).is_loopback else "on"
    if options.meter and options.speed != 1:
        parser.error("a real meter runs in real time: no --speed")
    if options.heap is None:
        options.heap = default_heap(options.board)
    return options


def settings(options):
    """What the child reads from the environment variable PLUGSHIP_SIM.

    `trust` is added to the stored trust, `peers` are addresses to connect to; the simulator
    adds the number of the boot.
    """
    skis = [*options.trust, *(ski for _, _, ski in options.peer)]
    return {
        "state": options.state,
        "host": options.host,
        "port": options.port,
        "trust": list(dict.fromkeys(skis)),
        "peers": [list(peer) for peer in options.peer],
        "mdns": {"on": "port", "off": None}.get(options.mdns, options.mdns),
        "echonet": options.echonet,
        "speed": options.speed,
        "asks_access": options.ask_access == "on",
    }
