"""Destination list (5.5.3) of a device that takes part in the enhanced communication mode (5.4.3),
as one of its ends (`smart`): what can be reached by it is itself. It passes nothing on."""

from micropython import const

from spine.device import READ, Part

_DESTINATIONS = const(28)  # enum function nodeManagementDestinationListData

_ENTRY = (
    b'[{"deviceDescription":[{"deviceAddress":[{"device":%}]},{"networkFeatureSet":"smart"}]}]'
)


class Destinations(Part):
    """A part of NodeManagement."""

    def __init__(self, node):
        self.device = node.device
        node.network = b"smart"
        node.feature.offer(self, bytes((_DESTINATIONS, READ)))

    def render(self, fn, w, session):
        if fn == _DESTINATIONS:
            w.t(_ENTRY).text(self.device.address).end()
