"""The application: puts the wallbox together from a board config and runs it."""

import gc

from late import forget, load

from firmware import store as records
from firmware.charger import Charger
from firmware.commissioning import Commissioning
from firmware.eebus import Eebus
from firmware.limits import Limits
from firmware.store import Store
from ship.double import Doubles
from ship.ws import HEAD


class App:
    """`place`: what boards and the simulator differ in: clock, hal, flash, wall(), random(n),
    unique(): bytes that no other device has."""

    early = None  # the socket of mDNS, where it must be there before the network

    def __init__(self, board, place):
        self.board = board
        self.place = place
        self.clock = place.clock
        self.hal = place.hal
        self.store = Store(place.flash)
        forget("firmware.store_scan")
        self.limits = Limits(board)
        self.charger = Charger(self.hal, board, self.limits)
        if board.SWITCH_S or self.store.get(records.INSTALLER):
            load("firmware.installer").apply(self, True)
        if self.store.get(records.CERT) is None:
            self._be_born()
        self.serial = self.store.get(records.SERIAL).decode()
        self.on_peer = None  # (connection), when its state has changed
        self.on_state = None  # (use, old, new)
        self.send = bytearray(HEAD + board.SEND)
        self.eebus = Eebus(
            board,
            self.charger,
            self.store,
            self.save,
            self.serial.encode(),
            place.wall,
            self._state,
            place.hal.vehicle,
        )
        forget("firmware.entities")
        self.node, self.ski, self.ship_id = load("firmware.ship").node(self)
        self.doubles = Doubles(self.node, self.ski)
        self.commissioning = Commissioning(self.node, self.store, self.save)
        from firmware.net import Net

        self.net = Net(self.clock, self.node, self._identity, board.SESSIONS)
        self.net.timers += (self.eebus, self.charger, self.commissioning, self.doubles)
        if self.store.get(records.PIN):
            load("firmware.pin").start(self)
        self.discovery = None
        self.dialer = None
        self.echonet = None

    def start(self, host, port, mdns):
        """Serves the network at our address `host`. `mdns`: MDNS of a board, None: silent."""
        self.net.listen(host, port)
        self.discovery = load("firmware.announce").announce(self, host, mdns)
        forget("ship.txt")
        if self.board.ECHONET != "off":
            self.speak_echonet(host, self.board.ECHONET)
        gc.collect()

    def speak_echonet(self, host, mode):
        """Becomes an ECHONET Lite node (clause 7) at `host`; `mode`: "read" or "control"."""
        from firmware.echonet_net import EchonetNet

        self.echonet = EchonetNet(self, host, mode)

    def dial(self, ski, host, port):
        """Connects to a trusted node at a known address, and again when the connection is lost."""
        self.dialing().add(ski, [host], port)

    def dialing(self):
        """The Dialer."""
        if self.dialer is None:
            from firmware.dialer import Dialer

            self.dialer = Dialer(self.net, self.place.random)
            self.net.timers.append(self.dialer)
        return self.dialer

    def _be_born(self):
        gc.threshold(65536)  # long integers leave much garbage
        load("firmware.identity").create(self.store, self.board, self.place)
        gc.threshold(4096)
        forget("ship.selfsigned")
        forget("ship.p256")

    def _identity(self):
        return self.store.get(records.CERT), self.store.get(records.PRIVATE_KEY)

    def save(self, key, value):
        """Puts a value into the store; makes room while that is allowed. Raises StoreFull."""
        if not self.charger.contactor and self.store.need_compaction:
            self.store.compact()
        self.store.put(key, value)

    def factory_reset(self):
        """Forgets all but the identity and what guards the label's secret; the caller reboots."""
        self.store.compact(records.KEPT)

    def changed(self, conn):
        """The state of a connection is another one."""
        self.doubles.changed(conn)
        if self.on_peer:
            self.on_peer(conn)

    def _state(self, use, old, new):
        if self.on_state:
            self.on_state(use, old, new)


def main(name):
    """Runs the wallbox of board_configs/<name>.py until it is told to stop."""
    gc.threshold(4096)
    board = getattr(__import__("board_configs." + name), name)
    if board.HAL == "sim":
        from firmware.hal.sim import bench

        bench.run(board)
        return
    from firmware import onboard

    onboard.run(board)
