from typing import Any

from ejson.writer import Writer
from spine.device import Device, Entity
from usecases.mpc import Mpc

class Evcem(Mpc):
    scenarios: bytes
    wired: int
    electric: Any
    def __init__(
        self, device: Device, entity: Entity, port: Any, phases: int, scenarios: bytes
    ) -> None: ...
    def use_case(self) -> tuple[bytes, bytes, bytes, bytes, bytes]: ...
    def parameter(self, w: Writer, kind: int, phase: int) -> None: ...
    def tick(self, now: int) -> int: ...
