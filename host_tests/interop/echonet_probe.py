"""A UDP socket on a host of a `netns.Network`, for whoever sends raw ECHONET Lite frames."""

import contextlib
import ctypes
import os
import select
import socket
import time

from host_tests.interop.netns import Unavailable
from tools.echonet.client import GROUP, PORT

_NEW_NETWORK = 0x40000000  # CLONE_NEWNET
_LIBC = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def inside(host):
    """Sockets that this thread makes meanwhile belong to the host's namespace, for ever."""
    with (
        open(f"/run/netns/{host.name}", "rb") as there,
        open("/proc/thread-self/ns/net", "rb") as here,
    ):
        if _LIBC.setns(there.fileno(), _NEW_NETWORK):
            raise Unavailable(f"setns: {os.strerror(ctypes.get_errno())}")
        try:
            yield
        finally:
            _LIBC.setns(here.fileno(), _NEW_NETWORK)


class Probe:
    """Port 3610 of the host, unicast and group in one queue, so that the order is kept."""

    def __init__(self, host):
        with inside(host):
            self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        own = socket.inet_aton(host.address)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, own)
        group = socket.inet_aton(GROUP) + own
        self._sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
        self._sock.bind(("", PORT))

    def close(self):
        self._sock.close()

    def send(self, address, frame):
        self._sock.sendto(frame, (address, PORT))

    def receive(self, seconds):
        """The next datagram, None when there is none in that time."""
        if not select.select([self._sock], [], [], max(seconds, 0))[0]:
            return None
        return self._sock.recv(2048)

    def ask(self, address, frame, seconds=1):
        """The datagram with the same TID that comes next, None without one."""
        self.send(address, frame)
        end = time.monotonic() + seconds
        while (data := self.receive(end - time.monotonic())) is not None:
            if data[2:4] == frame[2:4] and data[7:10] == frame[4:7]:
                return data
        return None
