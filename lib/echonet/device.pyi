from typing import Any

from .node import Node

SUPER: bytes

class Device:
    eoj: int
    instance: int
    props: bytes
    node: Node
    location: bytes
    def __init__(
        self, eoj: int, instance: int, props: bytes, release: str = "R", location: bytes = b"\0"
    ) -> None: ...
    def fault(self) -> int: ...
    def moved(self, location: bytes) -> bool | None: ...
    def get(self, epc: int, buf: Any, off: int) -> int: ...
    def set(self, epc: int, mv: memoryview) -> bool: ...
    def poll(self, now: int) -> None: ...
