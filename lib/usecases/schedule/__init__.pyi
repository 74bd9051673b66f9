from array import array
from typing import Any

from spine.rfe import Item, Stage

SLOTS: int
TARIFF_SIZE: int

class Table(Item):
    first: int
    width: int
    at: int
    def __init__(self, part: Any, ident: int, first: int, width: int) -> None: ...
    def clear(self) -> None: ...
    def end(self, i: int) -> int: ...
    def current(self, s: int) -> int: ...
    def left(self, s: int) -> list[tuple[int, int]]: ...

class Reader:
    schema: Any
    child: int
    rec: array[int]
    stage: Stage
    first: int
    width: int
    least: int
    new: array[int]
    at: int
    start: int
    end: int
    def __init__(self, rec: array[int], stage: Stage) -> None: ...
    def item(self, event: int) -> bool: ...

class LimitsReader(Reader): ...
class TariffReader(Reader): ...
class PricesReader(Reader): ...
