"""A child for tests of tools.sim: the real console and store, no protocols and no sockets.

Runs under MicroPython in place of firmware.app. `pin` makes it misbehave: see App.pin.
"""

import binascii
import hashlib
import json
import os
import select
import sys
import time

from firmware import store as records
from firmware.hal.sim.clock import SimClock
from firmware.hal.sim.console import Console
from firmware.hal.sim.flash import in_file
from firmware.store import Store


def ski(der):
    at = der.find(b"\x03\x42\x00\x04", der.find(b"\x06\x07*\x86H\xce=\x02\x01"))
    return binascii.hexlify(hashlib.sha1(der[at + 3 : at + 68]).digest()).decode()


class App:
    def __init__(self, settings):
        self.settings = settings
        self.store = Store(in_file(settings["state"] + "/flash.bin"))
        self.clock = SimClock(settings["speed"])
        self.hal = self
        self.running = True
        self.deaf = False
        self.plugged = False
        self.console = Console(self)
        for peer in settings["trust"]:
            self.trust(peer)

    def command(self, name):
        return getattr(type(self), name, None)

    def status(self):
        trust = [self.store.get(records.TRUST + i) for i in range(records.TRUST_MAX)]
        return {
            "t_ms": self.clock.t_ms(),
            "plugged": self.plugged,
            "trusted": [t.decode() for t in trust if t],
            "settings": self.settings,
            "argv": sys.argv,
        }

    def plug(self):
        if self.plugged:
            raise ValueError("plugged in already")
        self.plugged = True
        self.console.event("charge", {"pilot": "B", "contactor": False})

    def trust(self, ski, tool=None, odd=None):
        for i in range(records.TRUST_MAX):
            if self.store.get(records.TRUST + i) is None:
                self.store.put(records.TRUST + i, ski.encode())
                return

    def factory_reset(self):
        self.store.compact(records.KEPT)

    def advance(self, s):
        self.clock.advance(int(s * 1000))

    def speed(self, x):
        self.clock.speed(x)

    def net(self, up, host):
        pass

    def pin(self, value, mode, ski):
        if value == "deaf":
            self.deaf = True
        elif value == "crash":
            sys.exit(3)
        elif value == "chatter":
            print("no JSON")
            print("[1]")
            print('{"re": 99999, "ok": true}')
        elif value == "events":
            for n in range(5000):
                self.console.event("limit", {"n": n})
        elif value == "silent":
            self.console.event("asleep", {})
            time.sleep(30)

    def stop(self):
        if not self.deaf:
            self.running = False
            self.console.event("goodbye", {})


def main():
    settings = json.loads(os.getenv("PLUGSHIP_SIM"))
    if settings["host"] == "127.0.0.9":
        sys.exit(4)  # as when the address cannot be bound
    app = App(settings)
    console = app.console
    port = settings["port"]
    console.event(
        "ready",
        {
            "ski": ski(app.store.get(records.CERT)),
            "ship_id": app.store.get(records.SHIP_ID).decode(),
            "host": settings["host"],
            "port": port,
            "boot": settings["boot"],
        },
    )
    poll = select.poll()
    poll.register(sys.stdin, select.POLLIN)
    while app.running:
        poll.poll(1000)
        if not console.readable():
            # the parent is gone: a goodbye that takes its time, and leaves a trace
            time.sleep(1)
            open(settings["state"] + "/goodbye", "w").close()
            break


main()
