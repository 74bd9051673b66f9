from array import array
from typing import Any

from ejson.writer import Writer
from spine.device import Device, Feature, Part
from spine.session import Session

class Mpc(Part):
    refresh_ms: int
    parameter: Any
    device: Device
    measurement: Feature
    port: Any
    phases: int
    kinds: bytes
    measurement_id: int
    parameter_id: int
    told: array[int]
    told_at: int
    told_ok: bool
    def __init__(
        self,
        device: Device,
        measurement: Feature,
        electric: Feature,
        port: Any,
        phases: int,
        scenarios: bytes,
        produces: bool = False,
    ) -> None: ...
    def measure(
        self,
        device: Device,
        measurement: Feature,
        electric: Feature,
        port: Any,
        phases: int,
        kinds: list[int],
    ) -> None: ...
    def value(self, i: int) -> int: ...
    def render(self, fn: int, w: Writer, session: Session) -> None: ...
    def tick(self, now: int) -> int: ...
