"""Brings new code onto a board in one step: `python -m tools.deploy BOARD --port PORT`.

    make deploy BOARD=picow PORT=/dev/ttyACM0

The wallbox goes into maintenance. Only files that have changed are sent, into the code slot that
is not in use; then the pointer is moved and the board starts it. The power may go at any moment:
either the old or the new code starts. New code that does not run for a minute within three
boots gives way to the old one. Settings and identity are not touched.
"""

import argparse
import sys
from base64 import b64encode
from hashlib import sha256
from pathlib import PurePosixPath

from tools.board import load
from tools.build import BuildError
from tools.image.content import beside, files
from tools.image.formats import BLOCK
from tools.link import BY, Link, LinkError

_CHUNK = 768
_STARTED = "plugship "  # firmware.onboard
_BACK = "slot "  # firmware.loader
_START_S = 60

# what the board does; `p` are paths, slots are "/a" and "/b"
_HELPERS = """
import os
from binascii import a2b_base64, hexlify
from hashlib import sha256
def digest(p):
    h = sha256()
    b = bytearray(512)
    m = memoryview(b)
    with open(p, "rb") as f:
        while True:
            n = f.readinto(b)
            if not n:
                return hexlify(h.digest()[:8]).decode()
            h.update(m[:n])
def walk(p):
    try:
        found = list(os.ilistdir(p))
    except OSError:
        return
    for e in found:
        q = p + "/" + e[0]
        if e[1] & 0x4000:
            walk(q)
        else:
            print(q, digest(q))
def folder(p):
    for i in range(1, len(p)):
        if p[i] == "/":
            try:
                os.mkdir(p[:i])
            except OSError:
                pass
def copy(p, q):
    folder(q)
    b = bytearray(512)
    m = memoryview(b)
    with open(p, "rb") as f, open(q, "wb") as g:
        while True:
            n = f.readinto(b)
            if not n:
                return
            g.write(m[:n])
def pointer(text):
    with open("/slot.new", "w") as f:
        f.write(text)
    os.rename("/slot.new", "/slot")
"""


class DeployError(Exception):
    """The board still has the code it had; the text says why."""


def digest(data):
    return sha256(data).hexdigest()[:16]


def blocks(content):
    """How many blocks {path: bytes} takes in a new folder of a LittleFS: each file some of its
    own, each folder two."""
    folders = {parent for path in content for parent in PurePosixPath(path).parents}
    return sum(-(-len(data) // BLOCK) for data in content.values()) + 2 * len(folders)


class Updater:
    """Over a Link at the raw REPL. `say(text)` tells the user."""

    def __init__(self, link, say=print):
        self._link = link
        self._say = say
        self.sent = 0  # bytes

    def update(self, wanted, around):
        """Puts `wanted` {path: bytes} into the free slot and `around` beside the slots, and
        chooses the slot. Returns its letter, None when the board has all of it already."""
        link = self._link
        link.run(_HELPERS)
        words = link.run(
            'print(open("/slot").read() if "slot" in os.listdir("/") else "a")'
        ).split()
        used = words[0]
        goal = {path: digest(data) for path, data in wanted.items()}
        self._beside(around)
        has = self._listing(f"/{used}")
        if has == goal:
            return None
        if len(words) > 1:  # it has not proved itself: the one before is the one to keep
            used = words[1]
            link.run(f"pointer({used!r})")
            has = self._listing(f"/{used}")
        free = "b" if used == "a" else "a"
        there = self._listing(f"/{free}")
        for path in sorted(path for path in there if there[path] != goal.get(path)):
            link.run(f"os.remove({f'/{free}/{path}'!r})")
        missing = {path: data for path, data in wanted.items() if there.get(path) != goal[path]}
        self._room(missing)
        for path, data in missing.items():
            target = f"/{free}/{path}"
            if has.get(path) == goal[path]:
                link.run(f"copy({f'/{used}/{path}'!r}, {target!r})")
            else:
                self._say(f"  {path}")
                self._send(target, data)
        if self._listing(f"/{free}") != goal:
            raise DeployError("the board does not hold what was written: its flash is bad or full")
        link.run(f"pointer({f'{free} {used} 0'!r})")
        return free

    def _room(self, missing):
        needed = blocks(missing)
        free = int(self._link.run('print(os.statvfs("/")[3])'))
        if needed > free:
            raise DeployError(
                f"{needed} blocks of flash are needed beside the code that runs, {free} are free: "
                "write the image with tools.flash"
            )

    def _listing(self, folder):
        """{path in the folder: digest}"""
        lines = self._link.run(f"walk({folder!r})").split("\n")
        pairs = (line.split() for line in lines if line.strip())
        return {path[len(folder) + 1 :]: value for path, value in pairs}

    def _beside(self, around):
        # first: what is new in here starts the old code as well
        for path, data in around.items():
            known = self._link.run(
                f'print({path!r} in os.listdir("/") and digest({f"/{path}"!r}))'
            )
            if known.strip() != digest(data):
                self._say(f"  {path}")
                self._send(f"/{path}.new", data)
                self._link.run(f"os.rename({f'/{path}.new'!r}, {f'/{path}'!r})")

    def _send(self, path, data):
        self._link.run(f"folder({path!r})\nf = open({path!r}, 'wb')")
        for at in range(0, len(data), _CHUNK):
            text = b64encode(data[at : at + _CHUNK]).decode()
            self._link.run(f"f.write(a2b_base64({text!r}))")
        self._link.run("f.close()")
        self.sent += len(data)


def started(link):
    """(version, SKI) that the wallbox tells when it has come up after a reset. Raises DeployError
    when it was the old slot."""
    back = []
    words = link.wait_line(_STARTED, _START_S, [(_BACK, back.append)]).split()
    if back:
        raise DeployError(f"the new code has not come up, the old one runs again ({back[0]})")
    return words[1], words[-1]


def deploy(name, port, by="mpremote", arch=None, say=print):
    """Raises DeployError, LinkError, ValueError, BuildError."""
    board = load(name)
    if "ARCH" not in board:
        raise DeployError(f"{name} is simulated: python -m tools.sim")
    if board["CODE"] == "frozen":
        raise DeployError(f"the code of {name} is part of its firmware (docs/boards.md)")
    wanted, around = files(name, arch), beside(name, arch)
    with Link(port, by) as link:
        updater = Updater(link, say)
        slot = updater.update(wanted, around)
        link.restart()
        version, ski = started(link)
    say(f"sent {updater.sent:,} bytes" + (f" into slot {slot}" if slot else ": nothing new"))
    say(f"version  {version}\nSKI      {ski}")
    return slot, version, ski


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m tools.deploy",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("board")
    parser.add_argument("--port", required=True, help="serial port of the board")
    parser.add_argument("--by", choices=BY, default="mpremote", help="the library that is used")
    options = parser.parse_args(arguments)
    try:
        deploy(options.board, options.port, options.by)
    except (DeployError, LinkError, ValueError, BuildError, OSError) as error:
        print(f"tools.deploy: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
