"""Switches a wallbox between three phases and one: loaded where that is allowed.

Too little for three phases is often enough for one: 3 kW are 13 A. Down it goes when the
limits have paused the charging and the contactor is open; up again when they would do for three
phases for a while. Never under load: the offer ends first, the car opens its load, the contactor
opens, and the new offer comes after the pause that follows every stop (PAUSE_MS).
"""

from ticks import diff


class Switching:
    """`charger.live`: the phases that its contactors close, 3 or 1. `hold_s`: so long the limits
    must do for three phases before a car that charges is interrupted."""

    def __init__(self, charger, hold_s):
        self._charger = charger
        self._hold_ms = hold_s * 1000
        self._since = None  # the limits do for three phases since

    def offer(self, now):
        """In place of Limits.offer(): fills allowed_ma, with 0 while a change is prepared."""
        charger = self._charger
        limits = charger.limits
        out = charger.allowed_ma
        idle = not charger.contactor and not max(charger.offered_ma)
        if charger.live == 1:
            limits.offer(3, charger.u_mv, out)
            if not out[0] and charger.plugged:
                self._since = None
            elif idle:
                self._since = None
                charger.live = 3
                charger.use(3)
            else:
                if self._since is None:
                    self._since = now
                if diff(now, self._since) >= self._hold_ms:
                    for i in range(3):
                        out[i] = 0
                    limits.dirty = False
                    return
        limits.offer(charger.using, charger.u_mv, out)
        if limits.paused and idle and charger.plugged and charger.using == 3:
            limits.offer(1, charger.u_mv, out)
            if out[0]:
                charger.live = 1
                charger.use(1)
                limits.dirty = False
            else:
                limits.offer(3, charger.u_mv, out)
