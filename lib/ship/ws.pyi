from typing import Protocol, type_check_only

HEAD: int
MAX_MESSAGE: int

class WsError(Exception): ...

@type_check_only
class Owner(Protocol):
    """Who takes the messages in."""

    def room(self) -> int: ...
    def payload(self, buf: bytearray, off: int, n: int) -> None: ...
    def message_end(self) -> None: ...
    def pong(self) -> None: ...

class WebSocket:
    owner: Owner
    client: bool
    open: bool
    head: bytearray
    hn: int
    left: int
    pos: int
    op: int
    fin: int
    inside: bool
    total: int
    body: bytes
    ping: bytes | None
    got_close: int
    key: bytes
    def __init__(self, owner: Owner, client: bool) -> None: ...
    def rx(self, buf: bytearray, off: int, end: int) -> int: ...
    def frame(self, buf: bytearray, start: int, end: int, first: int) -> memoryview: ...
