from typing import Any

from ejson.walker import Window
from ejson.writer import Writer
from spine.device import Device, Feature
from spine.message import Message

_Link = tuple[int, int | tuple[int, ...], int, Feature, bytes | None]

class Session(Message):
    device: Device
    link: Any
    counter: int
    silent: bool
    until: int
    say: int
    feature: Feature | None
    subs: list[_Link]
    binds: list[_Link]
    news: list[tuple[_Link, int]]
    ids: int
    def __init__(self, device: Device, window: Window, link: Any) -> None: ...
    def commit(self) -> None: ...
    def close(self) -> None: ...
    def tick(self, now: int) -> int: ...
    def render(self, w: Writer) -> bool: ...
    def answer(self, w: Writer, classifier: int) -> None: ...
    def head(
        self,
        w: Writer,
        entity: int | tuple[int, ...],
        feature: int,
        to_entity: int | tuple[int, ...],
        to_feature: int,
        classifier: int,
        reference: bytes | None,
        ack: bool = False,
    ) -> None: ...
