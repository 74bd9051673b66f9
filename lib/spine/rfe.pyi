from array import array
from typing import Any, Iterable, Sequence

from ejson.walker import ABSENT as ABSENT
from ejson.walker import TAG as TAG

MAX_ITEMS: int

class Item:
    part: Any
    rec: array[int]
    groups: tuple[tuple[int, int, int], ...]
    optional: Sequence[int]
    def __init__(
        self,
        part: Any,
        rec: Iterable[int],
        groups: tuple[tuple[int, int, int], ...],
        optional: Sequence[int],
    ) -> None: ...

class Stage:
    filters: tuple[tuple[bool, bool, tuple[int, ...], bytearray | None], ...]
    items: tuple[array[int], ...]
    selectors: tuple[int, ...]
    kind: int
    error: int
    def clear(self) -> None: ...
    def selector(self, ident: int) -> None: ...
    def filter(self, rec: array[int], lo: int) -> None: ...
    def item(self, rec: array[int], lo: int, kind: int, n: int = 8) -> None: ...
    def merge(self, items: Sequence[Item]) -> tuple[int, Sequence[tuple[Item, array[int]]]]: ...
