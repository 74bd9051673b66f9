"""What the 32-bit interpreter lacks, for the whole firmware to run in it: tls, socket, select and
SHA-1; and a clock that stands still. A `Wire` is a TCP connection with TLS already done. Nothing
in here makes garbage while bytes go through: what is measured is the firmware's own.
"""

import sys
import time


class Wire:
    """The socket of one connection. `said`: what the firmware has written, while `listening`;
    `written` bytes in all."""

    def __init__(self):
        self.said = bytearray()
        self.listening = True
        self.written = 0
        self.data = b""
        self.at = 0

    def feed(self, data):
        self.data = data
        self.at = 0

    def readinto(self, buf):
        n = min(len(self.data) - self.at, len(buf))
        if n == 0:
            return None
        i = 0
        while i < n:
            buf[i] = self.data[self.at]
            self.at += 1
            i += 1
        return n

    def write(self, mv):
        if self.listening:
            self.said.extend(mv)
        self.written += len(mv)
        return len(mv)

    def setblocking(self, on):
        pass

    def setsockopt(self, level, option, value):
        pass

    def close(self):
        pass


class Socket(Wire):
    """A listener, or the socket of mDNS."""

    def __init__(self, *family):
        super().__init__()
        self.listening = False
        self.pending = None

    def bind(self, address):
        pass

    def listen(self, backlog):
        pass

    def accept(self):
        wire, self.pending = self.pending, None
        return wire, ("192.0.2.2", 50000)

    def recvfrom(self, most):
        raise OSError(11)

    def sendto(self, packet, address):
        return len(packet)


class SocketModule:
    AF_INET = 2
    SOCK_DGRAM = 2
    SOCK_STREAM = 1
    SOL_SOCKET = 1
    IP_ADD_MEMBERSHIP = 35
    SO_REUSEADDR = 2
    socket = Socket

    @staticmethod
    def getaddrinfo(host, port):
        return [(2, 1, 0, "", (host, port))]


class Poll:
    def __init__(self):
        self.listeners = []

    def register(self, file, events):
        if isinstance(file, Socket):
            self.listeners.append(file)

    def unregister(self, file):
        pass

    def modify(self, file, events):
        pass

    def ipoll(self, most):
        for file in self.listeners:
            if file.pending:
                return ((file, 1),)
        return ()


class SelectModule:
    POLLIN = 1
    POLLOUT = 4
    poll = Poll


class Context:
    def __init__(self, role):
        pass

    def load_cert_chain(self, cert, key):
        pass

    def set_ciphers(self, suites):
        pass

    def wrap_socket(self, raw, **options):
        return raw


class TlsModule:
    PROTOCOL_TLS_CLIENT = 0
    PROTOCOL_TLS_SERVER = 1
    CERT_NONE = 0
    CERT_OPTIONAL = 1
    CERT_REQUIRED = 2
    MBEDTLS_VERSION = "none"
    SSLContext = Context


class sha1:
    """FIPS 180-4, of one piece."""

    def __init__(self, data):
        self.data = bytes(data)

    def digest(self):
        n = len(self.data)
        data = self.data + b"\x80" + bytes(-(n + 9) % 64) + (8 * n).to_bytes(8, "big")
        h = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0]
        for block in range(0, len(data), 64):
            w = [int.from_bytes(data[i : i + 4], "big") for i in range(block, block + 64, 4)]
            for i in range(16, 80):
                w.append(_turn(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1))
            a, b, c, d, e = h
            for i in range(80):
                if i < 20:
                    f, k = (b & c) | (~b & d), 0x5A827999
                elif i < 40:
                    f, k = b ^ c ^ d, 0x6ED9EBA1
                elif i < 60:
                    f, k = (b & c) | (b & d) | (c & d), 0x8F1BBCDC
                else:
                    f, k = b ^ c ^ d, 0xCA62C1D6
                a, b, c, d, e = (
                    (_turn(a, 5) + f + e + k + w[i]) & 0xFFFFFFFF,
                    a,
                    _turn(b, 30),
                    c,
                    d,
                )
            h = [(x + y) & 0xFFFFFFFF for x, y in zip(h, (a, b, c, d, e))]  # noqa: B905
        return b"".join(x.to_bytes(4, "big") for x in h)


def _turn(x, n):
    return (x << n | x >> (32 - n)) & 0xFFFFFFFF


class TimeModule:
    """Time stands still, so that the same happens in every run."""

    @staticmethod
    def ticks_ms():
        return 1000


class HashlibModule:
    sha1 = sha1
    sha256 = __import__("hashlib").sha256


for name in ("ticks_diff", "ticks_add"):
    setattr(TimeModule, name, getattr(time, name))
sys.modules["tls"] = TlsModule
sys.modules["socket"] = SocketModule
sys.modules["select"] = SelectModule
sys.modules["hashlib"] = HashlibModule
sys.modules["time"] = TimeModule
