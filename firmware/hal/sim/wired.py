"""A real meter of the PC behind the simulated plant: tools.sim --meter."""

import select

from firmware.hal.meters import create


class Port:
    """The methods of machine.UART over an open descriptor that does not block."""

    def __init__(self, fd):
        self._file = open(fd, "r+b")
        self.readinto = self._file.readinto
        self.write = self._file.write
        self._poll = select.poll()
        self._poll.register(self._file, select.POLLIN)

    def any(self):
        return len(self._poll.poll(0))


def meter(words, board):
    """`words`: the descriptor, and the meter as in the board constant METER."""
    return create(words[1:], Port(words[0]), board.PHASES, board.METER_MS)
