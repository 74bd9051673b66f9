"""mDNS where port 5353 belongs to the stock firmware, which publishes a host name and no services:
RP2 boards. Not tried on hardware yet.

Announcements go out through a raw socket with UDP headers of our own, for mDNS wants the source
port 5353 (RFC 6762 11). Nobody's questions are heard: so they are repeated within the life of a
record. Answers to our own questions come to a port of their own (6.7)."""

import socket
import struct

from micropython import const

from firmware.discovery import Discovery, octets, outward

_UDP = const(17)
_PORT = const(5353)


class Announcer(Discovery):
    """The label must be the host name of the stock firmware, which goes on answering for it."""

    legacy = True
    again_ms = 30000  # of the 120 s of a record (Table 21)

    def _open(self):
        # connected, so that no packet but those from the group itself end in it: else it would
        # swallow all UDP of a board
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, _UDP)
        raw.connect(self.group)
        outward(raw, octets(self.host))
        self.raw = raw
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        outward(sock, octets(self.host))
        sock.setblocking(False)
        return sock

    def _close(self):
        self.raw.close()
        self.sock.close()

    def _take(self, packet, source, now):
        pass  # who asks from elsewhere is answered by the stock firmware

    def _write(self, packet, dest):
        if packet[2] & 0x80:
            # no checksum: IPv4 allows that
            head = struct.pack(">HHHH", _PORT, _PORT, 8 + len(packet), 0)
            self.raw.send(head + bytes(packet))
        elif not packet[9]:
            # a question. A probe claims records, but an objection to it would not be heard
            self.sock.sendto(packet, self.group)
