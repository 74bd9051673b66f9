"""Limitation of power production (LPP 1.0.0): as LPC, in the other direction.

On the wire a production limit is 0 or negative (as eebus-go and evcc use it), failsafe and nominal
values are 0 or positive. The port is told magnitudes."""

from usecases.lpc import Lpc


class Lpp(Lpc):
    name = b"limitationOfPowerProduction"
    direction = b"produce"
    word = b"Production"
    sign = -1
