"""python -m tools.demo: see `--help`."""

import argparse
import asyncio
import contextlib
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from tools import ROOT
from tools.demo import timeline
from tools.demo.manager import Manager
from tools.demo.recording import Recording
from tools.demo.screen import Screen
from tools.demo.stage import Broken, Stage
from tools.demo.story import CHAPTERS, SECOND_ACT
from tools.demo.wallbox import HEAP, Wallbox, WallboxError
from tools.echonet.client import NoAnswer
from tools.hems import Identity
from tools.hems.energyguard import GuardError
from tools.hems.ship import ShipError
from tools.hems.spine import ResultError, SpineTimeout
from tools.hems.tls import TlsError
from tools.hems.websocket import WebSocketError

_SPEED = 12
_FAST = (0.1, 60)  # pace, speed
_FAILURES = (
    *(Broken, WallboxError, OSError, TlsError, WebSocketError, ShipError),
    *(GuardError, ResultError, SpineTimeout, LookupError, NoAnswer),
)


def arguments(given=None):
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.demo",
        description="A wallbox, an energy manager, a car, in 75 s: pairing, charging, a limit, a "
        "manager that dies, the failsafe state; then a controller of another kind, by ECHONET "
        "Lite. Every step is checked on both sides.",
        epilog="Leaves timeline.svg and record.jsonl (all samples). Exit code 1: something of the "
        "story did not happen.",
    )
    parser.add_argument("--keep", action="store_true", help="leave the wallbox running")
    parser.add_argument("--fast", action="store_true", help="no time to watch, for tests")
    parser.add_argument("--board", default="sim", help="a simulated one (default: sim)")
    parser.add_argument(
        "--heap", default=HEAP, metavar="SIZE", help=f"of the wallbox (default: {HEAP})"
    )
    parser.add_argument(
        "--one-act", action="store_true", help="without ECHONET Lite, which small boards lack"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=ROOT / "build" / "demo",
        metavar="DIR",
        help="where the files go (default: build/demo)",
    )
    return parser.parse_args(given)


async def play(stage, chapters):
    """The chapters until one fails; rows for Screen.summary."""
    rows: list[tuple] = []
    reached = True
    for number, chapter in enumerate(chapters, 1):
        if not reached:
            rows.append((number, chapter.title, chapter.promise, "not reached", None))
            continue
        stage.recording.chapter(number, chapter.title, chapter.label)
        stage.screen.chapter(number, len(chapters), chapter.title, chapter.promise)
        try:
            happened = await chapter.play(stage)
            stage.screen.passed(happened)
        except _FAILURES as error:
            reached = False
            happened = str(error) or type(error).__name__
            stage.screen.failed(happened)
        stage.recording.result(chapter.title, reached, happened)
        rows.append((number, chapter.title, chapter.promise, happened, reached))
    return rows


async def run(options, screen):
    """The story, its files and its summary; True when everything happened."""
    options.out.mkdir(parents=True, exist_ok=True)
    picture = options.out / "timeline.svg"
    picture.unlink(missing_ok=True)  # not one of an earlier run beside the record of this
    state = Path(tempfile.mkdtemp(prefix="plugship-demo-"))
    wallbox = Wallbox(
        state,
        options.out / "wallbox.log",
        options.keep,
        options.board,
        options.heap,
        not options.one_act,
    )
    chapters = [one for one in CHAPTERS if not (options.one_act and one.label == SECOND_ACT)]
    manager = Manager(Identity.load_or_create(options.out / "manager.pem"))
    recording = Recording(options.out / "record.jsonl")
    stage = Stage(wallbox, manager, recording, screen, *(_FAST if options.fast else (1, _SPEED)))
    stage.lasting = options.keep
    runs_on = False
    try:
        with screen:
            rows = await play(stage, chapters)
        runs_on = options.keep and bool(wallbox.ready)
    finally:
        await stage.curtain_down()
        manager.crash()
        if runs_on:
            wallbox.leave()
        else:
            await wallbox.stop()
            shutil.rmtree(state, ignore_errors=True)
        recording.close()
    screen.summary(rows, stage.figures)
    if recording.samples:
        picture.write_text(timeline.render(recording), encoding="utf-8")
        print(f"\n{_short(picture)}: limit, current and power over time")
        print(f"{_short(options.out / 'record.jsonl')}: all samples")
    if runs_on:
        _how_to_go_on(wallbox.ready, options.out / "manager.pem", state)
    passed = sum(row[-1] is True for row in rows)
    print(f"{passed} passed, {len(rows) - passed} failed")
    return passed == len(rows)


def _short(path):
    path = path.resolve()
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def _how_to_go_on(ready, identity, state):
    address = f"{ready['host']}:{ready['port']}"
    print(f"\nThe wallbox runs on at {address}, control port {ready['control']}; it remembers in")
    print(f"{state} and trusts this energy manager:")
    print(f"  .venv/bin/python -m tools.hems {address} --identity {_short(identity)}")
    print(f"  kill {ready['pid']}    ends it")


def main(given=None):
    """Exit code of the demonstration."""
    options = arguments(given)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: the wallbox must end
    with contextlib.suppress(KeyboardInterrupt):
        return 0 if asyncio.run(run(options, Screen())) else 1
    print("broken off")
    return 130


if __name__ == "__main__":
    sys.exit(main())
