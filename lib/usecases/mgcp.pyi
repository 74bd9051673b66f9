from array import array
from typing import Any, Callable

from spine.device import Device, Entity, Feature, Part
from spine.session import Session

_Path = int | tuple[int, ...]

class Mgcp(Part):
    device: Device
    measurement: Feature
    electric: Feature
    ma: array[int]
    own: array[int]
    share: Callable[[int], int]
    fresh: bool
    point: Point | None
    news: bool
    told_at: int
    def __init__(self, device: Device, entity: Entity, share: Callable[[int], int]) -> None: ...
    def partner(self, session: Session) -> Point: ...
    def house_ma(self, out: array[int]) -> bool: ...
    def take(self) -> None: ...
    def tick(self, now: int) -> int: ...

class Point:
    mgcp: Mgcp
    session: Session
    features: list[tuple[_Path, int, int]]
    found: list[tuple[_Path, int, int]]
    entity: _Path | None
    candidate: _Path | None
    currents: list[int]
    ids: array[int]
    ma: array[int]
    good: int
    seen: int
    bad: int
    def __init__(self, mgcp: Mgcp, session: Session) -> None: ...
    def start(self) -> None: ...
    def feature(self, path: _Path | None, number: int, kind: int, role: int) -> None: ...
    def item(self, rec: array[int], item: int, path: Callable[[int], Any]) -> None: ...
    def discovered(self, full: bool) -> None: ...
    def heard(self, fn: int, entity: _Path) -> None: ...
    def ask(self, kind: int, feature: int) -> None: ...
    def own(self, kind: int) -> Feature | None: ...
    def close(self) -> None: ...
