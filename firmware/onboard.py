"""The wallbox on a board: its flash, its clock, its network; `firmware.app.main` comes here."""

import os
import sys
import time

from micropython import const

from firmware import store as records
from firmware.app import App
from firmware.clock import Clock
from ticks import diff

_SHIP_PORT = const(4712)
_LOOK_MS = const(2000)  # how often the network is looked at
_RETRY_MS = const(30000)  # a connect() that has come to nothing by then is made again
_EPOCH_2000 = const(946684800)  # of the ESP32 ports, in Unix seconds


class Place:
    """What App needs of the board. `device`: the block device of the file system."""

    def __init__(self, board, device, hal):
        from firmware.hal.area import on_flash

        self.clock = Clock()
        self.flash = on_flash(device)
        self.hal = hal

    def wall(self):
        """Unix seconds, as far as the board knows them."""
        now = time.time()
        return now if time.gmtime(0)[0] == 1970 else now + _EPOCH_2000

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
    restart() is for an address that has changed: everything is bound to the old one."""

    def __init__(self, app, interface, connect, restart):
        self._app = app
        self._interface = interface
        self._connect = connect
        self._restart = restart
        self._looked = None
        self._tried = None
        self._bound = None  # address of the servers
        self._up = False

    def tick(self, now):
        if self._looked is not None and diff(now, self._looked) < _LOOK_MS:
            return _LOOK_MS - diff(now, self._looked)
        self._looked = now
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
            app.start(address, _SHIP_PORT, True)
        elif address != self._bound:
            self._restart()
        else:
            app.net.listen(address, _SHIP_PORT)
            if app.echonet:
                app.echonet.up(address)

    def _fall(self):
        self._up = False
        self._app.net.deaf()
        if self._app.echonet:
            self._app.echonet.down()


def device():
    """The block device that the stock firmware mounts."""
    if sys.platform == "rp2":
        import rp2

        return rp2.Flash()
    import esp32

    return esp32.Partition.find(esp32.Partition.TYPE_DATA, label="vfs")[0]


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

        lan = network.LAN(
            mdc=Pin(23), mdio=Pin(18), phy_type=network.PHY_LAN8720, phy_addr=board.PHY_ADDRESS,
            ref_clk=Pin(0), ref_clk_mode=Pin.IN,
        )  # fmt: skip
    else:
        from machine import SPI, Pin

        lan = network.WIZNET5K(SPI(0, 20_000_000, mosi=Pin(19), miso=Pin(16), sck=Pin(18)),
                               Pin(17), Pin(20))  # fmt: skip
    return lan, lambda: lan.active(True)


def run(board):
    """Runs the wallbox."""
    package = __import__("firmware.hal." + board.HAL, None, None, ("create",))
    # the hardware first: its outputs are off from here on
    hal = package.create(board)
    app = App(board, Place(board, device(), hal))
    if board.NETWORK == "lan":
        interface, connect = ethernet(board)
    else:
        interface, connect = wifi(app.store.get(records.SETTINGS) or b"")
    from machine import reset

    app.net.timers.append(Link(app, interface, connect, reset))
    app.net.run()
