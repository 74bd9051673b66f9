"""The entity tree of the wallbox as a SPINE device, and its use cases: built once, at the start.

[0]  DeviceInformation   0 NodeManagement, 1 DeviceClassification
[1]  EVSE                1 DeviceClassification, 2 DeviceDiagnosis, 3 LoadControl,
                         4 DeviceConfiguration, 5 ElectricalConnection,
                         6 Measurement, 7 DeviceDiagnosis client; with GRID_METER:
                         8 Measurement client, 9 ElectricalConnection client
[1,1] EV                 a car that is plugged: firmware.ev
"""

from micropython import const

from firmware import VERSION
from firmware import limits as origins
from firmware.eebus import LimitPort
from firmware.store import LPC_FAILSAFE, LPP_FAILSAFE
from spine.device import Device, Entity
from spine.heartbeat import Heartbeat
from spine.nodemgmt import NodeManagement
from usecases.evsecc import Classification, Evsecc
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


def build(eebus, board, serial, wall, vehicle):
    """(Device, Evsecc, Heartbeat, Lpc, Lpp or None, Mpc, Ev or None) of the Eebus; `serial`:
    bytes."""
    vendor = board.VENDOR_CODE.encode()
    # without SNTP nobody vouches for a clock that a programming tool has set
    known = None if board.SNTP is None else wall
    device = Device(b"d:_n:%s_%s" % (vendor, serial), known)
    node = NodeManagement(device, b"ChargingStation")
    if board.DESTINATIONS:
        from spine.destinations import Destinations

        Destinations(node)
    information = Entity(1, _DEVICE_INFORMATION)
    information.add(node.feature)
    evse = Entity(2, _EVSE)
    device.entities += (information, evse)
    about = _about(board, serial)
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
    evsecc = Evsecc(device, classification, diagnosis, eebus, about)
    heartbeat = Heartbeat(device, diagnosis)
    port = LimitPort(eebus, origins.LPC, LPC_FAILSAFE)
    w, s = port.stored(board.FAILSAFE_W, board.FAILSAFE_S)
    lpc = Lpc(device, load, configuration, electrical, port, board.NOMINAL_W, w, s)
    lpp = None
    if board.FEED_IN:
        from usecases.lpp import Lpp

        port = LimitPort(eebus, origins.LPP, LPP_FAILSAFE)
        w, _ = port.stored(board.FEED_IN_FAILSAFE_W, s)  # the duration is that of LPC [041]
        lpp = Lpp(device, load, configuration, electrical, port, board.FEED_IN_W, w, s, lpc)
    mpc = Mpc(
        device, measurement, electrical, eebus.charger, board.PHASES, scenarios, board.FEED_IN
    )
    if board.GRID_METER:
        from usecases.mgcp import Mgcp

        eebus.charger.house = Mgcp(device, evse, eebus.charger.own_ma)
    ev = None
    if board.EV_USE_CASES:
        from firmware.ev import Ev

        ev = Ev(device, node, board, eebus.charger, vehicle)
    return device, evsecc, heartbeat, lpc, lpp, mpc, ev


def _about(board, serial):
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
