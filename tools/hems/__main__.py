"""python -m tools.hems: interactive bench energy manager for a wallbox."""

import argparse
import asyncio
import contextlib
import re
import socket
import sys
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from tools.hems import commissioning, durations, pairing, scenario
from tools.hems.energyguard import GuardError
from tools.hems.find import nodes
from tools.hems.identity import Identity
from tools.hems.link import connect, ship_id
from tools.hems.recorder import Recorder
from tools.hems.session import HELP, CommandError, Session
from tools.hems.ship import ShipError
from tools.hems.spine import ResultError, SpineTimeout
from tools.hems.tls import TlsError
from tools.hems.websocket import WebSocketError
from tools.provision import qr

_SKI = re.compile("[0-9a-f]{40}")
UNITS = {"power": "W", "energy": "Wh", "current": "A", "voltage": "V", "frequency": "Hz"}
RETRY_S = 5
FIND_S = 10
UNREACHED = (
    *(OSError, TlsError, WebSocketError, ShipError),
    *(GuardError, ResultError, SpineTimeout, LookupError),
)
PEM = Path(__file__).resolve().parents[2] / "build" / "hems.pem"


def _label(text):
    label = qr.parse(text)
    if not {"FPH256", "SPSEC"} <= label.keys():
        raise argparse.ArgumentTypeError("the label has no FPH256 and SPSEC")
    return label


def arguments():
    """Command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.hems",
        description="Bench energy manager: connects to a wallbox, shows its values, sets limits.",
        epilog=f"commands on stdin: {HELP}",
    )
    parser.add_argument("address", nargs="?", metavar="HOST:PORT", help="IPv6 in [ ]")
    parser.add_argument(
        "order",
        nargs="*",
        metavar="commission SKI...",
        help="as a commissioning tool: the wallbox shall trust these partners; then end",
    )
    parser.add_argument("--find", action="store_true", help="look for a wallbox by mDNS")
    parser.add_argument("--ski", help="the wallbox must have this SKI")
    parser.add_argument(
        "--pin", help="PIN of the wallbox, entered when it asks: 8 to 16 hex digits"
    )
    parser.add_argument(
        "--identity",
        default=PEM,
        help="PEM file with key and certificate, made when missing (default: build/hems.pem)",
    )
    parser.add_argument(
        "--pair",
        metavar="LABEL",
        type=_label,
        help="QR text of the wallbox: ask it by the SHIP Pairing Service to trust this manager",
    )
    parser.add_argument("--record", metavar="FILE", help="append all datagrams as JSON lines")
    parser.add_argument("--script", metavar="FILE", help="go through a scenario, then end")
    parser.add_argument(
        "--control", type=int, metavar="PORT", help="control port of tools.sim, for the scenario"
    )
    parser.add_argument("--no-heartbeat", action="store_true", help="start without heartbeats")
    options = parser.parse_args()
    if options.find and options.address:
        options.order.insert(0, options.address)
        options.address = None
    if not options.address and not options.find:
        parser.error("give HOST:PORT or --find")
    if options.order:
        word, *skis = options.order
        options.order = [ski.lower() for ski in skis]
        if word != "commission" or not skis or not all(map(_SKI.fullmatch, options.order)):
            parser.error("after the address may come: commission SKI..., of 40 hex digits each")
    return options


async def target(options):
    """(host, port, ski or None) to connect to; SystemExit when nothing is found."""
    ski = options.ski.lower().replace(" ", "") if options.ski else None
    if options.address:
        host, _, port = options.address.rpartition(":")
        return host.strip("[]"), int(port), ski
    wanted = (lambda node: node.ski == ski) if ski else (lambda node: True)
    found = [node for node in await nodes(FIND_S, wanted) if wanted(node)]
    if not found:
        raise SystemExit(f"no SHIP node found within {FIND_S} s")
    return found[0].host, found[0].port, found[0].ski


def view(session, told):
    """Table of what is known of the wallbox."""
    out = Table("value", "", title="wallbox", caption=Text(f"{told}\n{HELP}"), min_width=60)
    limit = session.limit
    duration = f" for {durations.render(limit.duration)}" if limit and limit.duration else ""
    on = "active" if limit and limit.active else "inactive"
    out.add_row("limit", f"{limit.watts} W, {on}{duration}" if limit else "?")
    out.add_row("failsafe limit", f"{session.failsafe_w} W")
    if session.failsafe_s is not None:
        out.add_row("failsafe duration", durations.render(session.failsafe_s))
    out.add_row("nominal maximum", f"{session.nominal_w} W")
    out.add_row("operating state", str(session.monitor.operating_state))
    state = "on" if session.beating else "off"
    out.add_row("heartbeats", f"own {session.guard.counter} ({state}), heard {session.heard}")
    for name, (number, condition) in sorted(session.monitor.values.items()):
        unit = UNITS.get(name.partition(".")[0], "")
        out.add_row(name, f"{number} {unit}" + f" ({condition})" * (condition != "normal"))
    return out


async def stdin_lines():
    """A queue of the lines typed, None at the end, and the task that fills it."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    queue = asyncio.Queue()

    async def pump():
        while line := await reader.readline():
            queue.put_nowait(line.decode(errors="replace").strip())
        queue.put_nowait(None)

    return queue, asyncio.create_task(pump())


