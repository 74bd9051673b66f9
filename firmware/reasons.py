"""Why the wallbox offers what it offers, in words for people: imported when somebody asks."""

from firmware.charger import fault_names

_RULING = (
    "power limit of the energy guard",
    "feed-in limit of the energy guard",
    "overload protection of the energy manager",
    "ECHONET Lite controller",
    "user",
    "rating of the cable",
    "maximum of the board",
    "temperature",
    "meter lost, safe current",
    "main fuse of the house",
    "self-consumption advice of the energy manager",
    "charge plan of the car",
)  # by origin


def reason(charger):
    """Why its offer is what it is."""
    faults = fault_names(charger.blocked())
    if faults:
        return "fault " + faults[0]
    if not charger.plugged:
        return "no car"
    if charger.waits():
        return "pause before the next offer"
    return ruling(charger.limits)


def ruling(limits):
    """Which of the limits rules, and what that means."""
    text = _RULING[limits.ruling]
    if limits.paused:
        text += ": too little to charge, paused"
    elif limits.kept:
        text += ": least current kept"
    return text
