from typing import Any

class Identity:
    def __init__(
        self, maker: bytes, unique: bytes, product: bytes = b"", serial: bytes = b""
    ) -> None: ...
    def get(self, obj: Any, epc: int, buf: Any, off: int) -> int: ...
