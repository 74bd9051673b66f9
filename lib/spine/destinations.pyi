from ejson.writer import Writer
from spine.device import Device, Part
from spine.nodemgmt import NodeManagement
from spine.session import Session

class Destinations(Part):
    device: Device
    def __init__(self, node: NodeManagement) -> None: ...
    def render(self, fn: int, w: Writer, session: Session) -> None: ...
