"""Where everything that limits the charging current meets.

Each origin owns one slot: a total active power in W, a current per phase in mA, or both. The
smallest obligation wins; a recommendation counts only below it. LPP limits what the car
feeds back and never the consumption. `ruling` always says who decided; `paused`: it is too
little to charge; `kept`: the least current is offered although the watts would not do.
"""

from array import array

from micropython import const

LPC = const(0)
LPP = const(1)
OPEV = const(2)
ECHONET = const(3)
USER = const(4)
CABLE = const(5)
BOARD = const(6)
TEMPERATURE = const(7)
METER = const(8)
FUSE = const(9)
# recommendations come behind the obligations: of equals the first rules
OSCEV = const(10)
CEVC = const(11)

ORIGINS = "lpc lpp opev echonet user cable board temperature meter fuse oscev cevc".split()

_COUNT = const(12)
_MAX_W = const(100000)  # above every wallbox; keeps the products below 2**30
_ALL = const(1 << 29)  # mA or W, above everything


class Limits:
    """`board`: U_MV, MIN_MA, MAX_MA and FLOOR are taken from it.

    The slots lie in parallel arrays indexed by origin, for readers: `active` (0 or 1), `w`
    (-1: none), `ma` (3 per origin, -1: none), `peer` (SKI or None) and `left_s`, the seconds
    that the limit still holds (-1: no end). Whoever owns a limit runs its timer and keeps
    left_s; Limits itself knows no time.
    """

    def __init__(self, board):
        self._u_mv = board.U_MV
        self._min = board.MIN_MA
        # [LPC] names watts, IEC 61851 offers amperes: from this power on a three-phase car
        # is not paused for a mains voltage above the nominal one
        self._keep_w = 0
        if board.FLOOR == "nominal":
            self._keep_w = 3 * (board.MIN_MA // 100) * (board.U_MV // 100) // 100
        self.active = bytearray(_COUNT)
        self.w = array("i", (-1,) * _COUNT)
        self.ma = array("i", (-1,) * (3 * _COUNT))
        self.left_s = array("i", (-1,) * _COUNT)
        self.peer = [None] * _COUNT
        self.dirty = True  # a slot has changed since the last offer()
        self.ruling = BOARD
        self.paused = False
        self.kept = False
        self.current(BOARD, board.MAX_MA, board.MAX_MA, board.MAX_MA)

    def power(self, origin, w, peer=None, left_s=-1):
        """`origin` limits the total active power to `w` W, 0 or more (LPP: its magnitude)."""
        self._put(origin, w, -1, -1, -1, peer, left_s)

    def current(self, origin, a, b, c, peer=None, left_s=-1):
        """`origin` limits the current of each phase in mA; -1: that phase is not limited."""
        self._put(origin, -1, a, b, c, peer, left_s)

    def clear(self, origin):
        """The limit of `origin` holds no longer; its values stay readable."""
        if self.active[origin]:
            self.active[origin] = 0
            self.left_s[origin] = -1
            self.dirty = True

    def _put(self, origin, w, a, b, c, peer, left_s):
        # what a peer may send is bounded by nothing, the arrays are
        w = min(w, _ALL)
        a = min(a, _ALL)
        b = min(b, _ALL)
        c = min(c, _ALL)
        ma = self.ma
        i = 3 * origin
        self.left_s[origin] = left_s
        self.peer[origin] = peer
        if (
            not self.active[origin]
            or self.w[origin] != w
            or ma[i] != a
            or ma[i + 1] != b
            or ma[i + 2] != c
        ):
            self.active[origin] = 1
            self.w[origin] = w
            ma[i] = a
            ma[i + 1] = b
            ma[i + 2] = c
            self.dirty = True

    def offer(self, phases, u_mv, out):
        """The current to offer on the first `phases` (1 to 3) phases, into out[3] in mA.

        All of them get the same, because the pilot has one value for all; phases not in use
        get 0. `u_mv`: measured voltages in mV (3); the nominal one takes the place of an
        implausible one. The result is a multiple of 100 mA, and 0 (pause) below MIN_MA.
        """
        volts = 0
        for i in range(phases):
            u = u_mv[i]
            volts += u if 2 * u > self._u_mv else self._u_mv
        best = _ALL
        ruling = BOARD
        kept = False
        for origin in range(_COUNT):
            if self.active[origin] and origin != LPP:
                ma = self._amperes(origin, phases)
                keep = False
                w = self.w[origin]
                if w >= 0:
                    by_w = (w if w < _MAX_W else _MAX_W) * 10000 // volts * 100
                    if by_w < self._min and 0 < self._keep_w <= w:
                        by_w = self._min
                        keep = True
                    if by_w < ma:
                        ma = by_w
                if ma < best:
                    best = ma
                    ruling = origin
                    kept = keep
        self.ruling = ruling
        self.kept = kept
        self.paused = best < self._min
        if self.paused:
            best = 0
        for i in range(3):
            out[i] = best if i < phases else 0
        self.dirty = False

    def _amperes(self, origin, phases):
        least = _ALL
        for i in range(3 * origin, 3 * origin + phases):
            if 0 <= self.ma[i] < least:
                least = self.ma[i]
        return least // 100 * 100
