from array import array
from typing import Any, Sequence

from ejson.writer import Writer
from spine.device import Device, Feature, Part
from spine.rfe import Item
from spine.session import Session
from usecases.limitation import Limitation

class Lpc(Part):
    name: bytes
    direction: bytes
    word: bytes
    sign: int
    longest_s: int
    device: Device
    load: Feature
    config: Feature
    port: Any
    nominal_w: int
    guard: Session | None
    entity: int | tuple[int, ...] | None
    machine: Limitation
    limit: Item
    failsafe: Item
    minimum: Item
    twins: list[Lpc]
    def __init__(
        self,
        device: Device,
        load: Feature,
        config: Feature,
        electric: Feature,
        port: Any,
        nominal_w: int,
        failsafe_w: int,
        failsafe_s: int,
        twin: Lpc | None = None,
    ) -> None: ...
    def render(self, fn: int, w: Writer, session: Session) -> None: ...
    def items(self, fn: int) -> Sequence[Item]: ...
    def judge(self, fn: int, item: Item, new: array[int]) -> int: ...
    def take(self, fn: int, item: Item, new: array[int]) -> None: ...
    def refused(self, fn: int, item: Item, new: array[int]) -> None: ...
    def bound(self, feature: Feature, session: Session, entity: int | tuple[int, ...]) -> None: ...
    def unbound(self, feature: Feature, session: Session) -> None: ...
    def heartbeat(self, session: Session, entity: int | tuple[int, ...]) -> None: ...
    def closed(self, session: Session) -> None: ...
    def tick(self, now: int) -> int: ...
