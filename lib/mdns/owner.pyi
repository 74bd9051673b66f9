from collections.abc import Sequence

from .packet import Reader, _Record

class Owner:
    label: str
    name: bytes
    service: bytes | None
    rr: Sequence[_Record]
    unique: int
    shared: int
    spoken: int
    sets: tuple[int, ...]
    size: int
    sent: list[int]
    step: int
    at: int
    want: int
    due: int
    asker: object
    ask: int
    uni: int
    known: int
    done: int
    base: str
    copies: int
    def __init__(self, text: str, service: bytes | None) -> None: ...
    def up(self) -> int: ...
    def find(self, r: Reader, known: bool) -> int: ...
    def unknown(self, bits: int) -> int: ...
    def recent(self, bits: int, now: int, ms: int) -> int: ...
    def queue(self, bits: int, now: int, delay: int, gap: int, asker: object) -> None: ...
