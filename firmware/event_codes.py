"""What the records of the event ring mean: for the tools, and for the test that compares the codes
of firmware.events with this table. A board does not load it.

A record is 16 bytes: FORMAT is sequence, kind, what, time, value, more, CRC; little endian. The
CRC is the lower half of CRC-32 over the bytes before it.
"""

from firmware.hal import FAULTS
from firmware.limits import ORIGINS
from usecases.limitation import STATES

__all__ = ("FAULTS", "ORIGINS", "STATES")

FORMAT = "<HBBIiHH"
SIZE = 16
CHECKED = 14  # bytes under the CRC
SECTORS = 3  # of 4096 bytes: the last 256 records are always there

KIND = 0x3F  # bits of the kind: an index of KINDS ...
LATE = 0x40  # ... changes before this one were left out, because there were too many ...
CLOCK = 0x80  # ... `time` is Unix seconds; else seconds since the start

NONE = -(1 << 29)  # value of a limit that is off
NO_MORE = 0xFFFF

# a number is never used again for something else
KINDS = (
    "",
    "start",  # what: CAUSES; value: version, 8 bits a part
    "stop",  # what: STOPS
    "clock",  # the time of day is known from here; value: seconds since the start
    "limit",  # what: ORIGINS; value: W, or -1 - mA of the least phase, or NONE
    "offer",  # what: ORIGINS, which rules; value: mA; more: power in 10 W
    "car",  # what: letter of the pilot; value: Wh of this session; more: 1 contactor closed
    "fault",  # value: bits, see FAULTS
    "state",  # what: USES; value: STATES
    "failsafe",  # what: USES; value: W; more: minutes
    "trust",  # value: first four bytes of the SKI
    "untrust",  # the same
    "peer",  # data is exchanged; value: as trust
    "lost",  # the same, no more
)
# machine.reset_cause() on ESP32 and RP2; the RP2 says watchdog after machine.reset()
CAUSES = ("", "power on", "reset", "watchdog", "deep sleep", "soft reset")
STOPS = ("asked to", "error")
USES = ("lpc", "lpp")
