from typing import Any, Protocol, type_check_only

from ejson.writer import Writer
from spine.device import Device, Entity, Part

@type_check_only
class Port(Protocol):
    standard: bytes
    asymmetric: bool
    evccid: str | None
    operating: bytes
    fault: str | None
    least_w: int
    most_w: int

def put_permitted(w: Writer, parameter: int, least: int, most: int, scale: int) -> None: ...

class Evcc(Part):
    device: Device
    port: Port
    operating: bytes | None
    fault: str | None
    standard: bytes | None
    evccid: str | None
    diagnosis: Any
    config: Any
    identity: Any
    parameter: int
    def __init__(self, device: Device, entity: Entity, port: Any, talks: bool) -> None: ...
    def use_case(self) -> tuple[bytes, bytes, bytes, bytes, bytes]: ...
    def render(self, fn: int, w: Writer, session: Any) -> None: ...
    def tick(self, now: int) -> int: ...
