from ejson.writer import Writer
from spine.device import Device, Feature, Part
from spine.session import Session

class Heartbeat(Part):
    device: Device
    feature: Feature
    counter: int
    at: int
    def __init__(self, device: Device, feature: Feature) -> None: ...
    def render(self, fn: int, w: Writer, session: Session) -> None: ...
    def tick(self, now: int) -> int: ...
