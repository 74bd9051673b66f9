from array import array
from typing import Any

from ejson.walker import Walker, Window
from spine.device import Device
from spine.partner import Partner
from spine.rfe import Stage

class Message:
    device: Device
    walker: Walker
    rec: array[int]
    stage: Stage
    partner: Partner
    peer: bytes | None
    sender: bytes | None
    reference: bytes | None
    fn: int
    beat: bool
    beat_s: int
    state: int
    inside: bool
    reader: Any
    def __init__(self, window: Window, partner: Partner, device: Device) -> None: ...
    def start(self, window: Window) -> None: ...
    def step(self) -> bool: ...
    def drop(self) -> None: ...
    def path(self, v: int) -> int | tuple[int, ...] | None: ...
