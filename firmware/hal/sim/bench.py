"""The simulator inside MicroPython: the wallbox on a simulated board, led by the console.

The commands of tools.sim that concern the whole application end here; see console.py.
"""

import json
import os
import sys
import time
from binascii import hexlify, unhexlify

from firmware.app import App, forget
from firmware.charger import fault_names
from firmware.clock import real_ms
from firmware.hal.sim import create, flash
from firmware.hal.sim.clock import SimClock
from firmware.hal.sim.console import Console
from ship.node import TrustFull

_USER_MA = 80000  # above every wallbox
_PONG_MS = 1000  # real time for a peer to answer a ping that a jump of the clock has made due


class Place:
    def __init__(self, board, settings):
        self.clock = SimClock(settings["speed"])
        self.hal = create(board)
        self.flash = flash.in_file(settings["state"] + "/flash.bin")
        if settings.get("meter"):
            from firmware.hal.sim import wired

            self.hal.meter_box = wired.meter(settings["meter"], board)
        self.asks_access = settings.get("asks_access", True)

    def wall(self):
        """Unix seconds: the PC knows the time; it runs with the protocol clock."""
        return START + self.clock.t_ms() // 1000

    def random(self, n):
        return os.urandom(n)

    def unique(self):
        return os.urandom(6)


START = int(time.time())


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
        self.slots = None  # copies of the arrays of Limits
        self.told = {}  # origin -> entry
        for ski in settings["trust"]:
            app.commissioning.trust(unhexlify(ski))
        for host, port, ski in settings["peers"]:
            app.dial(unhexlify(ski), host, port)
        app.net.timers.append(self)
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
        app.net.run()

    def _stdin(self):
        self.app.net.fire()  # what came in this turn takes effect before anybody asks
        if not self.console.readable():
            self.app.net.unwatch(sys.stdin)

    # events

    def _peer(self, ski, state):
        self.console.event("peer", {"ski": ski, "state": state})

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
        seen = self.slots
        if seen and seen[0] == slots.active and seen[1] == slots.w and seen[2] == slots.ma:
            return -1
        self.slots = (bytes(slots.active), slots.w[:], slots.ma[:])
        for entry in _status().limits(self.app):
            origin = entry["origin"]
            if self.told.get(origin) != entry and origin not in ("board", "fuse"):
                self.told[origin] = entry
                self.console.event("limit", entry.copy())
        return -1

    # commands

    def status(self):
        return _status().status(self)

    def trust(self, ski):
        try:
            self.app.commissioning.trust(unhexlify(ski))
        except TrustFull:
            raise ValueError("the trust list is full: untrust somebody first")

    def untrust(self, ski):
        self.app.commissioning.untrust(unhexlify(ski))

    def button(self):
        self.app.commissioning.button()

    def pin(self, value, mode):
        raise ValueError("a PIN is not built yet")

    def user(self, ma):
        if ma is not None and not 0 <= ma <= _USER_MA:
            raise ValueError("ma is from 0 to %d, or null for no limit" % _USER_MA)
        self.app.charger.user(-1 if ma is None else ma)

    def net(self, up, host):
        net = self.app.net
        net.deaf()
        echonet = self.app.echonet
        if echonet:
            echonet.down()
        if up:
            where = host or self.settings["host"]
            try:
                net.listen(where, net.port)
            except OSError as error:
                raise ValueError("cannot listen at %s: errno %d" % (where, error.errno))
            self.settings["host"] = where
            if echonet:
                echonet.up(host or self.settings["echonet"])

    def factory_reset(self):
        self.app.factory_reset()

    def speed(self, x):
        self.clock.speed(x)

    def stop(self):
        self.app.net.stop()

    def advance(self, s):
        """Moves the clock from timer to timer, so that each fires at its own time."""
        clock = self.clock
        net = self.app.net
        left = int(s * 1000)
        while left > 0 and net.running:
            now = clock.now()
            wait = left
            for timer in net.timers + net.node.conns:
                due = timer.tick(now)
                if 0 <= due < wait:
                    wait = max(due, 1)
            clock.advance(wait)
            left -= wait
            self._settle()

    def _settle(self):
        """What the jump has made due goes out; pongs are waited for, or peers would seem dead."""
        net = self.app.net
        net.turn(0)
        until = time.ticks_add(real_ms(), _PONG_MS)
        while time.ticks_diff(until, real_ms()) > 0:
            if all(conn.pong_at < 0 and not conn.want_ping for conn in net.node.conns):
                break
            net.turn(2)


def _status():
    """The module status: loaded now, and let go when the caller is done."""
    from firmware.hal.sim import status

    forget("firmware.hal.sim.status")
    forget("firmware.reasons")
    return status


def run(board):
    Bench(board, json.loads(os.getenv("PLUGSHIP_SIM"))).run()
