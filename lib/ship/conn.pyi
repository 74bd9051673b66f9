from ejson import Walker, Window
from ship.node import Node
from ship.sme import Sme
from ship.ws import WebSocket

HELLO: int
DATA: int
CLOSED: int
STATES: tuple[str, ...]

class Connection(Sme):
    window: Window
    walker: Walker
    ws: WebSocket
    http: bytes | None
    mode: int
    kind: int
    size: int
    good: bool
    ping_at: int
    pong_at: int
    want_ping: bool
    def __init__(
        self, node: Node, ski: bytes, path: bytes | None = None, host: bytes | None = None
    ) -> None: ...
    def rx(self, buf: bytearray, off: int, end: int) -> int: ...
    def room(self) -> int: ...
    def payload(self, buf: bytearray, off: int, n: int) -> None: ...
    def message_end(self) -> None: ...
    def ask(self) -> None: ...
    def pong(self) -> None: ...
    def tx(self) -> bytes | memoryview | None: ...
    def tick(self, now: int) -> int: ...
    def lost(self) -> None: ...
