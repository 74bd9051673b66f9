"""The wallbox on a board: its flash, its clock, its network; `firmware.app.main` comes here."""

import os
import sys
import time
from binascii import hexlify

from late import load
from micropython import const

from firmware import VERSION
from firmware import store as records
from firmware.app import App
from firmware.clock import Clock
from firmware.counters import Counters
from ticks import diff

_SHIP_PORT = const(4712)
_LOOK_MS = const(2000)  # how often the network is looked at
_RETRY_MS = const(30000)  # a connect() that has come to nothing by then is made again
_GOOD_LOOKS = const(30)  # new code that has run for a minute stays
_WATCHDOG_MS = const(30000)  # of boards whose contactor is watched over elsewhere
_EPOCH_2000 = const(946684800)  # of the ESP32 ports, in Unix seconds
_SET = const(1735689600)  # 2025: a clock that says so has been set


def _epoch():
    # where time.time() begins, in Unix seconds
    return 0 if time.gmtime(0)[0] == 1970 else _EPOCH_2000


class Place:
    """What App needs of the board."""

    def __init__(self, hal):
        from firmware.hal import area

        self.clock = Clock()
        self.flash = area.on_board()
        self.hal = hal

    def wall(self):
        """Unix seconds; None: nobody has set the clock, which starts in 2000 or 2021."""
        now = time.time() + _epoch()
        return now if now >= _SET else None

    def set_time(self, t):
        """Sets the clock to Unix seconds."""
        import machine

        y, month, day, h, m, s, weekday, _ = time.gmtime(t - _epoch())
        machine.RTC().datetime((y, month, day, weekday, h, m, s, 0))

    def random(self, n):
        return os.urandom(n)

    def unique(self):
        """The number of the chip. On the ESP32 the radio is on from here: only then its random
        numbers are true, and who asks for this is about to make a key."""
        import machine

        if sys.platform == "esp32":
            import network

            network.WLAN(network.STA_IF).active(True)
        return machine.unique_id()


class Link:
    """Keeps the network up: a timer of Net. `interface` as network.WLAN, connect() begins, and
    restart() is for an address that has changed: everything is bound to the old one. feed() is
    called at each look, keep() when it has worked for a minute."""

    def __init__(self, app, interface, connect, restart, feed, keep):
        self._app = app
        self._interface = interface
        self._connect = connect
        self._restart = restart
        self._looked = None
        self._tried = None
        self._bound = None  # address of the servers
        self._up = False
        self._feed = feed
        self._keep = keep
        self._looks = 0

    def tick(self, now):
        if self._looked is not None and diff(now, self._looked) < _LOOK_MS:
            return _LOOK_MS - diff(now, self._looked)
        self._looked = now
        self._feed()
        if self._looks < _GOOD_LOOKS:
            self._looks += 1
            if self._looks == _GOOD_LOOKS:
                self._keep()
        if self._interface.isconnected():
            self._tried = None
            if not self._up:
                self._raise(self._interface.ifconfig()[0])
            return _LOOK_MS
        if self._up:
            self._fall()
        if self._tried is None or diff(now, self._tried) >= _RETRY_MS:
            self._tried = now
            self._connect()
        return _LOOK_MS

    def _raise(self, address):
        app = self._app
        self._up = True
        if self._bound is None:
            self._bound = address
            app.start(address, _SHIP_PORT, app.board.MDNS)
        elif address != self._bound:
            self._restart()
        else:
            app.net.listen(address, _SHIP_PORT)
            if app.discovery:
                app.discovery.up(address)
            if app.echonet:
                app.echonet.up(address)

    def _fall(self):
        self._up = False
        self._app.net.deaf()
        if self._app.discovery:
            self._app.discovery.down()
        if self._app.echonet:
            self._app.echonet.down()


def run(board):
    """Runs the wallbox until Ctrl-C, after which the contactor is open."""
    package = __import__("firmware.hal." + board.HAL, None, None, ("create",))
    # the hardware first: its outputs are off from here on
    hal = package.create(board)
    try:
        _run(board, hal)
    finally:
        hal.contactor(False, board.PHASES)
        hal.tick(0)  # a front end is told
        time.sleep_ms(50)  # type: ignore[attr-defined]


def _run(board, hal):
    app = App(board, Place(hal))
    import machine
    import network

    # the name that the stock firmware answers to by mDNS
    network.hostname("plugship-" + app.serial)
    interfaces = load("firmware.interfaces")
    if board.NETWORK == "lan":
        interface, connect, words = interfaces.ethernet(board)
    else:
        interface, connect, words = interfaces.wifi(app.store.get(records.SETTINGS) or b"")
    del interfaces
    if board.MDNS == "early":
        from firmware.discovery import bind

        app.early = bind()
    app.net.timers.append(Counters(app))
    events = _remember(app) if board.EVENTS else None

    def restart():
        _stopped(events, 0)
        machine.reset()

    link = Link(app, interface, lambda: connect(*words), restart, _watchdog(board), keep)
    app.net.timers.append(link)
    # tools.deploy waits for this line
    print("plugship", VERSION, "SKI", hexlify(app.ski).decode())
    try:
        app.net.run()
    except KeyboardInterrupt:
        _stopped(events, 0)
        raise
    except BaseException:
        _stopped(events, 1)
        raise


def _remember(app):
    from machine import reset_cause

    from firmware.events import Events
    from firmware.hal import area

    try:
        flash = area.events_on_board()
        events = Events(app, flash, reset_cause())
    except OSError as error:
        print("no events: no room in the flash,", error)
        return None
    app.net.timers.append(events)
    if not app.board.PRODUCTION:
        from firmware.console import Console

        app.net.timers.append(Console(app.net, events))
    return events


def _stopped(events, error):
    if events:
        events.stop(error)


def _watchdog(board):
    # feed(); a native board has one that its supervision feeds
    if board.HAL == "native":
        return lambda: None
    from machine import WDT

    return WDT(timeout=_WATCHDOG_MS).feed


def keep():
    """The code slot that has started works: firmware.loader, which lies beside the slots."""
    __import__("loader").good()
    del sys.modules["loader"]
