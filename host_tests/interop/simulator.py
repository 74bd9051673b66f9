"""The wallbox under test: tools.sim on a host of a `netns.Network`."""

import os
import sys
import time

from host_tests.interop.process import LineProcess, pipes

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PORT = 4712
START_S = 30


class Simulator(LineProcess):
    """Starts it and waits for `ready`; `ski` and `ship_id` are then known.

    `trust` is a list of SKIs. The control channel is stdin: the control port of a simulator in a
    namespace can't be reached from outside.
    """

    def __init__(self, network, host, state, log, trust=(), options=()):
        argv = [sys.executable, "-m", "tools.sim", "--state", state, "--port", str(PORT)]
        argv += ["--host", host.address, "--mdns", "on", *options]
        for ski in trust:
            argv += ["--trust", ski]
        super().__init__("tools.sim", network.run(host, argv, cwd=ROOT, **pipes()), log)
        try:
            ready = self.event("ready", START_S)
        except Exception:
            self.stop()
            raise
        self.ski = ready["ski"]
        self.ship_id = ready["ship_id"]

    def status(self):
        return self.command("status")

    def until(self, what, test, timeout=5):
        """The first status for which test(status) is true; AssertionError with the last one."""
        deadline = time.monotonic() + timeout
        while not test(status := self.status()):
            if time.monotonic() > deadline:
                told = {k: status.get(k) for k in ("pilot", "offered_ma", "draw_ma", "ruling")}
                raise AssertionError(f"not {what}: lpc {status.get('lpc')}, {told}")
            time.sleep(0.1)
        return status

    def advance(self, seconds, step=10):
        """Moves the wallbox's clock in steps, with time between them for peers to answer.

        A single jump would let a ping run into its deadline before the peer could see it.
        """
        while seconds > 0:
            self.command("advance", s=min(step, seconds))
            seconds -= step
            time.sleep(0.1)
