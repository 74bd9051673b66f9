class TxtError(ValueError): ...

def txt(
    ship_id: str,
    ski: bytes,
    brand: str,
    kind: str,
    model: str,
    serial: str,
    path: str = "/ship/",
    register: bool = False,
    categories: str = "3",
) -> tuple[tuple[str, str], ...]: ...
