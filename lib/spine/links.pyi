from typing import Any, Sequence

from ejson.writer import Writer
from spine.session import Session

def render(fn: int, w: Writer, session: Session) -> None: ...
def delete(session: Session, links: list[Any], rec: Sequence[int]) -> int: ...
