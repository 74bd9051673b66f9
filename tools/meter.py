"""Reads a real meter on a serial port of this PC, with the driver of the wallbox.

    python -m tools.meter modbus:/dev/ttyUSB0,sdm630,1      one line per reading
    python -m tools.meter sml:/dev/ttyUSB0
    python -m tools.meter d0:/dev/ttyUSB0,9600,7E1

A line setting may follow, speed or speed and format; without it 9600,8N1 (d0: 9600,7E1).
"""

import argparse
import contextlib
import re
import sys
import time
from typing import NamedTuple

import serial

from firmware.hal import Sample
from firmware.hal.meters import create
from firmware.hal.meters.registers import MODELS

PERIOD_MS = 1000
_MASK = (1 << 30) - 1
FORMS = "modbus:PORT,MODEL,ADDRESS sml:PORT d0:PORT"


class Spec(NamedTuple):
    kind: tuple  # as the board constant METER
    device: str
    baud: int
    form: str  # "8N1"


def parse(text):
    """The Spec of `text`. Raises ValueError with what would be right."""
    kind, _, rest = text.partition(":")
    fields = rest.split(",")
    device = fields.pop(0)
    if kind not in ("modbus", "sml", "d0") or not device:
        raise ValueError(f"a meter is one of {FORMS}, each may end in ,SPEED,8N1")
    words: tuple = (kind,)
    if kind == "modbus":
        if len(fields) < 2 or fields[0] not in MODELS:
            known = " ".join(sorted(MODELS))
            raise ValueError(f"modbus:PORT,MODEL,ADDRESS with one of the models {known}")
        if not fields[1].isdecimal() or not 1 <= int(fields[1]) <= 247:
            raise ValueError("a Modbus address is 1 to 247")
        words = (kind, fields[0], int(fields[1]))
        del fields[:2]
    baud = fields.pop(0) if fields else "9600"
    form = fields.pop(0) if fields else ("7E1" if kind == "d0" else "8N1")
    if fields or not baud.isdecimal() or not re.fullmatch("[78][NEO][12]", form):
        raise ValueError("a line setting is e.g. 9600 or 9600,8E1")
    return Spec(words, device, int(baud), form)


class Port:
    """A serial port with the methods of machine.UART that meters use."""

    def __init__(self, spec):
        bits, parity, stop = int(spec.form[0]), spec.form[1], int(spec.form[2])
        try:
            self.serial = serial.Serial(spec.device, spec.baud, bits, parity, stop, timeout=0)
        except serial.SerialException as error:
            raise OSError(f"{spec.device}: {error.strerror or error}") from None

    def fileno(self):
        """Of the open port: does not block, keeps the settings of the line."""
        return self.serial.fileno()

    def any(self):
        return self.serial.in_waiting

    def readinto(self, buf):
        return self.serial.readinto(buf)

    def write(self, data):
        return self.serial.write(data)

    def close(self):
        self.serial.close()


def line(sample):
    """One reading for people."""
    phases = zip(sample.mv, sample.ma, strict=True)
    words = [f"L{i} {mv / 1000:5.1f} V {ma / 1000:6.2f} A" for i, (mv, ma) in enumerate(phases, 1)]
    words.append(f"{sum(sample.w):6} W")
    if sample.mhz:
        words.append(f"{sample.mhz / 1000:.2f} Hz")
    if sample.wh >= 0:
        words.append(f"{sample.wh / 1000:.3f} kWh")
    if sample.export_wh >= 0:
        words.append(f"back {sample.export_wh / 1000:.3f} kWh")
    return "  ".join(words)


def read(port, meter, seconds, out):
    """Prints readings until `seconds` are over (0: for ever); how many there were."""
    sample = Sample()
    start = time.monotonic()
    found = dropped = 0
    while not seconds or time.monotonic() < start + seconds:
        wait = meter.tick(int(time.monotonic() * 1000) & _MASK)
        if meter.measure(sample):
            found += 1
            print(line(sample), file=out, flush=True)
        if meter.dropped > dropped:
            dropped = meter.dropped
            print(f"{dropped} readings lost: no answer, or not a good one", file=sys.stderr)
        time.sleep(max(wait, 1) / 1000)
    return found


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m tools.meter",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("meter", help=FORMS)
    parser.add_argument("--phases", type=int, choices=(1, 3), default=3)
    parser.add_argument("--seconds", type=float, default=0, help="0: until Ctrl-C (the default)")
    options = parser.parse_args(arguments)
    try:
        spec = parse(options.meter)
        port = Port(spec)
    except (ValueError, OSError) as error:
        print(f"tools.meter: {error}", file=sys.stderr)
        return 1
    meter = create(spec.kind, port, options.phases, PERIOD_MS)
    found = 0
    with contextlib.suppress(KeyboardInterrupt):
        found = read(port, meter, options.seconds, sys.stdout)
    port.close()
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
