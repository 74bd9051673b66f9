"""What mDNS tells of the wallbox (6.4.2): put together at the start, then let go."""

from firmware.discovery import Discovery
from ship.txt import txt


def announce(app, host):
    """The Discovery of the application, at the IPv4 address `host`."""
    board = app.board
    pairs = txt(app.ship_id.decode(), app.ski, board.BRAND, board.TYPE, board.MODEL, app.serial)
    label = "plugship-" + app.serial
    return Discovery(app.net, host, label, board.BRAND + " " + app.serial, pairs, app.send)
