"""What opens the contactor when the event loop stands still: pilot, residual current, main loop.

step() is run every PERIOD_MS by a hard timer interrupt or the second core, whatever the rest of
the firmware does: it allocates nothing, imports nothing, takes no lock. It alone drives the
contactor outputs: the charger only asks with want(). So a stopped supervision can not switch
on, and main loop and supervision look after each other:

- step() opens within two periods after the pilot has left C or D, or a fault input is active;
- a trip is latched until the charger has asked to open: it never closes again by itself;
- step() opens when the main loop has not been there for _MAIN_MS;
- step() feeds the watchdog, until the main loop has been away for _HUNG_MS. It stops with it:
  within WATCHDOG_MS the processor is reset, which takes the outputs away (pull-downs at the
  contactor drivers open it);
- alive() tells the main loop that step() has run.
"""

from micropython import const

from firmware import hal
from firmware.hal.levels import diode_missing, state

PERIOD_MS = const(10)
WATCHDOG_MS = const(1500)  # erasing flash stops everything for up to 400 ms
_MAIN_MS = const(8000)  # the longest wait of the main loop is a TLS handshake of 1 to 2 s
_HUNG_MS = const(60000)  # it will not come back
_CONFIRM = const(2)  # periods in a row: a single sample may be disturbed


class Supervision:
    """`pilot`: sample() -> True when `high`, `low` (mV) are new; `fault`: () -> bits of hal that
    open at once; `outputs`: callables (0 or 1), L1 or all phases first; `feed`: () or None.
    """

    def __init__(self, pilot, fault, outputs, feed=None):
        self._sample = pilot.sample
        self._pilot = pilot
        self._fault = fault
        self._one = outputs[0]
        self._rest = outputs[-1]
        self._feed = feed
        self.state = hal.A
        self.seen = hal.A
        self.pwm = False  # a PWM is on: the negative level must be there
        self.faults = 0
        self.tripped = False
        self.closed = False
        self.beats = 0
        self._told = 0
        self._bad = 0
        self._same = 0
        self._still = 0  # periods without a new sample
        self._main = 0  # periods since the main loop was there
        self._wanted = 0  # phases

    # -- from the main loop

    def want(self, phases):
        """Phases to be on: 0, 1 or 3. 0 clears a trip. Becomes true with the next step()."""
        if not phases:
            self._wanted = 0
            self.tripped = False
        elif not self.tripped:
            self._wanted = phases

    def alive(self):
        """The main loop is there; has step() run since the last call?"""
        self._main = 0
        beats = self.beats
        ran = beats != self._told
        self._told = beats
        return ran

    def open(self):
        """Opens from outside of step(): when alive() says that it runs no more."""
        self._wanted = 0
        self._drive(0)

    # -- from the interrupt or the second core

    def step(self):
        self.beats = (self.beats + 1) & 0xFFFF
        self._look()
        self._main += 1
        bits = self._fault()
        if self._still > 5:
            bits |= hal.SUPERVISION  # the converter has stopped
        pilot = self._pilot
        if diode_missing(pilot.high, pilot.low, self.pwm):
            bits |= hal.DIODE
        charging = self.seen == hal.C or self.seen == hal.D
        if bits or not charging or self._main > _MAIN_MS // PERIOD_MS:
            self._bad += 1
        else:
            self._bad = 0
        self.faults = bits
        wanted = self._wanted
        # tripped: want() may have been interrupted between its look and its setting
        if wanted and (self.tripped or self._bad >= (_CONFIRM if self.closed else 1)):
            self._wanted = wanted = 0
            self.tripped = True
        self._drive(wanted)
        if self._feed and self._main < _HUNG_MS // PERIOD_MS:
            self._feed()

    def _look(self):
        if not self._sample():
            self._still += 1
            return
        self._still = 0
        pilot = self._pilot
        seen = state(pilot.high, pilot.low, self.state)
        if seen == self.seen:
            self._same += 1
            if self._same >= _CONFIRM:
                self.state = seen
        else:
            self.seen = seen
            self._same = 1

    def _drive(self, phases):
        self._one(1 if phases else 0)
        if self._rest is not self._one:
            self._rest(1 if phases == 3 else 0)
        self.closed = phases > 0
