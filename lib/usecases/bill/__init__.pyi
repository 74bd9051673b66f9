from array import array
from typing import Any

from spine.rfe import Stage

SIZE: int
SHARES: int
SHARE: int

class Reader:
    schema: Any
    child: int
    rec: array[int]
    stage: Stage
    new: array[int]
    def __init__(self, rec: array[int], stage: Stage) -> None: ...
    def item(self, event: int) -> bool: ...
