from collections.abc import Callable
from typing import Any, Protocol, type_check_only

from .identity import Identity

@type_check_only
class Object(Protocol):
    """What a node needs of a device. echonet.Device is one, without a class's own properties."""

    eoj: int
    instance: int
    props: bytes
    node: Node
    def get(self, epc: int, buf: Any, off: int) -> int: ...
    def set(self, epc: int, mv: memoryview) -> bool: ...
    def poll(self, now: int) -> None: ...

class Node:
    identity: Identity
    allow_set: Callable[[Any], bool] | None
    served: int
    dropped: int
    dest: Any
    tid: int
    objects: list[Any]
    def __init__(
        self,
        objects: list[Any],
        identity: Identity,
        buf: bytearray | None = None,
        allow_set: Callable[[Any], bool] | None = None,
    ) -> None: ...
    def announce(self) -> None: ...
    def changed(self, obj: Any, epc: int) -> None: ...
    def tick(self, now: int) -> int: ...
    def tx(self) -> memoryview | None: ...
    def rx(self, mv: bytes | bytearray | memoryview, addr: Any, now: int) -> None: ...
