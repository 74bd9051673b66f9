"""python -m tools.provision: identity of a wallbox, its settings, and its label.

Key pair and certificate are made when there are none, and never again: a new key is a new SKI, and
every partner would have to be paired anew. A board is given what the other options say.
"""

import argparse
import csv
import datetime
import getpass
import hashlib
import importlib
import os
import sys

import segno

from firmware import store as records
from tools import identity
from tools.deploy import DeployError
from tools.link import BY, Link, LinkError
from tools.provision import board, qr


def label(made, config, pin=None, secret=None):
    """The text of the QR code of an Identity on that board (a module of board_configs). `secret`:
    of the SHIP Pairing Service, 16 bytes."""
    return qr.make(
        made.ski,
        made.ship_id,
        pin,
        brand=config.BRAND,
        type=config.TYPE,
        model=config.MODEL,
        serial=made.serial,
        cat="3",  # e-mobility
        fph256=hashlib.sha256(made.cert).hexdigest().upper() if secret else None,
        spsec=secret.hex().upper() if secret else None,
    )


def _record(path, board, told, pin):
    """Adds a line to the inventory, which is readable for its owner alone: it has the PIN."""
    new = not os.path.exists(path)
    with open(path, "a", newline="", opener=lambda p, f: os.open(p, f, 0o600)) as file:
        lines = csv.writer(file)
        if new:
            lines.writerow(("time", "board", "serial", "ship_id", "ski", "pin"))
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        lines.writerow((now, board, told.serial, told.ship_id, told.ski, pin or ""))


def _password(network):
    if sys.stdin.isatty():
        return getpass.getpass(f"password of {network}: ")
    return sys.stdin.readline().rstrip("\n")


def _maker(text):
    value = bytes.fromhex(text)
    if len(value) != 3:
        raise ValueError
    return value


def _on_board(options):
    """Provisions the board at a port; what it tells of itself, and its pairing secret."""
    wanted = {}
    if options.wifi:
        wanted[records.SETTINGS] = board.settings(options.wifi, _password(options.wifi))
    if options.pin:
        wanted[records.PIN] = options.pin.encode()
    if options.maker:
        wanted[records.ECHONET_MAKER] = options.maker
    with Link(options.port, options.by) as link:
        told, version = board.provision(
            link,
            wanted,
            options.key,
            options.serial,
            options.ship_id,
            options.new_identity,
            options.pairing,
        )
    print(f"version  {version}")
    return told, told.secret


def _in_folder(options):
    made = identity.load(options.state)
    if made and (options.ship_id or options.serial):
        raise ValueError("this wallbox has an identity, which must never change")
    made = made or identity.create(options.state, options.ship_id, options.serial)
    return made, identity.pairing_secret(options.state) if options.pairing else None


def _parser():
    parser = argparse.ArgumentParser(prog="python -m tools.provision", description=__doc__)
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("--state", metavar="DIR", help="a simulated wallbox, as of tools.sim")
    place.add_argument("--port", help="serial port of a board")
    parser.add_argument("--board", default="sim", help="name in board_configs/ (default: sim)")
    parser.add_argument("--ship-id", help="default: made from the serial number")
    parser.add_argument("--serial", help="default: a random one, or the number of the chip")
    parser.add_argument("--pin", help="printed on the label: 8 to 16 hex digits")
    parser.add_argument(
        "--pairing",
        action="store_true",
        help="with a secret for the SHIP Pairing Service, made when there is none",
    )
    parser.add_argument("--svg", metavar="FILE", help="also write the QR code, as .svg or .pdf")
    parser.add_argument("--inventory", metavar="FILE", help="CSV that a line is added to")
    group = parser.add_argument_group("with --port")
    group.add_argument("--wifi", metavar="NAME", help="asks for the password, or reads it")
    group.add_argument("--maker", type=_maker, metavar="HEX", help="ECHONET Lite, 3 bytes")
    group.add_argument(
        "--key",
        choices=("device", "host"),
        default="device",
        help="who makes the private key (default: device, which nobody can then copy it from)",
    )
    group.add_argument("--new-identity", action="store_true", help="replaces the one it has")
    group.add_argument("--by", choices=BY, default="mpremote", help="the library that is used")
    return parser


def main(arguments=None):
    options = _parser().parse_args(arguments)
    try:
        config = importlib.import_module(f"board_configs.{options.board}")
        qr.make("0" * 40, "x", options.pin)  # a bad PIN is refused before anything is written
        told, secret = _on_board(options) if options.port else _in_folder(options)
        text = label(told, config, options.pin, secret)
        code = segno.make(text, error="l", boost_error=False, micro=False)
        if options.svg:
            title = {"title": f"SHIP label {told.serial}"} if options.svg.endswith("svg") else {}
            code.save(options.svg, scale=4, **title)
        if options.inventory:
            _record(options.inventory, options.board, told, options.pin)
    except (ImportError, ValueError, OSError, LinkError, DeployError) as error:
        print(f"tools.provision: {error}", file=sys.stderr)
        return 1
    if sys.stdout.isatty():
        code.terminal(compact=True)
    print(f"SKI      {told.ski}\nSHIP ID  {told.ship_id}\nserial   {told.serial}\n{text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
