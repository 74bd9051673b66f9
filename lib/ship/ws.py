"""WebSocket for SHIP (6.7, RFC 6455), one connection, either role, sans-I/O. Its opening handshake
is in upgrade.py.

The owner gets payload bytes as they arrive, at most `room()` at a time, through
`payload(buf, off, n)`; `message_end()` after the last one; `pong()`.
Fragments are accepted and never sent. Out: one message is one frame, its header written before
the payload.
"""

from _fast import mask

HEAD = 8  # room before a message in the send buffer for the longest frame header
MAX_MESSAGE = 102400  # what ship-go takes, too


class WsError(Exception):
    """The peer broke the protocol; args[0] is the close code."""


class WebSocket:
    def __init__(self, owner, client):
        self.owner = owner
        self.client = client
        self.open = False  # the upgrade is done
        self.head = bytearray(14)
        self.hn = 0  # bytes of the frame header that are here
        self.left = -1  # payload bytes to come, -1: in the header
        self.pos = 0  # payload bytes gone, for the mask
        self.op = self.fin = 0
        self.inside = False  # a message has begun and its last frame has not ended
        self.total = 0
        self.body = b""  # of a control frame
        self.ping = None  # body of a ping that waits for its pong
        self.got_close = 0  # close code of the peer, 1005 when it gave none

    # in

    def rx(self, buf, off, end):
        """Takes bytes of `buf`, an own bytearray, from `off` to `end`; unmasks in place. Returns
        where it stopped: before `end` after each message and control frame, so that the owner can
        answer first. Raises WsError."""
        while off < end:
            if self.left < 0:
                off = self._header(buf, off, end)
                if self.left < 0:
                    break
            control = self.op & 8
            n = min(self.left, end - off)
            if not control:
                n = min(n, self.owner.room())
            if n:
                if not self.client:
                    mask(buf, off, n, self.head, self.hn - 4, self.pos)
                if control:
                    self.body += buf[off : off + n]
                else:
                    self.owner.payload(buf, off, n)
                self.pos += n
                self.left -= n
                off += n
            elif self.left:
                break
            if self.left == 0:
                self.left = -1
                self.hn = 0
                if control:
                    self._control()
                    break
                if self.fin:
                    self.inside = False
                    self.owner.message_end()
                    break
        return off

    def _header(self, buf, off, end):
        head = self.head
        while off < end:
            head[self.hn] = buf[off]
            self.hn += 1
            off += 1
            if self.hn > 1:
                n = head[1] & 0x7F
                k = 10 if n == 127 else 4 if n == 126 else 2
                if self.hn >= k + (head[1] >> 7) * 4:
                    if k > 2:
                        n = 0
                        for i in range(2, k):
                            n = n << 8 | head[i]
                    self._begin(n)
                    break
        return off

    def _begin(self, n):
        fin = self.head[0] & 0x80
        op = self.head[0] & 0x7F  # with the reserved bits, which nobody has asked for
        error = 1002
        if (self.head[1] < 0x80) != self.client or op > 10:
            pass
        elif op & 8:
            if fin and n <= 125:
                error = 0
                self.body = b""
        elif op == 1:
            error = 1003
        elif op == (0 if self.inside else 2):
            if op:
                self.inside = True
                self.total = 0
            self.total += n
            self.fin = fin
            error = 1009 if self.total > MAX_MESSAGE else 0
        if error:
            raise WsError(error)
        self.op = op
        self.left = n
        self.pos = 0

    def _control(self):
        body = self.body
        if self.op == 8:
            self.got_close = body[0] << 8 | body[1] if len(body) > 1 else 1005
        elif self.op == 9:
            self.ping = body
        else:
            self.owner.pong()

    # out

    def frame(self, buf, start, end, first):
        """Writes the header of a frame with first byte `first` (5.2) before its payload,
        buf[start:end] of less than 65536 bytes; the frame as a memoryview. A client masks with
        key 0: legal, and no byte has to be touched."""
        n = end - start
        bit = 0
        if self.client:
            bit = 0x80
            start -= 4
            buf[start] = buf[start + 1] = buf[start + 2] = buf[start + 3] = 0
        start -= 2
        if n > 125:
            buf[start] = n >> 8
            buf[start + 1] = n & 255
            start -= 2
            n = 126
        buf[start] = first
        buf[start + 1] = bit | n
        return memoryview(buf)[start:end]
