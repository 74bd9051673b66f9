"""python -m tools.provision: identity of a wallbox, and its label.

The key pair and the certificate are made when the state directory has none, and never again: a
new key is a new SKI, and every partner would have to be paired anew.
"""

import argparse
import hashlib
import importlib
import sys

import segno

from tools import identity
from tools.provision import qr


def label(made, board, pin=None, secret=None):
    """The text of the QR code of an Identity on that board (a module of board_configs). `secret`:
    of the SHIP Pairing Service, 16 bytes."""
    return qr.make(
        made.ski,
        made.ship_id,
        pin,
        brand=board.BRAND,
        type=board.TYPE,
        model=board.MODEL,
        serial=made.serial,
        cat="3",  # e-mobility
        fph256=hashlib.sha256(made.cert).hexdigest().upper() if secret else None,
        spsec=secret.hex().upper() if secret else None,
    )


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tools.provision", description=__doc__)
    parser.add_argument("--state", required=True, metavar="DIR", help="as of tools.sim")
    parser.add_argument("--board", default="sim", help="name in board_configs/ (default: sim)")
    parser.add_argument("--ship-id", help="default: made from the serial number")
    parser.add_argument("--serial", help="default: a random one")
    parser.add_argument("--pin", help="printed on the label: 8 to 16 hex digits")
    parser.add_argument(
        "--pairing",
        action="store_true",
        help="with a secret for the SHIP Pairing Service, made when there is none",
    )
    parser.add_argument("--svg", metavar="FILE", help="also write the QR code as SVG")
    options = parser.parse_args(arguments)
    try:
        board = importlib.import_module(f"board_configs.{options.board}")
        made = identity.load(options.state)
        if made and (options.ship_id or options.serial):
            raise ValueError("this wallbox has an identity, which must never change")
        if not made:
            made = identity.create(options.state, options.ship_id, options.serial)
        secret = identity.pairing_secret(options.state) if options.pairing else None
        text = label(made, board, options.pin, secret)
        code = segno.make(text, error="l", boost_error=False, micro=False)
        if options.svg:
            code.save(options.svg, scale=4, title=f"SHIP label {made.serial}")
    except (ImportError, ValueError, OSError) as error:
        print(f"tools.provision: {error}", file=sys.stderr)
        return 1
    if sys.stdout.isatty():
        code.terminal(compact=True)
    print(f"SKI      {made.ski}\nSHIP ID  {made.ship_id}\nserial   {made.serial}\n{text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
