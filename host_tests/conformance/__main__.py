"""python -m host_tests.conformance: the official cases against the running firmware."""

import argparse
import asyncio
import fnmatch
import sys
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from host_tests.conformance import report, runner
from host_tests.conformance.catalogue import APPLICABLE, required
from host_tests.conformance.outcome import CASES, FAILED, INCONCLUSIVE

ROOT = Path(__file__).resolve().parents[2]


def arguments():
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m host_tests.conformance",
        description="Official EEBUS test cases over the wire. Exit code 1 when a required one "
        "(marked *) fails.",
    )
    parser.add_argument("--only", metavar="GLOB", action="append", help="cases by id pattern")
    parser.add_argument(
        "--all", action="store_true", help="all executable cases, not only the required ones"
    )
    parser.add_argument("--list", action="store_true", help="applicable ids: executable or not")
    parser.add_argument("--verbose", action="store_true", help="trace of the cases that fail")
    parser.add_argument("--page", metavar="FILE", type=Path, help="also keep the verdicts there")
    return parser.parse_args()


def chosen(options):
    """The cases that the options ask for, in the order of the catalogue."""
    order = list(APPLICABLE)
    cases = sorted(CASES, key=lambda c: order.index(c.id))
    if options.only:
        return [c for c in cases if any(fnmatch.fnmatch(c.id, one) for one in options.only)]
    return [c for c in cases if options.all or required(c.id)]


def main():
    """Run, report, and return the exit code."""
    options = arguments()
    console = Console(width=None if sys.stdout.isatty() else 160)
    if options.list:
        console.print(report.listing())
        return 0
    cases = chosen(options)
    if not cases:
        console.print("no such case")
        return 2
    logs = ROOT / "build" / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with Progress(
        TextColumn("{task.description:40}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task("conformance", total=len(cases))

        def progress(case, result, trace):
            if result is None:
                bar.update(task, description=f"{case.id} ({case.role})")
                return
            bar.advance(task)
            style = report.STYLES[result["verdict"]]
            line = f"[{style}]{result['verdict']:14}[/] {case.id} ({case.role}) "
            bar.console.print(line + escape(result["reason"]), highlight=False)
            if options.verbose and result["verdict"] in (FAILED, INCONCLUSIVE):
                for t, direction, text in trace:
                    arrow = "->" if direction == "sent" else "<-"
                    bar.console.print(
                        f"    {t:8.3f} {arrow} {text}", markup=False, highlight=False
                    )

        results = asyncio.run(runner.run(cases, logs, progress))
    report.write(results, ROOT / "build")
    if options.page:
        options.page.write_text(report.page(results))
    console.print(report.table(results))
    broken = report.broken(results)
    if broken:
        console.print(f"required and not passed: {', '.join(one['id'] for one in broken)}")
    print(report.closing(results))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
