"""TLS 1.2 handshake messages in bytes (RFC 5246, 8422, 6066): a ClientHello as one wants it, and
what comes back. No cryptography: it ends where a key would be needed."""

import secrets
import struct
from typing import NamedTuple

ALERT, HANDSHAKE, APPLICATION = 21, 22, 23
CLIENT_HELLO, SERVER_HELLO, CERTIFICATE, SERVER_KEY_EXCHANGE = 1, 2, 11, 12
CERTIFICATE_REQUEST, SERVER_HELLO_DONE = 13, 14
SNI, MAX_FRAGMENT, GROUPS, POINTS, SIGNATURES, TICKET, VERSIONS, RENEGOTIATION = (
    *(0, 1, 10, 11, 13, 35, 43, 0xFF01),
)
TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3 = 0x0301, 0x0302, 0x0303, 0x0304
GCM, CBC, SCSV = 0xC02B, 0xC023, 0x00FF
SECP256R1, BRAINPOOL = 23, (26, 27, 28)
ECDSA_SHA256 = 0x0403


class Hello(NamedTuple):
    """A ClientHello or ServerHello; `suites`, `compressions` have one entry in the latter."""

    version: int
    session: bytes
    suites: list
    compressions: list
    extensions: dict

    def numbers(self, extension):
        """The 16-bit numbers of an extension that is a list of them."""
        data = self.extensions.get(extension, b"\0\0")[2:]
        return [n for (n,) in struct.iter_unpack("!H", data)]


def _list16(numbers):
    return struct.pack(f"!H{len(numbers)}H", 2 * len(numbers), *numbers)


def client_hello(
    version=TLS_1_2,
    suites=(GCM, CBC),
    groups=(SECP256R1,),
    session=b"",
    compressions=b"\0",
    extensions=None,
):
    """The record of a ClientHello; `extensions`: {number: bytes} besides the usual ones."""
    usual = {
        GROUPS: _list16(groups),
        POINTS: b"\1\0",
        SIGNATURES: _list16((ECDSA_SHA256,)),
        **(extensions or {}),
    }
    packed = b"".join(struct.pack("!HH", n, len(data)) + data for n, data in usual.items())
    body = struct.pack("!H", version) + secrets.token_bytes(32)
    body += bytes([len(session)]) + session + _list16(suites)
    body += bytes([len(compressions)]) + compressions
    body += struct.pack("!H", len(packed)) + packed
    message = struct.pack("!I", CLIENT_HELLO << 24 | len(body)) + body
    return struct.pack("!BHH", HANDSHAKE, min(version, TLS_1_2), len(message)) + message


def server_name(name):
    """Data of SNI."""
    entry = b"\0" + struct.pack("!H", len(name)) + name
    return struct.pack("!H", len(entry)) + entry


def versions(*numbers):
    """Data of supported_versions in a ClientHello."""
    return bytes([2 * len(numbers)]) + struct.pack(f"!{len(numbers)}H", *numbers)


def hello(body, server):
    """A Hello from the body of its message."""
    (version,) = struct.unpack_from("!H", body)
    at = 34
    session = body[at + 1 : at + 1 + body[at]]
    at += 1 + body[at]
    if server:
        suites, compressions = [int.from_bytes(body[at : at + 2], "big")], [body[at + 2]]
        at += 3
    else:
        (n,) = struct.unpack_from("!H", body, at)
        suites = [s for (s,) in struct.iter_unpack("!H", body[at + 2 : at + 2 + n])]
        at += 2 + n
        compressions = list(body[at + 1 : at + 1 + body[at]])
        at += 1 + body[at]
    extensions = {}
    at += 2
    while at + 4 <= len(body):
        number, n = struct.unpack_from("!HH", body, at)
        extensions[number] = body[at + 4 : at + 4 + n]
        at += 4 + n
    return Hello(version, session, suites, compressions, extensions)


def records(data):
    """(type, payload) of each whole record in a stream."""
    found = []
    while len(data) >= 5:
        kind, _, n = struct.unpack_from("!BHH", data)
        if len(data) < 5 + n:
            break
        found.append((kind, data[5 : 5 + n]))
        data = data[5 + n :]
    return found


def messages(data):
    """{type: body} of the handshake messages in a stream, and its alert: (level, number) or
    None."""
    said, alert = b"", None
    for kind, payload in records(data):
        if kind == HANDSHAKE:
            said += payload
        elif kind == ALERT:
            alert = tuple(payload[:2])
            break
    found = {}
    while len(said) >= 4:
        n = int.from_bytes(said[1:4], "big")
        found.setdefault(said[0], said[4 : 4 + n])
        said = said[4 + n :]
    return found, alert
