"""The wallbox as a SPINE device: its entity tree, and the use cases bound to the charger.

[0]  DeviceInformation   0 NodeManagement, 1 DeviceClassification
[1]  EVSE                1 DeviceClassification, 2 DeviceDiagnosis, 3 LoadControl,
                         4 DeviceConfiguration, 5 ElectricalConnection,
                         6 Measurement, 7 DeviceDiagnosis client
"""

import struct

from micropython import const

from firmware import limits as origins
from firmware.store import LPC_FAILSAFE
from spine.device import Device, Entity
from spine.heartbeat import Heartbeat
from spine.nodemgmt import NodeManagement
from spine.session import Session
from ticks import sooner
from usecases.evsecc import Classification, Evsecc
from usecases.limitation import STATES
from usecases.lpc import Lpc
from usecases.mpc import Mpc

_CLIENT = const(0)  # enum role client
_SERVER = const(1)  # enum role server
_CLASSIFICATION = const(2)  # enum feature DeviceClassification
_DIAGNOSIS = const(3)  # enum feature DeviceDiagnosis
_LOAD_CONTROL = const(4)  # enum feature LoadControl
_CONFIGURATION = const(5)  # enum feature DeviceConfiguration
_ELECTRICAL = const(6)  # enum feature ElectricalConnection
_MEASUREMENT = const(7)  # enum feature Measurement
_DEVICE_INFORMATION = const(1)  # enum entity DeviceInformation
_EVSE = const(2)  # enum entity EVSE


class LimitPort:
    """What LPC or LPP means for this wallbox: an origin of limits, and two values in the store."""

    def __init__(self, eebus, origin, key):
        self.eebus = eebus
        self.origin = origin
        self.key = key
        self.use = None

    def stored(self, failsafe_w, failsafe_s):
        """The failsafe values that the guard has written, else those given."""
        kept = self.eebus.store.get(self.key)
        return struct.unpack("<II", kept) if kept else (failsafe_w, failsafe_s)

    def keep(self, failsafe_w, failsafe_s):
        self.eebus.save(self.key, struct.pack("<II", failsafe_w, failsafe_s))

    def limit(self, w):
        limits = self.eebus.charger.limits
        if w < 0:
            limits.clear(self.origin)
        else:
            limits.power(self.origin, w)

    def refuses(self):
        return self.eebus.charger.refuses()

    def state(self, old, new):
        self.eebus.on_state(origins.ORIGINS[self.origin], STATES[old], STATES[new])


class Eebus:
    """`serial`: bytes; `wall()`: Unix seconds or None; `on_state(use, old, new)`."""

    def __init__(self, board, charger, store, save, serial, wall, on_state):
        self.charger = charger
        self.store = store
        self.save = save
        self.on_state = on_state
        vendor = board.VENDOR_CODE.encode()
        device = self.device = Device(b"d:_n:%s_%s" % (vendor, serial), wall)
        node = NodeManagement(device, b"ChargingStation")
        information = Entity(1, _DEVICE_INFORMATION)
        information.add(node.feature)
        evse = Entity(2, _EVSE)
        device.entities += (information, evse)
        about = self._about(board, serial)
        top = information.feature(_CLASSIFICATION, _SERVER)
        Classification(top, about)
        classification = evse.feature(_CLASSIFICATION, _SERVER)
        diagnosis = evse.feature(_DIAGNOSIS, _SERVER)
        load = evse.feature(_LOAD_CONTROL, _SERVER)
        configuration = evse.feature(_CONFIGURATION, _SERVER)
        electrical = evse.feature(_ELECTRICAL, _SERVER)
        measurement = evse.feature(_MEASUREMENT, _SERVER)
        device.diagnosis = evse.feature(_DIAGNOSIS, _CLIENT)
        # total power comes first: its parameter 0 is the one that the nominal maximum refers to
        scenarios = bytes(board.MPC)
        self.evsecc = Evsecc(device, classification, diagnosis, self, about)
        self.heartbeat = Heartbeat(device, diagnosis)
        port = LimitPort(self, origins.LPC, LPC_FAILSAFE)
        w, s = port.stored(board.FAILSAFE_W, board.FAILSAFE_S)
        self.lpc = Lpc(device, load, configuration, electrical, port, board.NOMINAL_W, w, s)
        self.mpc = Mpc(
            device, measurement, electrical, charger, board.PHASES, scenarios, board.FEED_IN
        )

    def _about(self, board, serial):
        """deviceClassificationManufacturerData, in the order of the schema."""
        return (
            (b"deviceName", board.MODEL),
            (b"deviceCode", board.DEVICE_CODE),
            (b"serialNumber", serial),
            (b"softwareRevision", VERSION),
            (b"hardwareRevision", board.HARDWARE),
            (b"vendorName", board.VENDOR),
            (b"vendorCode", board.VENDOR_CODE),
            (b"brandName", board.BRAND),
        )

    def session(self, conn):
        return Session(self.device, conn.window, conn)

    def error(self):
        """For EVSECC: the fault that stops charging, or None."""
        return self.charger.refuses()

    def tick(self, now):
        wait = self.lpc.tick(now)
        wait = sooner(wait, self.evsecc.tick(now))
        wait = sooner(wait, self.heartbeat.tick(now))
        return sooner(wait, self.mpc.tick(now))


VERSION = "0.1.0"
