"""Reads a message from a file, in chunks, and keeps nothing: `digest.py FILE`. Prints how many
features it describes."""

import sys

import plan
from micropython import const

from ejson.walker import DONE, ITEM, NEED, Walker, Window

_WINDOW = const(512)
_BALLAST = const(65536)  # more than compiling and importing took: so that only reading counts


def main(path):
    window = Window(_WINDOW)
    walker = Walker(window, plan)
    buf = memoryview(window.buf)
    feature = plan.EVENTS[1]
    features = 0
    ballast = bytearray(_BALLAST)
    walker.start()
    with open(path, "rb") as file:
        while True:
            event = walker.step()
            if event == NEED:
                window.room()
                window.w += file.readinto(buf[window.w :])
            elif event == ITEM:
                if walker.item == feature:
                    features += 1
            elif event == DONE:
                print(features, len(ballast))
                return


main(sys.argv[1])
