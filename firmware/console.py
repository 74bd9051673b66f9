"""The console of a running board: at the line `log` it tells its events, for tools.log.

It knows no other word and changes nothing. On boards with EVENTS, but for those in production,
whose console is closed.
"""

import sys
from binascii import b2a_base64

from micropython import const

_WORD = b"log\n"
_PAGE = const(256)  # told at a time: 30 ms of a serial line
_REST_MS = const(20)


class Console:
    """Watches stdin for `net`, and is a timer of it."""

    def __init__(self, net, events):
        self._events = events
        self._readinto = sys.stdin.buffer.readinto
        self._byte = bytearray(1)
        self._matched = 0  # bytes of the word
        self._at = -1  # offset of the next page to tell
        net.watch(sys.stdin, self.readable)

    def readable(self):
        # one byte: a longer read might wait
        self._readinto(self._byte)
        byte = self._byte[0]
        if byte != _WORD[self._matched]:
            self._matched = 0
        if byte == _WORD[self._matched]:
            self._matched += 1
        if self._matched == len(_WORD):
            self._matched = 0
            self._at = 0
            print("log up", self._events.up_s)

    def tick(self, now):
        if self._at < 0:
            return -1
        flash = self._events.ring.flash
        if self._at == flash.size:
            self._at = -1
            print("log end")
            return -1
        page = bytearray(_PAGE)
        flash.read_into(self._at, page)
        print("log", b2a_base64(page).decode(), end="")  # type: ignore[arg-type]
        self._at += _PAGE
        return _REST_MS
