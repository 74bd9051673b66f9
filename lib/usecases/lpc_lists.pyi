from ejson.writer import Writer
from usecases.lpc import Lpc

def render(use: Lpc, fn: int, w: Writer) -> None: ...
