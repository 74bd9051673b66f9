from typing import Any, Protocol, type_check_only

from ejson.writer import Writer
from spine.device import Device, Entity, Part

@type_check_only
class Port(Protocol):
    soc: int | None

class Evsoc(Part):
    device: Device
    port: Port
    soc: int | None
    measurement: Any
    id: int
    def __init__(self, device: Device, entity: Entity, port: Any) -> None: ...
    def use_case(self) -> tuple[bytes, bytes, bytes, bytes, bytes] | None: ...
    def render(self, fn: int, w: Writer, session: Any) -> None: ...
    def tick(self, now: int) -> int: ...
