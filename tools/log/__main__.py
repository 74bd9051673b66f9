"""The events that a wallbox remembers: `python -m tools.log --port PORT`, or `--state DIR`.

The last 256 at least: starts and their causes, limits, what was offered, the car, faults, states
of LPC and LPP, failsafe values, trusted partners and their connections. A running wallbox is
asked over its console and runs on; a board in production answers only in maintenance, for which
its button is held at a reset (docs/boards.md).
"""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from tools.link import BY, LinkError
from tools.log import plot, show, source
from tools.log.records import read


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m tools.log",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("--port", help="serial port of the board")
    place.add_argument("--state", metavar="DIR", help="state folder of tools.sim")
    parser.add_argument(
        "--maintenance", action="store_true", help="stop the wallbox, read, and restart it"
    )
    parser.add_argument("--by", choices=BY, default="mpremote", help="the library that is used")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--svg", metavar="FILE", help="plot offered current and limits over time")
    options = parser.parse_args(arguments)
    try:
        if options.state:
            data, began = source.of_state(options.state)
        else:
            data, began = source.of_board(options.port, options.by, options.maintenance)
        events = read(data, began)
        if options.svg:
            title = f"events of the wallbox at {options.state or options.port}"
            Path(options.svg).write_text(plot.render(events, title))
    except (source.NoLog, LinkError, OSError, ValueError) as error:
        print(f"tools.log: {error}", file=sys.stderr)
        return 1
    if options.json:
        for event in events:
            print(show.line(event))
    elif not options.svg:
        Console(highlight=False).print(show.table(events))
    return 0


if __name__ == "__main__":
    sys.exit(main())
