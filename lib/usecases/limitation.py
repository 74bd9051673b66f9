"""The state machine of a controllable system, limitation of power consumption or production
(LPC / LPP 1.0.0, 2.3), without SPINE. Numbers in [] are requirements of the test specification.

The port is told by `limit(w)` what applies now (W, or -1: nothing), and asked by `refuses()`
whether a permitted reason (self-protection, safety, law) forbids to apply a limit: None or a text.
"""

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
_LONG_S = const(100000)  # tick() is called again before that


class Limitation:
    def __init__(self, port, failsafe_w, failsafe_s, on_state):
        """Starts in init: held to the failsafe limit [017]. `on_state(old, new)` is told of
        transitions."""
        self.port = port
        self.on_state = on_state
        self.failsafe_w = failsafe_w
        self.failsafe_s = failsafe_s
        self.state = INIT
        self.value = 0
        self.left_s = -1  # of the limit's duration, -1: for ever
        self.now = 0
        self.second = -1  # up to where left_s and failsafe_left are counted down
        self.control = -1  # since when a limit is waited for: entering init, heartbeat in failsafe
        self.beat_at = -1  # last heartbeat, -1: none in the last 120 s
        self.failsafe_left = 0
        self.apply()

    def apply(self):
        state = self.state
        if state == LIMITED:
            self.port.limit(self.value)
        else:
            self.port.limit(self.failsafe_w if state == INIT or state == FAILSAFE else -1)

    def enter(self, state):
        old = self.state
        self.state = state
        self.control = -1
        if not self.proven():
            self.left_s = -1
            self.failsafe_left = self.failsafe_s
            self.second = self.now
        self.apply()
        if old != state:
            self.on_state(old, state)

    def heartbeat(self):
        self.beat_at = self.now
        if self.control < 0:
            self.control = self.now

    def proven(self):
        """Whether the guard is in control: init, failsafe and autonomous listen only to a limit,
        and only right after a heartbeat [036] [037]."""
        return self.state == CONTROLLED or self.state == LIMITED

    def heard(self):
        """Whether a limit is looked at now [036]."""
        fresh = self.beat_at >= 0 and diff(self.now, self.beat_at) <= _FRESH_MS
        return self.proven() or fresh

    def limit(self, active, value, left_s):
        """An accepted limit of `value` W for `left_s` (-1: for ever) [002]. The duration of one
        that is not active runs down, too."""
        self.value = value
        if left_s != self.left_s:
            self.left_s = left_s or -1  # PT0S: eebus-go's way to say that there is none
            self.second = self.now
        self.enter(LIMITED if active else CONTROLLED)

    def refused(self):
        """A refused limit proves that a guard is there: init, failsafe and autonomous end
        [018] [031]."""
        if self.heard() and not self.proven():
            self.enter(CONTROLLED)

    def configure(self, failsafe_w, failsafe_s):
        self.failsafe_w = failsafe_w
        self.failsafe_s = failsafe_s
        self.apply()

    def tick(self, now):
        """Fires what is due; ms to the next."""
        self.now = now
        if self.second < 0:
            self.second = self.control = now
        wait = -1
        if self.beat_at >= 0:
            wait = _LOSS_MS - diff(now, self.beat_at)
            if wait <= 0:
                self.beat_at = -1
        state = self.state
        if self.proven():
            if self.beat_at < 0:
                self.enter(FAILSAFE)
                return 0
            if state == LIMITED and self.port.refuses():
                self.enter(CONTROLLED)  # [045]
                return 0
        elif state == AUTONOMOUS or self.control < 0:
            wait = -1
        else:
            wait = _CONTROL_MS - diff(now, self.control)
            if wait <= 0:
                self.enter(AUTONOMOUS)
                return 0
        # whole seconds: the limit's duration [025], the failsafe minimum [022/3]
        gone = diff(now, self.second) // 1000
        self.second = add(self.second, gone * 1000)
        if state == FAILSAFE:
            left = self.failsafe_left = self.failsafe_left - gone
            if left <= 0:
                self.enter(AUTONOMOUS)
                return 0
        elif self.left_s < 0:
            return wait
        else:
            left = self.left_s - gone
            if left <= 0:
                self.left_s = -1
                if state == LIMITED:
                    self.enter(CONTROLLED)
                    return 0
                return wait
            self.left_s = left
        return sooner(wait, min(left, _LONG_S) * 1000 - diff(now, self.second))
