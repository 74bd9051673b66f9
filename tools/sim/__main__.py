import asyncio
import fcntl
import os
import sys
import time

from tools import identity
from tools import meter as meters
from tools.build import BuildError, build
from tools.sim.options import parse
from tools.sim.output import Output
from tools.sim.simulator import Simulator
from tools.sim.wallbox import MissingMicroPython, command_line

_RELEASE_S = 4  # a child whose parent was killed takes up to 3 s to say goodbye


def _lock(folder):
    """Descriptor of the state folder with an exclusive lock, also held by the child."""
    handle = os.open(folder, os.O_RDONLY)
    deadline = time.monotonic() + _RELEASE_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return handle
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def main(arguments=None):
    options = parse(arguments)
    try:
        command = command_line(options.board, options.heap)
        os.makedirs(options.state, exist_ok=True)
        lock = _lock(options.state)
        port = meters.Port(options.meter) if options.meter else None
        build("x64")
    except BlockingIOError:
        return _failed(f"{options.state} is in use by another simulator: choose another --state")
    except (MissingMicroPython, BuildError, OSError) as error:
        return _failed(error)
    if options.identity == "device":
        identity.blank(options.state)
    elif not identity.load(options.state):
        identity.create(options.state)
    output = Output(sys.stdout)
    code = asyncio.run(Simulator(options, command, lock, output, port).run())
    output.close()
    # not sys.exit: a thread may still wait in a read of stdin
    sys.stderr.flush()
    os._exit(code)


def _failed(text):
    print(f"tools.sim: {text}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
