"""What must be true on both sides at a point of the story: (words, test) for Stage.expect.

A test gets `own`, the wallbox.Status, and `seen`, the manager.Reading.
"""

from tools.demo.stage import amperes, kw

FULL_MA = 16000
FULL_W = 11040  # on three phases of 230 V


def _reads(words, test):
    return f"the manager reads {words}", lambda own, seen: seen is not None and test(own, seen)


NOBODY = (
    ("its state is init", lambda own, seen: own.state == "init"),
    ("the failsafe limit rules", lambda own, seen: own.limit_w == own.failsafe_w),
    ("it trusts nobody and talks to nobody", lambda own, seen: not own.trusted and not own.peers),
)
UNLIMITED = (
    ("the wallbox is under control", lambda own, seen: own.state == "uc"),
    ("it knows of no limit by the manager", lambda own, seen: own.limit_w is None),
    _reads("that its limit is inactive", lambda own, seen: seen.limit_w is None),
)
FULL = (
    ("the wallbox offers 16 A", lambda own, seen: own.offered_ma == FULL_MA),
    ("the car draws 16 A", lambda own, seen: own.draw_ma == FULL_MA),
    ("the wallbox measures 11.04 kW", lambda own, seen: own.power_w == FULL_W),
    _reads("16 A", lambda own, seen: seen.current_a == FULL_MA / 1000),
    _reads("11.04 kW", lambda own, seen: seen.power_w == FULL_W),
)
CHARGING = (
    ("the pilot is in C", lambda own, seen: own.pilot == "C"),
    ("the contactor is closed", lambda own, seen: own.contactor),
    _reads("normalOperation", lambda own, seen: seen.operating == "normalOperation"),
)
UNHEARD = (  # while the manager is gone
    ("the wallbox has noticed the lost connection", lambda own, seen: not own.peers),
    ("it goes on in state uc", lambda own, seen: own.state == "uc"),
    ("it goes on offering 16 A", lambda own, seen: own.offered_ma == FULL_MA),
)
FAILSAFE = (
    ("the state is failsafe", lambda own, seen: own.state == "failsafe"),
    ("the failsafe limit is in force", lambda own, seen: own.limit_w == own.failsafe_w),
    ("nothing else rules", lambda own, seen: own.ruling == "lpc"),
    ("the wallbox offers 6 A", lambda own, seen: own.offered_ma == 6000),
    ("it measures no more than the limit", lambda own, seen: 0 < own.power_w <= own.failsafe_w),
)
READS_FAILSAFE = (
    *FAILSAFE,
    _reads("that power", lambda own, seen: seen.power_w == own.power_w),
    _reads("no active limit of its own", lambda own, seen: seen.limit_w is None),
)
EMPTY = (
    ("the pilot is in A", lambda own, seen: own.pilot == "A"),
    ("the contactor is open", lambda own, seen: not own.contactor),
    ("the wallbox measures nothing", lambda own, seen: own.power_w == 0),
    _reads("0 W", lambda own, seen: seen.power_w == 0),
    _reads("the same energy", lambda own, seen: own.energy_wh == seen.energy_wh > 0),
)


def limited(watts, offered_ma):
    """The manager's limit in W is in force, and the wallbox offers mA because of it."""
    return (
        ("the state is limited", lambda own, seen: own.state == "limited"),
        (f"the limit in force is {kw(watts)}", lambda own, seen: own.limit_w == watts),
        ("the wallbox says that the manager rules", lambda own, seen: own.ruling == "lpc"),
        (f"it offers {amperes(offered_ma)}", lambda own, seen: own.offered_ma == offered_ma),
        ("the car draws that", lambda own, seen: own.draw_ma == offered_ma),
        ("the wallbox measures no more than the limit", lambda own, seen: own.power_w <= watts),
        _reads(f"{kw(watts)}, active", lambda own, seen: seen.limit_w == watts),
        _reads("the same power", lambda own, seen: seen.power_w == own.power_w),
    )


def stranger(ski, waiting):
    """The manager with this SKI is held in hello; `waiting()` says that it has not got through."""
    return (
        ("the wallbox keeps it in hello", lambda own, seen: own.peers.get(ski) == "hello"),
        ("it does not trust it", lambda own, seen: ski not in own.trusted),
        ("the manager does not get through", lambda own, seen: waiting()),
    )


def paired(ski):
    """The wallbox trusts this SKI and exchanges data with it."""
    return (
        ("the wallbox trusts the manager", lambda own, seen: ski in own.trusted),
        ("they exchange data", lambda own, seen: own.peers.get(ski) == "data"),
    )
