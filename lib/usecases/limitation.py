"""The state machine of a controllable system, limitation of power consumption or production
(LPC / LPP 1.0.0, 2.3), without SPINE. Numbers in [] are the requirements of the test specification.

The port is told by `limit(w)` what applies now (W, or -1: nothing), and asked by `refuses()` whether a
permitted reason (self-protection, safety, law) forbids to apply a limit: None or a text."""

from micropython import const

from ticks import add, diff, sooner

INIT = 0
CONTROLLED = 1  # unlimited/controlled
LIMITED = 2
FAILSAFE = 3
AUTONOMOUS = 4  # unlimited/autonomous

STATES = ("init", "uc", "limited", "failsafe", "ua")

MIN_FAILSAFE_S = 7200
MAX_FAILSAFE_S = 86400

_LOSS_MS = const(120000)  # no heartbeat of the guard [028] [029]
_FRESH_MS = const(60000)  # a limit counts so long after a heartbeat [036]
_CONTROL_MS = const(120000)  # wait for control [022/1] [022/2]


class Limitation:
    def __init__(self, port, failsafe_w, failsafe_s, on_state):
        """Starts in init: held to the failsafe limit [017]. `on_state(old, new)` is told of transitions."""
        self.port = port
        self.on_state = on_state
        self.failsafe_w = failsafe_w
        self.failsafe_s = failsafe_s
        self.state = INIT
        self.value = 0
        self.left_s = -1  # of the limit's duration, -1: for ever
        self.now = 0
        self.since = -1  # of the state
        self.beat_at = -1  # last heartbeat, -1: none in the last 120 s
        self.first_beat = -1  # first heartbeat since failsafe was entered
        self.failsafe_left = 0
        self.second = 0
        self.apply()

    def apply(self):
        if self.state == LIMITED:
            self.port.limit(self.value)
        else:
            held = self.state == INIT or self.state == FAILSAFE
            self.port.limit(self.failsafe_w if held else -1)

    def enter(self, state):
        old = self.state
        self.state = state
        self.since = self.now
        self.first_beat = -1
        if state == FAILSAFE:
            self.failsafe_left = self.failsafe_s
        if state != LIMITED:
            self.left_s = -1
        self.apply()
        if old != state:
            self.on_state(old, state)

    def heartbeat(self):
        self.beat_at = self.now
        if self.first_beat < 0:
            self.first_beat = self.now

    def unproven(self):
        """In these states only a limit right after a heartbeat is listened to [036] [037]."""
        return self.state == INIT or self.state == FAILSAFE or self.state == AUTONOMOUS

    def fresh(self):
        return self.beat_at >= 0 and diff(self.now, self.beat_at) <= _FRESH_MS

    def may_limit(self, active, value):
        """Whether a limit of `value` W would be accepted."""
        if self.unproven() and not self.fresh():
            return False
        return value >= 0 and not (active and self.port.refuses())

    def limit(self, active, value, left_s):
        """An accepted limit [002]."""
        self.value = value
        self.left_s = left_s if active and left_s > 0 else -1
        self.second = self.now
        self.enter(LIMITED if active else CONTROLLED)

    def refused(self):
        """A refused limit proves that a guard is there: init, failsafe and autonomous end [018] [031]."""
        if self.unproven() and self.fresh():
            self.enter(CONTROLLED)

    def may_configure(self):
        """Failsafe values may be written [037]."""
        return not self.unproven()

    def configure(self, failsafe_w, failsafe_s):
        self.failsafe_w = failsafe_w
        self.failsafe_s = failsafe_s
        self.apply()

    def tick(self, now):
        """Fires what is due; ms to the next."""
        self.now = now
        if self.since < 0:
            self.since = self.second = now
        state = self.state
        lost = self.beat_at < 0 or diff(now, self.beat_at) >= _LOSS_MS
        if lost:
            self.beat_at = -1
        if state == CONTROLLED or state == LIMITED:
            if lost:
                self.enter(FAILSAFE)
                return 0
        elif state == INIT:
            if diff(now, self.since) >= _CONTROL_MS:
                self.enter(AUTONOMOUS)
                return 0
        elif state == FAILSAFE and self.first_beat >= 0:
            if diff(now, self.first_beat) >= _CONTROL_MS:
                self.enter(AUTONOMOUS)
                return 0
        return self._countdown(now)

    def _countdown(self, now):
        """The limit's duration [025] and the failsafe minimum [022/3], in whole seconds."""
        gone = diff(now, self.second) // 1000
        if gone > 0:
            self.second = add(self.second, gone * 1000)
            if self.left_s >= 0:
                self.left_s -= min(gone, self.left_s)
                if self.left_s == 0:
                    self.enter(CONTROLLED)
                    return 0
            if self.state == FAILSAFE:
                self.failsafe_left -= min(gone, self.failsafe_left)
                if self.failsafe_left == 0:
                    self.enter(AUTONOMOUS)
                    return 0
        wait = -1
        rest = 1000 - diff(now, self.second)
        if self.left_s > 0:
            wait = (self.left_s - 1) * 1000 + rest
        if self.state == FAILSAFE:
            wait = sooner(wait, (self.failsafe_left - 1) * 1000 + rest)
            if self.first_beat >= 0:
                wait = sooner(wait, _CONTROL_MS - diff(now, self.first_beat))
        elif self.state == INIT:
            wait = sooner(wait, _CONTROL_MS - diff(now, self.since))
        elif self.state != AUTONOMOUS:
            wait = sooner(wait, max(_LOSS_MS - diff(now, self.beat_at), 0))
        return wait
