"""Optimization of self-consumption during EV charging (OSCEV 1.0.1): currents that an energy
manager recommends, in the lists of OPEV and in its shape. Without the manager they are nothing."""

from usecases.opev import Opev


class Oscev(Opev):
    category = b"recommendation"
    scope = b"selfConsumption"
    binding = False

    def use_case(self):
        name = b"optimizationOfSelfConsumptionDuringEvCharging"
        return b"EV", name, b"1.0.1", b"\1\2\3", b"release"

    def without(self, ma):
        return -1
