from typing import Any

from .identity import Identity

class NodeProfile:
    eoj: int
    instance: int
    props: bytes
    def __init__(self, objects: list[Any], identity: Identity) -> None: ...
    def get(self, epc: int, buf: Any, off: int) -> int: ...
    def poll(self, now: int) -> None: ...
