"""Times the two ways of reading discovery, in turn: `clocked.py FILE`. Prints medians in us."""

import gc
import sys
import time
from array import array

from discovery import extract, read
from micropython import const

_ROUNDS = const(25)
_WINDOW = const(2048)  # as a session has
_INTS = const(400)


def clock(function, *arguments):
    gc.collect()
    start = time.time_ns()
    function(*arguments)
    return (time.time_ns() - start) // 1000


def median(values):
    return sorted(values)[len(values) // 2]


def main(path):
    with open(path, "rb") as file:
        data = file.read()
    walked = array("i", [-1] * _INTS)
    extracted = array("i", [-1] * _INTS)
    n = read(data, _WINDOW, walked)
    if n != extract(data, extracted) or walked != extracted or min(walked[:n]) < 0:
        raise SystemExit("the two do not find the same")
    by_walker = []
    by_loads = []
    for _ in range(_ROUNDS):
        by_walker.append(clock(read, data, _WINDOW, walked))
        by_loads.append(clock(extract, data, extracted))
    print(median(by_walker), median(by_loads))


main(sys.argv[1])
