from typing import Any, Sequence

from ejson.writer import Writer
from spine.device import Device, Feature, Part
from spine.session import Session

_Data = Sequence[tuple[bytes, str | bytes]]

class Classification(Part):
    data: _Data
    def __init__(self, feature: Feature, data: _Data) -> None: ...
    def render(self, fn: int, w: Writer, session: Session) -> None: ...

class Evsecc(Part):
    device: Device
    diagnosis: Feature
    port: Any
    error: str | bytes | None
    def __init__(
        self, device: Device, classification: Feature, diagnosis: Feature, port: Any, data: _Data
    ) -> None: ...
    def render(self, fn: int, w: Writer, session: Session) -> None: ...
    def tick(self, now: int) -> int: ...
