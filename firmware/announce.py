"""What the network is told of the wallbox, mDNS (6.4.2) above all, and whom it asks for the
time: put together at the start, then let go."""

from firmware import store as records
from ship.txt import txt


def announce(app, host, way):
    """The Discovery of the application, at the IPv4 address `host`; on boards that DIAL it also
    looks for partners. `way`: as MDNS of the boards, None: nothing is announced, but the time is
    asked for all the same."""
    board = app.board
    _reached(app, way)
    if board.SNTP:
        from firmware.sntp import Sntp

        app.net.real.append(Sntp(app.net, board.SNTP, app.place.random, app.place.set_time))
    if not way:
        return None
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
    return discovery


def _reached(app, way):
    """What accessMethods says of how we can be reached (6.10.4.7)."""
    access = b',{"dnsSd_mDns":[]}' if way else b""
    if app.board.DNS_NAME:
        uri = "wss://%s:%d/ship/" % (app.board.DNS_NAME, app.net.port)
        access += b',{"dns":[{"uri":"%s"}]}' % uri.encode()
    app.node.access = access
