from typing import Any

GET: int
SET: int
INF: int
VAR: int

def find(props: bytes, epc: int) -> int: ...
def put_map(props: bytes, access: int, buf: Any, off: int) -> int: ...
