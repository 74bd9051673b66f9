"""The opening handshake of a WebSocket (6.7.3, RFC 6455 4), either role; loaded for it alone."""

from binascii import b2a_base64
from hashlib import sha1

from micropython import const

_UPGRADE = const(b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-")
_SHIP = const(b"Protocol: ship\r\n\r\n")


def request(ws, path, host, random):
    """The HTTP request of a client; `random` is 16 bytes."""
    ws.key = b2a_base64(random).strip()
    return b"GET %s HTTP/1.1\r\nHost: %s\r\n%sKey: %s\r\n%s%s" % (
        path,
        host,
        _UPGRADE,
        ws.key,
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-",
        _SHIP,
    )


def http(ws, head):
    """Takes the HTTP head (bytes) without the empty line at its end. Returns the answer of a
    server, b"" as a client; sets `ws.open` when the upgrade is done. Any path will do: ship-go
    also asks for /."""
    low = head.lower()
    upgrade = _field(head, low, b"upgrade").lower() == b"websocket"
    ship = b"," + _field(head, low, b"sec-websocket-protocol").replace(b" ", b"") + b","
    ship = b",ship," in ship
    if ws.client:
        said = _field(head, low, b"sec-websocket-accept")
        ws.open = head[:12] == b"HTTP/1.1 101" and upgrade and ship and said == accept(ws.key)
        return b""
    key = _field(head, low, b"sec-websocket-key")
    if head[:4] != b"GET " or not upgrade or not ship or len(key) != 24:
        error = b"400 Bad Request"
    elif _field(head, low, b"sec-websocket-version") != b"13":
        error = b"426 Upgrade Required\r\nSec-WebSocket-Version: 13"
    else:
        ws.open = True
        return b"HTTP/1.1 101 Switching Protocols\r\n%sAccept: %s\r\nSec-WebSocket-%s" % (
            _UPGRADE,
            accept(key),
            _SHIP,
        )
    return b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n" % error


def _field(head, low, name):
    """The value of a header field, b"" when it is not there; `low`: `head` in lower case."""
    name = b"\r\n" + name + b":"
    i = low.find(name)
    return head[i + len(name) :].split(b"\r\n", 1)[0].strip() if i > 0 else b""


def accept(key):
    """Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 4.2.2)."""
    return b2a_base64(sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()).strip()
