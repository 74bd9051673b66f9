from collections.abc import Iterable, Sequence
from typing import Protocol, type_check_only

from ejson.writer import Writer
from ship.conn import Connection
from ship.node import Node

PREDECESSOR: int
CURRENT: int
SUCCESSOR: int

@type_check_only
class Keys(Protocol):
    """Knows keys and trust. SKIs have 20 bytes; userTrust is that of Table 30."""

    def accepts(self, conn: MaterialConnection) -> bool:
        """May that partner commission?"""
    def trusted(self) -> Iterable[tuple[bytes, int]]:
        """(SKI, userTrust) of all partners."""
    def install(
        self, conn: MaterialConnection, entries: Sequence[tuple[bytes, int]]
    ) -> Iterable[tuple[bytes, int]]:
        """Trusts what a tool brings, (SKI, userTrust or less than 0); those trusted now."""
    def remove(
        self, conn: MaterialConnection, entries: Sequence[tuple[bytes, int]]
    ) -> Iterable[tuple[bytes, int]]:
        """Trusts them no longer; those that were removed, (SKI, former userTrust)."""
    def own(self) -> tuple[int, Iterable[tuple[int, bytes, bytes]]]:
        """updateCounter, and (state, SKI, public key) of all our keys."""
    def partner(
        self, conn: MaterialConnection, counter: int, entries: Sequence[tuple[bytes, int]]
    ) -> bool:
        """The partner has these keys, (SKI, state): is that taken over?"""
    def known(self, conn: MaterialConnection) -> int:
        """The last updateCounter of the partner, 0: none yet."""
    def news(self, conn: MaterialConnection) -> bool:
        """Have our keys changed since that partner has confirmed them?"""
    def told(self, conn: MaterialConnection) -> None:
        """It has confirmed them."""
    def unheard(self, conn: MaterialConnection) -> bool:
        """It has not, asked twice: is a new connection worth while?"""

class MaterialNode(Node):
    keys: Keys
    only_1_0: list[bytes]
    def __init__(self, keys: Keys, *args: object) -> None: ...
    def announce(self) -> None: ...

class MaterialConnection(Connection):
    node: MaterialNode
    tool: bool
    entries: list[tuple[bytes, int]]
    good_entries: bool
    answer: Iterable[tuple[bytes, int]]
    accepts: bool
    again: bool
    ski_text: bytes | None
    key_text: bytes | None
    def __init__(self, node: Node, ski: bytes, path: bytes | None, host: bytes | None) -> None: ...
    def offer(self) -> int: ...
    def payload(self, buf: bytearray, off: int, n: int) -> None: ...
    def heard(self, ev: int) -> None: ...
    def message(self, kind: int, msg: int, good: bool) -> None: ...
    def exchange(self) -> None: ...
    def announce(self) -> None: ...
    def render(self, w: Writer) -> None: ...
