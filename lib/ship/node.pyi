from collections.abc import Callable, Sequence
from typing import Any, Protocol, type_check_only

from ejson.walker import Window
from ejson.writer import Writer
from ship.conn import Connection
from ship.pin import Pins

MAX_TRUSTED: int

class TrustFull(Exception): ...

@type_check_only
class Application(Protocol):
    """Takes and makes the datagrams of a data phase."""

    def start(self, window: Window) -> None: ...
    def step(self) -> bool: ...
    def commit(self) -> None: ...
    def drop(self) -> None: ...
    def render(self, w: Writer) -> bool: ...
    def tick(self, now: int) -> int: ...
    def close(self) -> None: ...

class Node:
    odd: Sequence[bytes]
    ship_id: bytes
    out: Writer
    window: int
    new_app: Callable[[Connection], Any]
    on_change: Callable[[Connection], Any]
    random: Callable[[int], bytes]
    asks_access: bool
    trusted: list[bytes]
    conns: list[Connection]
    pins: Pins | None
    access: bytes
    told: Callable[[bytes, bytes], Any] | None
    def __init__(
        self,
        ship_id: bytes,
        send: bytearray,
        window: int,
        new_app: Callable[[Connection], Any],
        on_change: Callable[[Connection], Any],
        random: Callable[[int], bytes],
        asks_access: bool = True,
    ) -> None: ...
    def connect(
        self, ski: bytes, path: bytes | None = None, host: bytes | None = None
    ) -> Connection: ...
    def release(self, conn: Connection) -> None: ...
    def trusts(self, ski: bytes) -> bool: ...
    def trust(self, ski: bytes) -> bool: ...
    def untrust(self, ski: bytes) -> bool: ...
