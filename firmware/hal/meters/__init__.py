"""Meters behind a serial line or a pulse input, without the hardware: bytes in, values out.

A meter is an object with

    tick(now) -> ms         does its work; ms until it wants to be called again
    measure(sample) -> bool True: a whole plausible reading since the last call, now in the
                            Sample (firmware.hal)
    dropped                 readings lost to a bad checksum, time-out or implausible value

`port` is what machine.UART offers: any(), readinto(buf), write(buf). None of it blocks.
"""


def create(spec, port, phases, period_ms):
    """The meter of a board constant METER: ("modbus", model, address), ("sml",) or ("d0",).

    `phases`: wired to the car, 1 or 3. Modbus is asked every `period_ms`; SML and D0 meters
    send by themselves. Raises ValueError for what is not known.
    """
    kind = spec[0]
    if kind == "modbus":
        from firmware.hal.meters.modbus import Modbus

        return Modbus(port, spec[1], spec[2], phases, period_ms)
    if kind == "sml":
        from firmware.hal.meters.sml import Sml

        return Sml(port, phases)
    if kind == "d0":
        from firmware.hal.meters.d0 import D0

        return D0(port, phases)
    raise ValueError("meter is modbus, sml or d0")
