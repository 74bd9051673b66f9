"""The time of day by SNTP (RFC 4330), for boards that name a server (SNTP): loaded there alone.

Without it, and without a clock that somebody has set, the time is unknown: timestamps are left out
and absolute times refused (5.2.2). The answer is believed when it carries our own random number,
which is all the protection that SNTP has: nothing of the safety may depend on the time.
"""

import socket
import struct

from micropython import const

from ticks import add, diff

_AGAIN_MS = const(86400000)  # a board's crystal is 2 s off after that
_RETRY_MS = const(15000)  # doubled each time, up to an hour
_SLOWEST_MS = const(3600000)
_PORT = const(123)
_SIZE = const(48)
_ASK = const(0x23)  # version 4, mode client
_UNIX = const(2208988800)  # seconds from 1900, the epoch of NTP, to 1970
_OLDEST = const(1735689600)  # 2025: whatever is earlier belongs to the next era (from 2036 on)


def answer(packet, ours):
    """Unix seconds of a server's answer to the request with that 8 bytes, None: no good one."""
    if len(packet) < _SIZE or packet[24:32] != ours:
        return None
    if packet[0] & 7 != 4 or packet[0] >> 6 == 3 or not 0 < packet[1] < 16:
        return None  # not of a server, or of one that does not know the time itself
    t = struct.unpack_from(">I", packet, 40)[0] - _UNIX
    return t if t >= _OLDEST else t + (1 << 32)


class Sntp:
    """A timer on real time of `net`. `server`: host name or address; `random(n)`: bytes;
    `tell(t)`: takes Unix seconds.

    Finding a name may block for some seconds: give an address where that matters."""

    def __init__(self, net, server, random, tell, port=_PORT):
        self._net = net
        self._server = server
        self._port = port
        self._random = random
        self._tell = tell
        self._socket = None
        self._ours = b""
        self._at = None  # time of the next question
        self._retry = _RETRY_MS

    def tick(self, now):
        if self._at is None or diff(now, self._at) >= 0:
            self._ask()
            self._at = add(now, self._retry)
            self._retry = min(2 * self._retry, _SLOWEST_MS)
        return diff(self._at, now)

    def stop(self):
        """Forgets the question that is open."""
        if self._socket:
            self._net.unwatch(self._socket)
            self._socket.close()
            self._socket = None

    def _ask(self):
        self.stop()
        self._ours = self._random(8)
        request = bytearray(_SIZE)
        request[0] = _ASK
        request[40:48] = self._ours
        try:
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.setblocking(False)
            self._socket = sock
            self._net.watch(sock, self._hear)
            sock.sendto(request, socket.getaddrinfo(self._server, self._port)[0][-1])
        except OSError:
            self.stop()  # no network, or nobody knows that name: later

    def _hear(self):
        try:
            packet = self._socket.recv(_SIZE)
        except OSError:
            return
        t = answer(packet, self._ours)
        if t is None:
            return
        self._tell(t)
        self.stop()
        self._retry = _AGAIN_MS
