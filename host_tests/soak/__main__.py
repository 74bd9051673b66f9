"""The wallbox for a day: `python -m host_tests.soak [--minutes 24]`, at 60 times its speed.

Two managers stay connected, one limits, a car comes and goes. Fails when a session is lost or when
the largest free block of the heap is below 24 KB. Plots to build/soak/soak.svg.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from rich.progress import Progress

from host_tests.soak.day import Lost, Soak, passed_h
from tools import ROOT
from tools.demo.wallbox import WallboxError
from tools.hems.spine import ResultError, SpineTimeout
from tools.sim.options import default_heap
from tools.trace import plot
from tools.trace.series import Series

_LEAST = 24 * 1024


class _Values:
    """What tools.trace.plot draws."""

    refused: list = []

    def __init__(self, samples):
        start = samples[0].t_h
        hours = [3600 * (sample.t_h - start) for sample in samples]

        def series(name, unit, values):
            return Series(name, unit, list(zip(hours, values, strict=True)))

        self.end = hours[-1]
        self.series = [
            series("largest free block", "KB", [s.heap_max / 1024 for s in samples]),
            series("free", "KB", [s.heap_free / 1024 for s in samples]),
            series("power", "W", [s.power_w for s in samples]),
            series("sessions", "", [s.sessions for s in samples]),
        ]


def main():
    parser = argparse.ArgumentParser(
        prog="host_tests.soak",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--minutes", type=float, default=24)
    parser.add_argument("--heap", help="of the 64-bit port (default: as tools.sim has it)")
    parser.add_argument("--board", default="sim")
    options = parser.parse_args()
    heap = options.heap or default_heap(options.board)
    out = ROOT / "build" / "soak"
    out.mkdir(parents=True, exist_ok=True)
    reason = ""
    with tempfile.TemporaryDirectory() as folder, Progress() as progress:
        task = progress.add_task("soak", total=options.minutes * 60)

        def tell(sample):
            hours = passed_h(soak.samples)
            text = f"{hours:4.1f} h, largest free block {sample.heap_max // 1024} KB"
            progress.update(task, completed=60 * hours, description=text)

        soak = Soak(Path(folder), heap, options.board, _LEAST, tell)
        try:
            asyncio.run(soak.run(options.minutes))
        except (Lost, WallboxError, ResultError, SpineTimeout, OSError) as error:
            reason = f"{type(error).__name__} {error}"
            print((Path(folder) / "log").read_text()[-2000:], file=sys.stderr)
    if soak.samples:
        (out / "soak.svg").write_text(plot.render(_Values(soak.samples), "soak"))
        least = min(sample.heap_max for sample in soak.samples)
        print(
            f"{passed_h(soak.samples):.1f} h of protocol time, {soak.writes} limits, {soak.cars}"
            f" cars, heap {heap}: largest free block at least {least:,} bytes"
        )
    if reason or not soak.samples:
        print(f"{reason}\n0 passed, 1 failed")
        return 1
    print("1 passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
