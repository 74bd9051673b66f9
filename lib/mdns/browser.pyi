from collections.abc import Callable

from .packet import _Bytes

_OnService = Callable[[str, int, list[bytes], dict[str, bytes] | None], None]

class Browser:
    dest: None
    dropped: int
    _found: list[object]
    def __init__(
        self,
        service: str,
        on_service: _OnService,
        buf: bytearray | None = None,
        legacy: bool = False,
        rand: Callable[[int], int] = ...,
    ) -> None: ...
    def start(self, now: int) -> None: ...
    def stop(self) -> None: ...
    def tick(self, now: int) -> int: ...
    def rx(self, mv: _Bytes, addr: object, port: int, now: int) -> None: ...
    def tx(self) -> memoryview | None: ...

def txt_dict(data: _Bytes) -> dict[str, bytes]: ...
