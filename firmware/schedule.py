"""The charge plan of a car (CEVC) as an origin of limits, a recommendation: for boards with cevc
in EV_USE_CASES that can talk to the car."""

from firmware.ev import ski_of
from firmware.limits import CEVC
from usecases.cevc import Cevc


class PlanPort:
    """`vehicle`: see firmware.hal."""

    def __init__(self, limits, vehicle):
        self.limits = limits
        self.vehicle = vehicle
        self.schedule = vehicle.schedule

    @property
    def demand(self):
        return self.vehicle.demand if self.vehicle.iso15118 else None

    @property
    def profile(self):
        return self.vehicle.profile

    def apply(self, w, session):
        if w < 0:
            self.limits.clear(CEVC)
        else:
            self.limits.power(CEVC, w, ski_of(session))


def plan(device, entity, limits, vehicle):
    """The use case of a car that gives schedules."""
    return Cevc(device, entity, PlanPort(limits, vehicle))
