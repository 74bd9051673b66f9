"""What the installer has set: kept in the store, apart from the board file, and not to be written
from the network. Loaded when it is read or set, and let go.

They have these names, and the charger has them in `setup`, `rotation` and `switching`:

    fuse_a             main fuse of the house per phase; 0: nothing measures the connection
    max_unbalance_a    most that a car on fewer than three phases may draw of one; 0: no bound.
                       20 A is what VDE-AR-N 4100 (4.6 kVA) and OeVE allow
    rotation           where L1, L2, L3 of the wallbox come from, the house's phases being R, S, T
    restart_delay_s    after the power has come back the first offer waits for a random time of up
                       to this, so that a whole street does not start at once
    switch_s           least time between two changes of the number of phases while the car
                       charges; 0: three phases stay three
"""

import struct

from micropython import const

from firmware.store import INSTALLER
from ticks import add

NAMES = ("fuse_a", "max_unbalance_a", "rotation", "restart_delay_s", "switch_s")
ROTATIONS = ("RST", "RTS", "SRT", "STR", "TRS", "TSR")
_MOST = (200, 100, 0, 600, 3600)
_LEAST_S = const(60)
_FORMAT = "<BHBBHH"  # version, and the values
_VERSION = const(1)


def read(app):
    """The values in the order of NAMES: those that are kept, or what the board file says."""
    kept = app.store.get(INSTALLER)
    if not kept or kept[0] != _VERSION:
        return app.board.FUSE_MA // 1000, 20, "RST", 0, app.board.SWITCH_S
    fuse, unbalance, rotation, delay, switch = struct.unpack(_FORMAT, kept)[1:]
    return fuse, unbalance, ROTATIONS[rotation], delay, switch


def change(app, *new):
    """Keeps the `new` values, one for each of NAMES (None: as it was), and works with them from
    now on. Raises ValueError, StoreFull."""
    out = [old if value is None else value for old, value in zip(read(app), new)]
    if out[2] not in ROTATIONS:
        raise ValueError("rotation is one of " + " ".join(ROTATIONS))
    for i in range(len(NAMES)):
        if i != 2 and not 0 <= out[i] <= _MOST[i]:
            raise ValueError("%s is from 0 to %d" % (NAMES[i], _MOST[i]))
    if 0 < 1000 * out[0] < app.board.MIN_MA:
        raise ValueError("no car charges behind that fuse_a")
    if 0 < out[4] < _LEAST_S:
        raise ValueError("switch_s is 0 or at least %d" % _LEAST_S)
    if out[4] and not _switching():
        raise ValueError("the image of this board cannot switch phases (SWITCH_S)")
    out[2] = ROTATIONS.index(out[2])
    app.save(INSTALLER, struct.pack(_FORMAT, _VERSION, *out))
    apply(app)


def _switching():
    """firmware.phases, None where the image is without it."""
    try:
        import firmware.phases
    except ImportError:
        return None
    return firmware.phases


def apply(app, boot=False):
    """The charger works with what is kept. `boot`: the power has come back."""
    fuse, unbalance, rotation, delay, switch = read(app)
    charger = app.charger
    charger.setup = fuse * 1000, unbalance * 1000
    charger.rotation = bytes(["RST".index(letter) for letter in rotation])
    charger.switching = None
    module = switch and app.board.PHASES == 3 and 1 in app.hal.phases and _switching()
    if module:
        charger.switching = module.Switching(charger, switch)
    else:
        charger.live = app.board.PHASES
    charger.limits.dirty = True
    if boot and delay:
        ms = int.from_bytes(app.place.random(3), "big") % (delay * 1000 + 1)
        # as if it had stopped in the future; a car that is plugged anew need not wait
        charger.paused_at = add(app.clock.now(), ms - app.board.PAUSE_MS)
