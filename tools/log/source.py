"""Where the bytes of the event ring come from: a board, running or not, or the simulator."""

import time
from base64 import b64decode
from pathlib import Path

from firmware.event_codes import SECTORS
from tools.link import Link, LinkError

_SIZE = SECTORS * 4096
_ANSWER_S = 10  # it takes 3 over a serial line, and a TLS handshake may come between
_READ = """
import sys, loader
from binascii import b2a_base64
_slot = "/" + loader.read()[0]
sys.path[:0] = [_slot, _slot + "/lib"]
from firmware.hal import area
flash = area.events_on_board()
part = bytearray(%d)
def read(at):
    flash.read_into(at, part)
    print("log", b2a_base64(part).decode(), end="")
"""
_PART = 1024


class NoLog(Exception):
    """There is none; the text says why."""


def of_state(folder):
    """Of the simulator's state folder."""
    try:
        return (Path(folder) / "events.bin").read_bytes(), None
    except OSError as error:
        raise NoLog(f"no events of a simulated wallbox in {folder}: {error.strerror}") from None


def of_board(port, by="mpremote", maintenance=False):
    """(bytes, Unix seconds of its start or None) of the board at `port`.

    A running wallbox is asked and runs on. `maintenance`: it is stopped, and restarted afterwards.
    """
    if maintenance:
        with Link(port, by) as link:
            link.run(_READ % _PART)
            lines = [link.run(f"read({at})") for at in range(0, _SIZE, _PART)]
            link.restart()
        return _pages(lines), None
    with Link(port, by, stop=False) as link:
        try:
            link.say(b"\nlog\n")
            lines = []
            link.wait_line("log end", _ANSWER_S, [("log ", lines.append)])
        except LinkError:
            raise NoLog(
                f"the wallbox at {port} does not answer: it is in production, in maintenance, or"
                " its firmware is without events. --maintenance stops it, reads, and restarts it"
            ) from None
    up_s = [int(line.split()[-1]) for line in lines if line.startswith("log up ")]
    return _pages(lines), int(time.time()) - up_s[-1] if up_s else None


def _pages(lines):
    words = [line.split() for line in lines]
    data = b"".join(b64decode(w[1]) for w in words if len(w) == 2 and w != ["log", "end"])
    if len(data) != _SIZE:
        raise NoLog("part of the events was lost on the line: try again")
    return data
