from typing import Any, Callable

INIT: int
CONTROLLED: int
LIMITED: int
FAILSAFE: int
AUTONOMOUS: int
STATES: tuple[str, ...]
MIN_FAILSAFE_S: int
MAX_FAILSAFE_S: int

class Limitation:
    port: Any
    on_state: Callable[[int, int], None]
    failsafe_w: int
    failsafe_s: int
    state: int
    value: int
    left_s: int
    now: int
    second: int
    control: int
    beat_at: int
    failsafe_left: int
    def __init__(
        self, port: Any, failsafe_w: int, failsafe_s: int, on_state: Callable[[int, int], None]
    ) -> None: ...
    def apply(self) -> None: ...
    def enter(self, state: int) -> None: ...
    def heartbeat(self) -> None: ...
    def proven(self) -> bool: ...
    def heard(self) -> bool: ...
    def limit(self, active: int, value: int, left_s: int) -> None: ...
    def refused(self) -> None: ...
    def configure(self, failsafe_w: int, failsafe_s: int) -> None: ...
    def tick(self, now: int) -> int: ...
