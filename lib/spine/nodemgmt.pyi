from array import array

from ejson.writer import Writer
from spine.device import Device, Feature, Part
from spine.session import Session

_Link = tuple[int, int | tuple[int, ...], int, Feature, bytes | None]

MAX_SUBSCRIPTIONS: int
MAX_BINDINGS: int

class NodeManagement(Part):
    device: Device
    network: bytes
    type: bytes
    feature: Feature
    def __init__(self, device: Device, device_type: bytes) -> None: ...
    def entities_changed(self) -> None: ...
    def render(self, fn: int, w: Writer, session: Session) -> None: ...

def put_feature(w: Writer, feature: Feature) -> None: ...
def call(session: Session, fn: int, rec: array[int]) -> int: ...
def drop(session: Session, links: list[_Link], gone: list[_Link]) -> None: ...
