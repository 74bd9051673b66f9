"""python -m tools.trace FILE: what an energy manager and a wallbox have said to each other.

FILE is a record of `python -m tools.hems --record FILE`: a JSON line per datagram. -> went to the
wallbox, <- came from it; times are seconds since the first datagram.
"""

import argparse
import json
import sys
from pathlib import Path

from tools.hems.datagram import Datagram
from tools.trace import plot, show
from tools.trace.series import Values


def load(path):
    """The entries of a record. Raises ValueError with the line that is none."""
    entries = []
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
        try:
            entry = json.loads(line)
            if not isinstance(entry["datagram"], dict) or entry["dir"] not in ("sent", "seen"):
                raise ValueError
            entry["t"] = float(entry["t"])
        except (ValueError, KeyError, TypeError):
            raise ValueError(f"{path}:{number}: no entry of a record") from None
        entries.append(entry)
    return entries


def chosen(entry, only):
    """Does the classifier or the function of the datagram contain one of the words `only`?"""
    datagram = Datagram(entry["datagram"])
    text = f"{datagram.classifier} {datagram.function}".lower()
    return not only or any(word.lower() in text for word in only)


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m tools.trace",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE")
    parser.add_argument(
        "only", nargs="*", metavar="WORD", help="only classifiers and functions with a WORD"
    )
    parser.add_argument("--svg", metavar="OUT", help="plot measurements and limits instead")
    options = parser.parse_args(arguments)
    try:
        entries = load(options.file)
        if options.svg:
            text = plot.render(Values(entries), Path(options.file).name)
            Path(options.svg).write_text(text, encoding="utf-8")
            return 0
    except (OSError, ValueError) as error:
        print(f"tools.trace: {error}", file=sys.stderr)
        return 1
    for entry in entries:
        if chosen(entry, options.only):
            print("\n".join(show.lines(entry, entries[0]["t"])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
