"""ECHONET Lite (clause 7): a node that offers device objects to controllers.

    identity = Identity(maker, unique, product, serial)
    node = Node([device], identity)      # devices: see echonet.device
    node.rx(datagram, addr, now)         # from UDP port 3610, unicast or the group
    wait = node.tick(now)                # notices changes of announced properties
    frame = node.tx()                    # until None; node.dest None: send to GROUP

Every datagram goes to port 3610 of its destination, whatever port the request came from,
and should leave from port 3610: some controllers drop others.
"""

from .device import Device as Device
from .identity import Identity as Identity
from .node import Node as Node

PORT = 3610
GROUP = "224.0.23.0"
GROUP_6 = "ff02::1"  # all nodes of the link: no host has to join it