async def converse(session, lines, console):
    """Show and obey until "quit" (True) or the end of the link (False)."""
    told = f"connected, SHIP ID {session.link.connection.peer_ship_id}"
    gone = asyncio.create_task(session.link.closed.wait())
    terminal = console.is_terminal
    with (
        Live(view(session, told), console=console, auto_refresh=False)
        if terminal
        else (contextlib.nullcontext()) as live
    ):
        if not live:
            console.print(view(session, told))
        while not gone.done():
            typed = asyncio.create_task(lines.get())
            await asyncio.wait((typed, gone), timeout=1, return_when=asyncio.FIRST_COMPLETED)
            line = typed.result() if typed.done() else ""
            typed.cancel()
            if line in (None, "quit"):
                gone.cancel()
                return True
            if line:
                try:
                    told = await session.execute(line)
                except CommandError as error:
                    told = str(error)
            if live:
                live.update(view(session, told), refresh=True)
            elif line:
                console.print(Text(told))
                console.print(view(session, told))
    return False


async def follow(session, options, console):
    """Goes through the scenario of the options; the exit code."""
    lines = Path(options.script).read_text(encoding="utf-8").splitlines()
    control = await scenario.Control.connect(options.control) if options.control else None
    try:
        await scenario.run(session, lines, control, lambda text: console.print(Text(text)))
    except scenario.ScenarioError as error:
        console.print(Text(f"{options.script}: {error}"))
        return 1
    finally:
        if control:
            control.close()
    return 0


async def ask_for_trust(label, identity, host):
    """Announces that the wallbox with that QR text, at `host`, shall trust us."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((host, 9))  # sends nothing: which of our addresses faces it?
        own = sock.getsockname()[0]
    announcement = pairing.Announcement(pairing.record(label, identity, ship_id(identity)), own)
    await announcement.start()
    return announcement


async def run(options):
    """Asks for trust if told to, then meets the wallbox; the exit code."""
    console = Console()
    identity = Identity.load_or_create(options.identity)
    console.print(f"SKI of this energy manager, to be trusted by the wallbox: {identity.ski}")
    recorder = Recorder(options.record) if options.record else None
    host, port, ski = await target(options)
    announcement = options.pair and await ask_for_trust(options.pair, identity, host)
    try:
        return await meet(options, console, identity, recorder, (host, port, ski))
    finally:
        if announcement:
            await announcement.stop()


async def commission(options, console, identity, address):
    """Says as a commissioning tool whom the wallbox shall trust; the exit code."""
    host, port, ski = address
    try:
        link = await connect(
            host, port, identity, ski, options.pin, minor=1, prepare=commissioning.Tool
        )
        told, done = await commissioning.commission(link, options.order)
        await link.close()
    except UNREACHED as error:
        console.print(Text(f"{host}:{port}: {error}"))
        return 1
    console.print(Text(told))
    return 0 if done else 1


async def meet(options, console, identity, recorder, address):
    """Connect, converse, reconnect; the exit code."""
    host, port, ski = address
    if options.order:
        return await commission(options, console, identity, address)
    if options.script:
        try:
            link = await connect(host, port, identity, ski, recorder=recorder)
            session = Session(link)
            await session.setup(not options.no_heartbeat)
        except UNREACHED as error:
            console.print(Text(f"{host}:{port}: {error}"))
            return 1
        code = await follow(session, options, console)
        session.heartbeat(False)
        await link.close()
        return code
    lines, _pump = await stdin_lines()  # the task lives as long as its reference
    while True:
        try:
            link = await connect(host, port, identity, ski, options.pin, recorder=recorder)
            session = Session(link)
            await session.setup(not options.no_heartbeat)
        except UNREACHED as error:
            console.print(Text(f"{host}:{port}: {error}; next try in {RETRY_S} s"))
        else:
            quitting = await converse(session, lines, console)
            session.heartbeat(False)
            await link.close()
            if quitting:
                return 0
            console.print("the link has ended")
        with contextlib.suppress(TimeoutError):
            line = await asyncio.wait_for(lines.get(), RETRY_S)
            if line in (None, "quit"):
                return 0


def main():
    """Entry point."""
    with contextlib.suppress(KeyboardInterrupt):
        return asyncio.run(run(arguments()))


if __name__ == "__main__":
    sys.exit(main())
