from typing import Any, Iterable, Protocol, Sequence, type_check_only

from ejson.writer import Writer
from spine.device import Device, Entity, Feature, Part
from spine.rfe import Item

@type_check_only
class Port(Protocol):
    plugged: bool
    contactor: bool
    @property
    def offered_ma(self) -> Sequence[int]: ...

class Evcs(Part):
    device: Device
    port: Port
    required: bool
    charged: bool
    plugged: bool
    at: int
    summary: Item
    bill: Feature
    def __init__(self, device: Device, evse: Entity, port: Any) -> None: ...
    def render(self, fn: int, w: Writer, session: Any) -> None: ...
    def items(self, fn: int) -> Iterable[Item]: ...
    def judge(self, fn: int, item: Item, new: Any) -> int: ...
    def take(self, fn: int, item: Item, new: Any) -> None: ...
    def tick(self, now: int) -> int: ...
