from array import array
from typing import Any

from ejson.writer import Writer
from ship.node import Application, Node

class Sme:
    opening: Any  # ship.opening
    minor: int
    pin: int
    grants: int
    restricted: bool
    node: Node
    ski: bytes
    client: bool
    state: int
    app: Application | None
    queue: int
    ready: bool
    peer_ready: bool
    selected: bool
    peer_waiting: int
    error: int
    code: int
    reason: bytes
    text: bytes | None
    uri: bytes | None
    timers: list[int]
    now: int
    rec: array[int]
    def __init__(self, node: Node, ski: bytes, client: bool, rec: array[int]) -> None: ...
    def message(self, kind: int, msg: int, good: bool) -> None: ...
    def open(self) -> None: ...
    def trust(self) -> None: ...
    def exchange(self) -> None: ...
    def close(self, reason: bytes = b"unspecific") -> None: ...
    def farewell(self, code: int) -> None: ...
    def enter(self, state: int) -> None: ...
    def timer(self, i: int, ms: int) -> None: ...
    def tick(self, now: int) -> int: ...
    def send(self, n: int) -> None: ...
    def render(self, w: Writer) -> None: ...
