from .device import Device as Device
from .identity import Identity as Identity
from .node import Node as Node

PORT: int
GROUP: str
GROUP_6: str
