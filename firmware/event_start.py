"""The first record of the events after a start. Needed once."""

from micropython import const

from firmware import VERSION

_START = const(1)  # event start


def record(events, cause):
    """`cause`: of the reset, as machine.reset_cause() has it."""
    version = 0
    for part in VERSION.split("."):
        version = version << 8 | int(part)
    events.write(_START, cause, version)
