from typing import Any, Sequence

from ejson.writer import Writer
from spine.session import Session

_Pairs = list[tuple[str, Any]]
_Filter = tuple[list[_Pairs], _Pairs | None]

def reply(session: Session, w: Writer) -> int: ...
def function(fn: int) -> str: ...
def pairs(value: Any) -> _Pairs: ...
def skip(buf: bytes | bytearray, i: int) -> int: ...
def find(buf: bytes | bytearray, i: int, wanted: bytes) -> int: ...

class Cut:
    buf: bytearray
    filters: Sequence[_Filter]
    address: bytes
    end: int
    def __init__(
        self, buf: bytearray, start: int, filters: Sequence[_Filter], address: bytes
    ) -> None: ...
