"""The car as SPINE entity [1,1], below the wallbox's own: there from plug to unplug (5.5.2), with
the use cases that the board lists in EV_USE_CASES.

[1,1]  EV   LoadControl, ElectricalConnection, Measurement, DeviceConfiguration,
            DeviceDiagnosis, Identification: servers, numbered as the use cases need them

EVCS, which belongs to the wallbox's own entity [1], is there all the time. What a board leaves
out is not imported. Heartbeats of energy managers come through the DeviceDiagnosis client of the
wallbox's own entity.
"""

from binascii import hexlify

from late import load
from micropython import const

from firmware import limits as origins
from spine.device import Entity
from ticks import sooner
from usecases.evcc import Evcc
from usecases.evcem import Evcem

_EV = const(3)  # enum entity EV
_LOOK_MS = const(1000)


class CurrentPort:
    """What OPEV or OSCEV means for this wallbox: an origin of limits."""

    def __init__(self, board, limits, origin):
        self.limits = limits
        self.origin = origin
        self.least_ma = board.MIN_MA
        self.most_ma = board.MAX_MA
        self.safe_ma = board.EV_SAFE_MA

    def apply(self, ma, session):
        if max(ma) < 0:
            self.limits.clear(self.origin)
        else:
            self.limits.current(self.origin, ma[0], ma[1], ma[2], ski_of(session))


def ski_of(session):
    """The partner of a session as limits name it; None: it has gone."""
    return session and session.link and hexlify(session.link.ski).decode()


class Ev:
    """`node`: the NodeManagement; `vehicle`: see firmware.hal, None on most boards."""

    asymmetric = False  # the pilot has one value for all phases

    def __init__(self, device, node, board, charger, vehicle):
        self.node = node
        self.charger = charger
        self.vehicle = vehicle
        self.there = False
        self.standard = b"iec61851"
        self.operating = b"standby"
        self.evccid = self.soc = self.fault = self.demand = None
        watts = board.U_MV // 100 * (board.MIN_MA // 100) // 100
        self.least_w = watts  # one phase: the car may have no more
        self.most_w = board.U_MV // 100 * (board.MAX_MA // 100) // 100 * board.PHASES
        self.entity = entity = Entity(0x0202, _EV)
        names = board.EV_USE_CASES
        limits = charger.limits
        # OPEV has the use of EVCEM's currents; the order of the parts is that of their parameters
        scenarios = b"\1\2\3" if board.METER_CURRENT else b"\2\3"
        evcem = Evcem(device, entity, charger, board.PHASES, scenarios)
        self.curtailing = []
        if "opev" in names:
            from usecases.opev import Opev

            port = CurrentPort(board, limits, origins.OPEV)
            self.curtailing.append(Opev(device, entity, evcem, port))
        if "oscev" in names:
            from usecases.oscev import Oscev

            port = CurrentPort(board, limits, origins.OSCEV)
            self.curtailing.append(Oscev(device, entity, evcem, port))
        uses = self.uses = [Evcc(device, entity, self, vehicle is not None), evcem]
        uses.extend(self.curtailing)
        self.evcs = None
        if "evcs" in names:
            from usecases.evcs import Evcs

            self.evcs = Evcs(device, device.entities[1], charger)
        if "evsoc" in names and vehicle is not None:
            from usecases.evsoc import Evsoc

            uses.append(Evsoc(device, entity, self))
        if "cevc" in names and vehicle is not None:
            from firmware.schedule import plan

            self.curtailing.append(plan(device, entity, limits, vehicle))
            uses.append(self.curtailing[-1])

    def tick(self, now):
        if self.evcs:
            self.evcs.tick(now)
        there = self.charger.plugged
        if there:
            self._look()
        if there != self.there:
            self.there = there
            if there:
                self._announce()
                load("spine.changes").attach(self.node, self.entity)
            else:
                load("spine.changes").detach(self.node, self.entity)
                for use in self.curtailing:
                    use.reset()
        if not there:
            return _LOOK_MS
        wait = _LOOK_MS
        for use in self.uses:
            wait = sooner(wait, use.tick(now))
        return wait

    def _look(self):
        """What is known of the car now."""
        charger = self.charger
        self.fault = charger.refuses()
        self.operating = b"standby"
        if self.fault:
            self.operating = b"failure"
        elif charger.pilot == "C" and charger.contactor:
            self.operating = b"normalOperation"
        car = self.vehicle
        if car is None:
            return
        talks = car.iso15118
        evccid = car.evccid if talks else None
        soc = car.soc if talks else None
        demand = car.demand if talks else None
        news = (evccid is None) != (self.evccid is None) or (soc is None) != (self.soc is None)
        news = news or (demand is None) != (self.demand is None)
        self.standard = b"iso15118-2ed2" if talks else b"iec61851"
        self.evccid = evccid
        self.soc = soc
        self.demand = demand
        if news and self.there:
            self._announce()
            self.node.entities_changed()

    def _announce(self):
        self.entity.use_cases.clear()
        for use in self.uses:
            announced = use.use_case()
            if announced:
                self.entity.use_cases.append(announced)
