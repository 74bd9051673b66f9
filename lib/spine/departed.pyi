from typing import Iterable

from spine.partner import Partner
from spine.session import Session

_Path = int | tuple[int, ...]

def below(path: _Path, gone: Iterable[_Path]) -> bool: ...
def leave(session: Session) -> None: ...
def turn(partner: Partner) -> None: ...
