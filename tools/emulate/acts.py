"""What the board goes through: it starts, loads the firmware, and connects to an energy manager.

A `board` has run(code) -> what the code prints, as tools.link.Link has; it may take minutes. Times
are those of the board's own clock.
"""

import asyncio
from typing import NamedTuple

from firmware import store as records
from ship.states import STATES
from tools import ROOT, identity
from tools.board import load as load_board
from tools.build import names
from tools.emulate import aboard
from tools.hems import Identity, ship
from tools.hems import link as links
from tools.image.content import content
from tools.provision.board import Records, settings

PATIENCE = 200  # an emulated second is so many of ours at most
LIMIT_MS = 240_000  # of the board's time, for the connection


_DIALLING = ("firmware/dialer", "firmware/uri")  # which boards that never call do not have


def equipped(name, arch=None):
    """{path: bytes} of the file system of a board, which can dial."""
    found = content(name, arch)
    folder = ROOT / "build" / "mpy" / (arch or load_board(name)["ARCH"])
    for module in _DIALLING:
        found[f"a/{module}.mpy"] = (folder / f"{module}.mpy").read_bytes()
    return found


class Failed(Exception):
    """An act that did not come to its end; the text says where."""


class Loaded(NamedTuple):
    """ms of the import; bytes of heap free before and after it, largest free block after it."""

    ms: int
    before: int
    after: int
    block: int


class Met(NamedTuple):
    """`events`: [(ms, words)] that the board has told, `use_cases`: what the manager has read."""

    events: list
    use_cases: list


def boot(board):
    """What the interpreter says of itself."""
    return board.run("import sys\nprint(sys.version)").strip()


def load(board, name):
    """Imports the firmware, as main.py does."""
    text = board.run(names().program(aboard.IMPORT.format(board=name)))
    return Loaded(*map(int, text.split()))


def equip(board, wifi):
    """Gives the board an identity, when it has none, and `wifi` (name, password); its SKI."""
    log = Records(board)
    told = log.told()
    if told.ski is None:
        made = identity.make()
        log.put(records.PRIVATE_KEY, made.key)
        log.put(records.SERIAL, made.serial.encode())
        log.put(records.SHIP_ID, made.ship_id.encode())
        log.put(records.CERT, made.cert)
    log.put(records.SETTINGS, settings(*wifi))
    return log.told().ski


async def meet(board, ski, host, patience=PATIENCE):
    """The board, with the SKI `ski`, dials a bench manager on this computer, which it finds at
    `host`; the manager reads who it is and what it can do, and says goodbye. Raises Failed."""
    manager = Identity.create()
    listener = ship.Listener(manager)
    port = await listener.start("127.0.0.1")
    program = aboard.CONNECT.format(ski=manager.ski, host=host, port=port, limit_ms=LIMIT_MS)
    running = asyncio.create_task(asyncio.to_thread(board.run, names().program(program)))
    managing = asyncio.create_task(_manage(listener, manager, ski, patience))
    await asyncio.wait({running, managing}, return_when=asyncio.FIRST_COMPLETED)
    try:
        if running.done() and not managing.done():
            managing.cancel()
            raise Failed(f"the board has met nobody:\n{running.result()}")
        use_cases = await managing
        return Met(_events(await running), use_cases)
    except (ship.ShipError, TimeoutError) as error:
        await asyncio.wait({running}, timeout=5 * patience)  # it may say why
        why = running.done() and running.exception()
        raise Failed(f"the manager: {error}" + (f"; the board: {why}" if why else "")) from None
    finally:
        listener.stop()


async def _manage(listener, manager, ski, patience):
    connection = await listener.accept(LIMIT_MS / 1000 * patience)
    connection.patience = patience
    if connection.peer_ski != ski:
        raise Failed(f"somebody else has called: {connection.peer_ski}")
    link = await links.adopt(connection, manager)
    link.spine.patience = patience
    await link.discover()
    found = sorted({name for _, _, name in link.remote.use_cases})
    await link.close()
    return found


def _events(text):
    """[(ms, words)] of the lines that begin with a number."""
    found = []
    for line in text.splitlines():
        ms, _, words = line.strip().partition(" ")
        if ms.isdigit():
            kind, _, state = words.partition(" ")
            found.append((int(ms), f"ship {STATES[int(state)]}" if kind == "ship" else words))
    return found
