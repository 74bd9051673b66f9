"""The simulator inside MicroPython: the wallbox on a simulated board, led by the console.

Commands come in through console.py.
"""

import json
import os
import sys
import time
from binascii import crc32, hexlify, unhexlify

from late import load
from micropython import const

from firmware.app import App
from firmware.charger import fault_names
from firmware.counters import Counters
from firmware.hal.sim import create, flash
from firmware.hal.sim.clock import SimClock
from firmware.hal.sim.console import Console
from ship.states import STATES

_PACKAGE = "firmware.hal.sim."
_USER_INPUT = 64  # trust level (Table 30)
_POWER_ON = const(1)  # cause of a reset


class Place:
    def __init__(self, board, settings):
        self.clock = SimClock(settings["speed"])
        self.start = int(time.time())  # the PC knows the time
        self.hal = create(board)
        self.flash = flash.in_file(settings["state"] + "/flash.bin")
        self.events = flash.in_file(settings["state"] + "/events.bin", flash.EVENTS)
        if settings.get("meter"):
            from firmware.hal.sim import wired

            self.hal.meter_box = wired.meter(settings["meter"], board)
        self.asks_access = settings.get("asks_access", True)

    def wall(self):
        """Unix seconds, None while nobody knows them. They run with the protocol clock."""
        return self.start and self.start + self.clock.t_ms() // 1000

    def set_time(self, t):
        """`t`: Unix seconds, or None."""
        self.start = t and t - self.clock.t_ms() // 1000

    def random(self, n):
        return os.urandom(n)

    def unique(self):
        return os.urandom(6)


class Bench:
    def __init__(self, board, settings):
        self.settings = settings
        self.place = Place(board, settings)
        self.app = App(board, self.place)
        self.clock = self.place.clock
        self.hal = self.place.hal
        self.console = Console(self)
        app = self.app
        app.on_peer = self._peer
        app.on_state = self._state
        app.charger.on_change = self._charge
        self.faults = 0
        self.slots = None  # checksum of the arrays of Limits
        self.told = {}  # origin -> checksum of the entry
        for ski in settings["trust"]:
            app.commissioning.trust(unhexlify(ski), _USER_INPUT)
        for host, port, ski in settings["peers"]:
            app.dial(unhexlify(ski), host, port)
        app.net.timers.append(self)
        app.net.timers.append(Counters(app))
        self.events = None
        if board.EVENTS:
            from firmware.events import Events

            self.events = Events(app, self.place.events, settings.get("cause", _POWER_ON))
            app.net.timers.append(self.events)
        app.net.watch(sys.stdin, self._stdin)

    def run(self):
        app = self.app
        app.start(self.settings["host"], self.settings["port"], self.settings["mdns"])
        if self.settings["echonet"]:
            app.speak_echonet(self.settings["echonet"], "control")
        self.console.event(
            "ready",
            {
                "ski": hexlify(app.ski).decode(),
                "ship_id": app.ship_id.decode(),
                "host": self.settings["host"],
                "port": app.net.port,
            },
        )
        try:
            app.net.run()
        except BaseException:
            self._record_stop(1)
            raise
        self._record_stop(0)

    def _record_stop(self, error):
        if self.events:
            self.events.stop(error)

    def _stdin(self):
        self.app.net.fire()  # what came in this turn takes effect before anybody asks
        if not self.console.readable():
            self.app.net.unwatch(sys.stdin)

    # events

    def _peer(self, conn):
        ski = hexlify(conn.ski).decode()
        self.console.event("peer", {"ski": ski, "state": STATES[conn.state]})

    def _state(self, use, old, new):
        self.console.event("state", {"use": use, "from": old, "to": new})

    def _charge(self, mask):
        charger = self.app.charger
        if mask & 0x23:  # pilot, contactor, plug
            self.console.event("charge", {"pilot": charger.pilot, "contactor": charger.contactor})
        changed = charger.faults ^ self.faults
        if changed:
            self.faults = charger.faults
            for name in fault_names(changed):
                on = name in fault_names(charger.faults)
                self.console.event("fault", {"name": name, "on": on})

    def tick(self, now):
        slots = self.app.limits
        seen = crc32(slots.ma, crc32(slots.w, crc32(slots.active)))
        if seen == self.slots:
            return -1
        self.slots = seen
        for entry in load(_PACKAGE + "status").limits(self.app):
            origin = entry["origin"]
            told = crc32(json.dumps(entry).encode())
            if self.told.get(origin) != told and origin not in ("board", "fuse"):
                self.told[origin] = told
                self.console.event("limit", entry)
        return -1

    def command(self, name):
        """The function of a command that concerns the whole application, or None."""
        return getattr(load(_PACKAGE + ("status" if name == "status" else "commands")), name, None)

    def stop(self):
        self.app.net.stop()


def run(board):
    Bench(board, json.loads(os.getenv("PLUGSHIP_SIM"))).run()
