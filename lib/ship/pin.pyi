from typing import Protocol, type_check_only

from ship.node import Node
from ship.sme import Sme

NONE: int
REQUIRED: int
OPTIONAL: int

@type_check_only
class Keeper(Protocol):
    """Remembers what concerns PINs."""

    def entered(self, ski: bytes) -> bool: ...
    def enter(self, ski: bytes) -> None: ...
    def count(self, wrong: int) -> None: ...
    def theirs(self, ski: bytes) -> bytes | None: ...
    def forget(self, ski: bytes) -> None: ...

class Pins:
    node: Node
    keeper: Keeper
    mode: int
    own: bytes
    wrong: int
    busy: bool
    until: int
    def __init__(self, node: Node, keeper: Keeper, mode: int, own: bytes, wrong: int) -> None: ...
    def says(self, conn: Sme, n: int) -> bytes: ...
    def message(self, conn: Sme, msg: int) -> None: ...
    def tick(self, now: int) -> int: ...
