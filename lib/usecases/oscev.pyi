from usecases.opev import Opev

class Oscev(Opev):
    category: bytes
    scope: bytes
    binding: bool
    def use_case(self) -> tuple[bytes, bytes, bytes, bytes, bytes]: ...
    def without(self, ma: int) -> int: ...
