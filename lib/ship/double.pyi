from ship.conn import Connection
from ship.node import Node

class Doubles:
    node: Node
    ski: bytes
    at: int
    def __init__(self, node: Node, ski: bytes) -> None: ...
    def changed(self, conn: Connection) -> None: ...
    def tick(self, now: int) -> int: ...
