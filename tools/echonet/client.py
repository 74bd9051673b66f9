"""A controller on UDP: asks, waits for the answer, listens to notifications."""

import collections
import contextlib
import select
import socket
import struct
import time
from dataclasses import dataclass

from echonet import GROUP, PORT
from tools.echonet.wire import Frame, Malformed, decode, encode

CONTROLLER = 0x05FF01
PROFILE = 0x0EF001
_INF = 0x73
_RES = {0x60: (0x50,), 0x61: (0x71, 0x51), 0x62: (0x72, 0x52), 0x63: (0x73, 0x53)}
_RES[0x6E] = (0x7E, 0x5E)
_RES[0x74] = (0x7A,)
_MOST = 1500
_NOTICES = 100


class NoAnswer(Exception):
    """Nobody has answered in time."""


@dataclass
class Received:
    at: float
    host: str
    port: int
    raw: bytes
    frame: Frame | None
    error: str


class Client:
    """`bind`: own address; "" for all. Port 3610 is shared with others on this machine.

    A node answers to port 3610, so that is where the client has to listen. `notices`: the last
    notifications that were heard, also while something else was waited for.
    """

    def __init__(self, bind="", interface=None, timeout=3.0):
        self.timeout = timeout
        self.notices = collections.deque(maxlen=_NOTICES)
        self._tid = int(time.time()) & 0x7FFF
        self._sockets = [self._open(bind)]
        if bind:
            # a socket bound to an address does not get what is sent to the group
            self._sockets.append(self._open(GROUP))
        local = socket.inet_aton(interface or bind or "0.0.0.0")
        group = self._sockets[-1]
        group.setsockopt(
            socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP) + local
        )
        out = self._sockets[0]
        if interface or bind:
            out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, local)
        out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, struct.pack("b", 1))

    @staticmethod
    def _open(address):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((address, PORT))
        except OSError:
            sock.close()
            raise
        return sock

    def close(self):
        for sock in self._sockets:
            sock.close()

    def send(self, host, frame):
        self._sockets[0].sendto(encode(frame), (host, PORT))

    def listen(self, seconds=None):
        """Yields everything that arrives, as Received, for `seconds` or for ever."""
        end = None if seconds is None else time.monotonic() + seconds
        while True:
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                return
            for sock in select.select(self._sockets, [], [], left)[0]:
                raw, (host, port) = sock.recvfrom(_MOST)
                try:
                    frame, error = decode(raw), ""
                except Malformed as problem:
                    frame, error = None, str(problem)
                got = Received(time.time(), host, port, raw, frame, error)
                if frame and frame.esv == _INF:
                    self.notices.append(got)
                yield got

    def request(self, host, deoj, esv, properties, second=()):
        """The answering Frame. Raises NoAnswer after the timeout."""
        self._tid = self._tid % 0xFFFF + 1
        ask = Frame(self._tid, CONTROLLER, deoj, esv, list(properties), list(second))
        self.send(host, ask)
        for got in self.listen(self.timeout):
            frame = got.frame
            if frame and frame.tid == ask.tid and got.host == host and frame.esv in _RES[esv]:
                return frame
        raise NoAnswer(f"no answer from {host} in {self.timeout:g} s")

    def notice(self, host, eoj, epc, edt, seconds=3.0):
        """The notification that a property has this value: the oldest heard, or the next one.

        Older ones are forgotten. Raises NoAnswer when there is none within `seconds`.
        """

        def fits(got):
            frame = got.frame
            if frame is None or frame.esv != _INF or (got.host, frame.seoj) != (host, eoj):
                return False
            return (epc, edt) in frame.properties

        while self.notices:
            if fits(got := self.notices.popleft()):
                return got
        for got in self.listen(seconds):
            if fits(got):
                self.notices.clear()
                return got
        raise NoAnswer(f"{host} has not told {epc:02X} {edt.hex()} in {seconds:g} s")

    def get(self, host, eoj, epcs):
        """{EPC: data} of all `epcs`; b"" for what the object does not give."""
        answer = self.request(host, eoj, 0x62, [(epc, b"") for epc in epcs])
        return {**dict.fromkeys(epcs, b""), **dict(answer.properties)}

    def set(self, host, eoj, values):
        """Sets (EPC, data) pairs; the EPCs that were refused."""
        answer = self.request(host, eoj, 0x61, values)
        if answer.esv == 0x71:
            return []
        return [epc for epc, edt in answer.properties if edt]

    def discover(self, seconds=2.0):
        """{host: list of EOJs} of the nodes that answer a search within `seconds`."""
        self._tid = self._tid % 0xFFFF + 1
        self.send(GROUP, Frame(self._tid, CONTROLLER, PROFILE, 0x62, [(0xD6, b"")]))
        nodes = {}
        for got in self.listen(seconds):
            if got.frame and got.frame.esv == 0x72 and got.frame.seoj == PROFILE:
                data = dict(got.frame.properties).get(0xD6, b"")
                nodes[got.host] = instances(data)
        return nodes


def instances(edt):
    """EOJs in an instance list (D5, D6)."""
    return [int.from_bytes(edt[i : i + 3], "big") for i in range(1, len(edt) - 2, 3)]


@contextlib.contextmanager
def client(bind, interface, timeout):
    opened = Client(bind, interface, timeout)
    try:
        yield opened
    finally:
        opened.close()
