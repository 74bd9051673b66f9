"""What a use case costs on average: all modules of lib/usecases, with what they share, and those
of the firmware that bind them to the charger."""

from tools.build import build

FOLDER = "lib/usecases/"
# one module each
USE_CASES = frozenset(
    (
        "evsecc",
        "evcc",
        "evcem",
        "evsoc",
        "opev",
        "oscev",
        "evcs",
        "cevc",
        "lpc",
        "lpp",
        "mpc",
        "mgcp",
    )
)
BINDINGS = frozenset(("firmware/eebus", "firmware/ev", "firmware/schedule"))


def average():
    """Bytes of .mpy per use case. Raises BuildError."""
    return share(dict(build("bytecode")))


def share(sizes):
    """The same of {module path: bytes}: bytes of all over the number of use cases."""
    found = [module for module in sizes if module.startswith(FOLDER) or module in BINDINGS]
    cases = [module for module in found if module.removeprefix(FOLDER) in USE_CASES]
    return sum(sizes[module] for module in found) / len(cases)
