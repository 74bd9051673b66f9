from collections.abc import Callable

P: int
N: int
B: int
G: tuple[int, int, int]

def multiply(k: int) -> tuple[int, int]: ...
def number(random: Callable[[int], bytes]) -> int: ...
def sign(key: int, digest: bytes, random: Callable[[int], bytes]) -> tuple[int, int]: ...
