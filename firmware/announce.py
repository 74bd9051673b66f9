"""What mDNS tells of the wallbox (6.4.2): put together at the start, then let go."""

from firmware.discovery import Discovery
from ship.txt import txt


def announce(app, host):
    """The Discovery of the application, at the IPv4 address `host`; on boards that DIAL it also
    looks for partners."""
    board = app.board
    pairs = txt(app.ship_id.decode(), app.ski, board.BRAND, board.TYPE, board.MODEL, app.serial)
    label = "plugship-" + app.serial
    instance = board.BRAND + " " + app.serial
    discovery = Discovery(app.net, host, label, instance, pairs, app.send)
    if board.DIAL:
        from firmware.finder import Finder

        discovery.browse(Finder(app.dialing(), app.ski, app.send).browser)
    return discovery
