"""WebSocket for SHIP (6.7, RFC 6455), one connection, either role, sans-I/O.

The owner gets payload bytes as they arrive, at most `room()` at a time, through `payload(buf, off, n)`;
`message_end()` after the last one; `pong()`. The window of the owner holds the HTTP head until it is complete.
Fragments are accepted and never sent. Out: one message is one frame, its header written before the payload.
"""

from binascii import a2b_base64, b2a_base64
from hashlib import sha1

from micropython import const

from _fast import mask

HEAD = 14  # room before a message in the send buffer for the longest frame header
MAX_MESSAGE = 102400  # what ship-go takes, too

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_MAX_HEAD = const(2048)

_CONT = const(0)
_BINARY = const(2)
_CLOSE = const(8)
_PING = const(9)
_PONG = const(10)


class WsError(Exception):
    """The peer broke the protocol; args[0] is the close code."""


class WebSocket:
    def __init__(self, owner, client=False):
        self.owner = owner
        self.client = client
        self.open = False
        self.head = bytearray(14)
        self.hn = 0  # bytes of the frame header that are here
        self.left = -1  # payload bytes to come, -1: in the header
        self.pos = 0  # payload bytes gone, for the mask
        self.op = 0
        self.fin = False
        self.inside = False  # a message has begun and its last frame has not ended
        self.total = 0
        self.ctl = bytearray(125)
        self.ctl_n = 0
        self.ping = False  # a ping waits for its pong
        self.got_close = 0  # close code of the peer, 1005 when it gave none
        self.key = None

    # in

    def rx(self, buf, off, end):
        """Takes bytes of `buf`, an own bytearray, from `off` to `end`; unmasks in place. Returns where it stopped:
        before `end` after each message, so that the owner can answer first. Raises WsError."""
        while off < end:
            if self.left < 0:
                off = self._header(buf, off, end)
                if self.left < 0:
                    break
                if self.left:
                    continue
            n = min(self.left, end - off)
            if not self.op & 8:
                n = min(n, self.owner.room())
                if not n and self.left:
                    break
            if n:
                if self.masked:
                    mask(buf, off, n, self.mask, self.pos)
                if self.op & 8:
                    self._control(buf, off, n)
                else:
                    self.owner.payload(buf, off, n)
                self.pos += n
                self.left -= n
                off += n
            if self.left == 0:
                self.left = -1
                self.hn = 0
                if self.op & 8:
                    self._control_end()
                elif self.fin:
                    self.inside = False
                    self.owner.message_end()
                    break  # the owner may have something to say first
        return off

    def _header(self, buf, off, end):
        head = self.head
        while off < end:
            head[self.hn] = buf[off]
            self.hn += 1
            off += 1
            if self.hn == 1:
                continue
            n = head[1] & 0x7F
            need = 2 + (0 if n < 126 else 2 if n == 126 else 8) + (4 if head[1] & 0x80 else 0)
            if self.hn >= need:
                self._begin(n, need)
                break
        return off

    def _begin(self, n, need):
        head = self.head
        op = head[0] & 0x0F
        self.masked = head[1] & 0x80 != 0
        if head[0] & 0x70 or self.masked == self.client:
            raise WsError(1002)
        if n == 126:
            n = head[2] << 8 | head[3]
        elif n == 127:
            if head[2] or head[3] or head[4] or head[5] or head[6] & 0xC0:
                raise WsError(1009)
            n = head[6] << 24 | head[7] << 16 | head[8] << 8 | head[9]
        fin = head[0] & 0x80 != 0
        if op & 8:
            if op > _PONG or n > 125 or not fin:
                raise WsError(1002)
            self.ctl_n = 0
        else:
            if op == _BINARY and not self.inside:
                self.total = 0
                self.inside = True
            elif op == 1:
                raise WsError(1003)
            elif op != _CONT or not self.inside:
                raise WsError(1002)
            self.total += n
            if self.total > MAX_MESSAGE:
                raise WsError(1009)
            self.fin = fin
        if self.masked:
            self.mask = self.head[need - 4 : need]
        self.op = op
        self.left = n
        self.pos = 0

    def _control(self, buf, off, n):
        ctl = self.ctl
        for i in range(n):
            ctl[self.ctl_n + i] = buf[off + i]
        self.ctl_n += n

    def _control_end(self):
        if self.op == _PING:
            self.ping = True  # of several the last is answered (5.5.3)
        elif self.op == _PONG:
            self.owner.pong()
        else:
            self.got_close = self.ctl[0] << 8 | self.ctl[1] if self.ctl_n >= 2 else 1005

    # out

    def frame(self, buf, start, end):
        """Writes the header of a binary frame before buf[start:end]; returns where the frame begins.
        A client masks with key 0: legal, and no byte has to be touched."""
        return self._frame(buf, start, end, 0x80 | _BINARY)

    def pong_frame(self, buf, start):
        """A pong with the payload of the last ping, at buf[start:]; (first, past the last)."""
        self.ping = False
        return self._small(buf, start, 0x80 | _PONG, self.ctl, self.ctl_n)

    def ping_frame(self, buf, start):
        return self._small(buf, start, 0x80 | _PING, b"", 0)

    def close_frame(self, buf, start, code, reason=b""):
        body = bytes((code >> 8, code & 255)) + reason[:100]
        return self._small(buf, start, 0x80 | _CLOSE, body, len(body))

    def _small(self, buf, start, op, body, n):
        buf[start : start + n] = memoryview(body)[:n]
        return self._frame(buf, start, start + n, op), start + n

    def _frame(self, buf, start, end, op):
        n = end - start
        bit = 0
        if self.client:
            bit = 0x80
            start -= 4
            buf[start] = buf[start + 1] = buf[start + 2] = buf[start + 3] = 0
        if n < 126:
            start -= 2
            buf[start + 1] = bit | n
        else:
            start -= 4
            buf[start + 1] = bit | 126
            buf[start + 2] = n >> 8
            buf[start + 3] = n & 255
        buf[start] = op
        return start

    # opening handshake (6.7.3)

    def request(self, path, host, random):
        """The HTTP request of a client; `random` is 16 bytes."""
        self.key = b2a_base64(random).strip()
        return (
            b"GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ship\r\n\r\n"
        ) % (path, host, self.key)

    def http(self, head):
        """Takes the complete HTTP head (bytes). Returns the answer of a server, b"" as a client; sets `open`
        when the upgrade is done. Any path will do: ship-go also asks for /."""
        lines = head.split(b"\r\n")
        fields = {}
        for line in lines[1:]:
            name, colon, value = line.partition(b":")
            if colon and len(fields) < 24:
                fields[name.strip().lower()] = value.strip()
        upgrade = fields.get(b"upgrade", b"").lower() == b"websocket"
        ship = b"ship" in [p.strip() for p in fields.get(b"sec-websocket-protocol", b"").split(b",")]
        if self.client:
            said = fields.get(b"sec-websocket-accept", b"")
            status = lines[0].split(b" ")
            self.open = (
                len(status) > 1 and status[1] == b"101" and upgrade and ship and said == accept(self.key)
            )
            return b""
        key = fields.get(b"sec-websocket-key", b"")
        if not lines[0].startswith(b"GET ") or not upgrade or not _is_key(key):
            return b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        if fields.get(b"sec-websocket-version") != b"13":
            return b"HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\nContent-Length: 0\r\n\r\n"
        if not ship:
            return b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        self.open = True
        return (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Protocol: ship\r\nSec-WebSocket-Accept: %s\r\n\r\n"
        ) % accept(key)


def _is_key(key):
    try:
        return len(a2b_base64(key)) == 16
    except ValueError:
        return False


def accept(key):
    return b2a_base64(sha1(key + _GUID).digest()).strip()
