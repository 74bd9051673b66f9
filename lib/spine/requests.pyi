from ejson.writer import Writer
from spine.partner import Partner

def render(
    partner: Partner, w: Writer, kind: int, entity: int | tuple[int, ...], feature: int
) -> None: ...
