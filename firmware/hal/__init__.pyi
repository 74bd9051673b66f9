from array import array
from typing import Protocol, type_check_only

A: int
B: int
C: int
D: int
E: int
F: int

DIODE: int
PE: int
RCD: int
WELD: int
METER_LOST: int
OVERTEMP: int
LOCK: int
CP_SHORT: int
SUPERVISION: int

FAULTS: tuple[str, ...]

class Sample:
    ma: array[int]
    mv: array[int]
    w: array[int]
    wh: int
    export_wh: int
    mhz: int
    def __init__(self) -> None: ...

@type_check_only
class Vehicle(Protocol):
    iso15118: bool
    evccid: str | None
    soc: int | None

@type_check_only
class Hal(Protocol):
    phases: tuple[int, ...]
    vehicle: Vehicle | None
    def tick(self, now: int) -> int: ...
    def pilot(self) -> int: ...
    def duty(self, permille: int) -> None: ...
    def contactor(self, on: bool, phases: int) -> None: ...
    def feedback(self) -> bool: ...
    def faults(self) -> int: ...
    def cable_ma(self) -> int: ...
    def celsius(self) -> int | None: ...
    def measure(self, sample: Sample) -> bool: ...
    def house_ma(self, out: array[int]) -> bool: ...
    def feed_in(self, w: int) -> None: ...
    def button(self) -> bool: ...
