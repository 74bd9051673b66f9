"""The property table of an object, from the rows of its class and the release it follows."""

from .device import SUPER
from .table import SET


def table(rows, release, control, vehicle):
    """The table (see echonet.table), with the super class, ascending.

    `rows`: five bytes per property: EPC, access, size, letter of the release that brought
    it, 1 for vehicle data. Without `control` nothing can be set; what can only be set is gone.
    """
    mask = 0xFF if control else 0xFF - SET
    entries = []
    for i in range(0, len(SUPER), 3):
        entries.append(bytes((SUPER[i], SUPER[i + 1] & mask, SUPER[i + 2])))
    for i in range(0, len(rows), 5):
        access = rows[i + 1] & mask
        if access and rows[i + 3] <= ord(release) and (vehicle or not rows[i + 4]):
            entries.append(bytes((rows[i], access, rows[i + 2])))
    return b"".join(sorted(entries))
