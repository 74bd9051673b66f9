"""The wallbox on a board: its flash, its clock, its network; `firmware.app.main` comes here."""

import os
import sys
import time
from binascii import hexlify

from micropython import const

from firmware import VERSION
from firmware import store as records
from firmware.app import App
from firmware.clock import Clock
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
        self.flash = area.on_flash(area.device())
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


def wifi(settings):
    """(interface, connect()): `settings` is the name of the network, a zero byte, its password."""
    import network

    name, _, password = settings.partition(b"\0")
    wlan = network.WLAN(network.STA_IF)
    wlan.active(True)
    # power save loses multicast, which is how managers find the wallbox
    wlan.config(pm=getattr(network.WLAN, "PM_NONE", 0xA11140))
    return wlan, lambda: wlan.connect(name.decode(), password.decode())


def ethernet(board):
    """(interface, connect()): a LAN8720 on the ESP32, a W5500 on the RP2040."""
    import network

    if board.CHIP == "esp32":
        from machine import Pin

        phy = network.PHY_LAN8720  # type: ignore[attr-defined]
        lan = network.LAN(  # type: ignore[call-arg]
            mdc=Pin(23), mdio=Pin(18), phy_type=phy, phy_addr=board.PHY_ADDRESS,
            ref_clk=Pin(0), ref_clk_mode=Pin.IN,
        )  # fmt: skip
    else:
        from machine import SPI, Pin

        chip = network.WIZNET5K  # type: ignore[attr-defined]
        lan = chip(SPI(0, 20_000_000, mosi=Pin(19), miso=Pin(16), sck=Pin(18)),
                   Pin(17), Pin(20))  # fmt: skip
    return lan, lambda: lan.active(True)


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
    import network

    # the name that the stock firmware answers to by mDNS
    network.hostname("plugship-" + app.serial)
    if board.NETWORK == "lan":
        interface, connect = ethernet(board)
    else:
        interface, connect = wifi(app.store.get(records.SETTINGS) or b"")
    if board.MDNS == "early":
        from firmware.discovery import bind

        app.early = bind()
    from machine import reset

    app.net.timers.append(Link(app, interface, connect, reset, _watchdog(board), keep))
    # tools.deploy waits for this line
    print("plugship", VERSION, "SKI", hexlify(app.ski).decode())
    app.net.run()


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
