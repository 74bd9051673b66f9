"""What mDNS tells of the wallbox (6.4.2), and whom it asks for the time: put together at the
start, then let go."""

from firmware import store as records
from ship.txt import txt


def announce(app, host, way):
    """The Discovery of the application, at the IPv4 address `host`; on boards that DIAL it also
    looks for partners. `way`: as MDNS of the boards."""
    board = app.board
    pairs = txt(app.ship_id.decode(), app.ski, board.BRAND, board.TYPE, board.MODEL, app.serial)
    label = "plugship-" + app.serial
    instance = board.BRAND + " " + app.serial
    if way == "announce":
        from firmware.announcer import Announcer as Discovery
    else:
        from firmware.discovery import Discovery
    discovery = Discovery(app.net, label, instance, pairs, app.send, app.early)
    if board.DIAL:
        from firmware.finder import Finder

        finder = Finder(app.dialing(), app.ski, app.send, discovery.legacy)
        discovery.browse(finder.browser)
    secret = app.store.get(records.PAIRING_SECRET) if board.PAIRING else None
    if secret:
        from firmware.pairing import Pairing

        Pairing(app, discovery, secret)
    discovery.up(host)
    if board.SNTP:
        from firmware.sntp import Sntp

        app.net.real.append(Sntp(app.net, board.SNTP, app.place.random, app.place.set_time))
    return discovery
