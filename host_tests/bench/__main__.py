"""Measures speed and size: `python -m host_tests.bench`, which writes build/bench.json.

--modules prints what each module of the firmware costs, and measures nothing else.
"""

import argparse
import json
import sys

from host_tests.bench import modules, rows
from host_tests.memory.install import NotInstalled
from tools import ROOT
from tools.build import BuildError
from tools.checks import COULD_NOT_RUN

_OUT = ROOT / "build" / "bench.json"


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="host_tests.bench", description=__doc__.splitlines()[0])
    parser.add_argument("--modules", action="store_true", help="cost of each module")
    options = parser.parse_args(arguments)
    try:
        if options.modules:
            modules.table()
            return 0
        values = rows.run()
    except BuildError as error:
        print(error)
        return 1
    except NotInstalled as error:
        print(error)
        return COULD_NOT_RUN
    results = [result(row, values) for row in rows.ROWS]
    _OUT.parent.mkdir(parents=True, exist_ok=True)
    _OUT.write_text(json.dumps(results, indent=1) + "\n")
    return report(results)


def result(row, values):
    """The entry of build/bench.json for a row; a value that is missing is not ok."""
    value = values.found.get(row.name)
    return {
        "name": row.name,
        "value": round(value, 2) if isinstance(value, float) else value,
        "unit": row.unit,
        "bar": row.bar,
        "ok": value is not None and (row.bar is None or value <= row.bar),
        "note": values.failed.get(row.name, row.note),
    }


def report(results):
    """Prints the table; the exit code."""
    for entry in results:
        mark = "ok" if entry["ok"] else "FAIL"
        value = "-" if entry["value"] is None else f"{entry['value']:,}"
        bar = "" if entry["bar"] is None else f"{entry['bar']:,}"
        print(f"{mark:5}{entry['name']:28}{value:>9} {entry['unit']:3}{bar:>8}  {entry['note']}")
    failed = sum(not entry["ok"] for entry in results)
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
