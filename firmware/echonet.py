"""The wallbox as an ECHONET Lite node.

ECHONET Lite has no authentication. Hence three modes: "off" (the default of the settings),
"read" (nothing can be set) and "control", in which a list may name the controllers that may
set something. Even then a controller only owns the slot `echonet` of the limits, next to all
others: it can lower what others allow, never raise it, and cannot touch faults.
"""

from echonet import Identity, Node
from firmware.echonet_ev import EvCharger

MODES = ("off", "read", "control")


class Access:
    """Who may set. `controllers`: IP addresses as text; empty: everybody."""

    def __init__(self, controllers=()):
        self.controllers = controllers
        self.peer = None  # the last one that was let in

    def allows(self, addr):
        """`addr`: (address as text, ...), as the socket's owner hands it to the node."""
        if self.controllers and addr[0] not in self.controllers:
            return False
        self.peer = addr[0]
        return True


def create(
    board,
    charger,
    limits,
    mode,
    unique,
    serial=b"",
    maker=b"\xff\xff\xff",
    release="R",
    controllers=(),
    vehicle=None,
    meter=False,
    location=b"\0",
    moved=None,
    buf=None,
):
    """The node, or None when `mode` is "off". Raises ValueError for an impossible setting.

    A board with FEED_IN is a charger/discharger 0x027E, any other a charger 0x02A1.
    `unique`: up to 10 bytes that never change (the MAC address); `maker`: 3 bytes from the
    ECHONET Consortium, FFFFFF for experiments. `release`: letter of the Appendix that the
    properties follow, "G" to "R": some controllers refuse devices newer than they are.
    `vehicle`: on a board that talks to the car (see EvCharger). `meter`: add a watt-hour
    meter 0x0280. `location`: property 0x81 as stored; moved(bytes) is called to store it,
    False refuses it. `buf`: bytearray for answers, see echonet.Node.
    """
    if mode not in MODES:
        raise ValueError("echonet is one of " + " ".join(MODES))
    if len(release) != 1 or not "G" <= release <= "R":
        raise ValueError("echonet release is a letter from G to R")
    if mode == "off":
        return None
    access = Access(controllers)
    control = mode == "control"
    wallbox = EvCharger(board, charger, limits, access, release, control, vehicle)
    objects = (wallbox,)
    if meter:
        from firmware.echonet_meter import Meter

        objects += (Meter(charger, release, control),)
    for obj in objects:
        obj.location = location
        if moved:
            obj.moved = moved
    identity = Identity(maker, unique, board.DEVICE_CODE.encode()[:12], serial)
    return Node(objects, identity, buf, access.allows)
