"""A new key pair and its self-signed certificate (6.9.2), in DER; import it late and let it go."""

from hashlib import sha1, sha256

from ship import p256

_EC = b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"  # id-ecPublicKey
_P256 = b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
_ECDSA_SHA256 = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"
_COMMON_NAME = b"\x06\x03\x55\x04\x03"
# A board has no clock that it could trust, and peers must not look at these dates.
_VALIDITY = b"\x30\x20\x17\x0d250101000000Z\x18\x0f21241231235959Z"
# critical: a CA without others below it
_CA = b"\x30\x12\x06\x03\x55\x1d\x13\x01\x01\xff\x04\x08\x30\x06\x01\x01\xff\x02\x01\x00"
_SKI = b"\x06\x03\x55\x1d\x0e"


def _tlv(tag, content):
    n = len(content)
    if n < 128:
        return bytes((tag, n)) + content
    if n < 256:
        return bytes((tag, 0x81, n)) + content
    return bytes((tag, 0x82, n >> 8, n & 255)) + content


def _integer(value):
    data = value.to_bytes(33, "big")
    i = 0
    while i < 32 and not data[i] and data[i + 1] < 128:
        i += 1
    return _tlv(2, data[i:])


def make(name, random):
    """(private key as of SEC 1, certificate). `name`: its subject, at most 64 bytes of UTF-8;
    `random(n)`: n random bytes."""
    key = p256.number(random)
    x, y = p256.multiply(key)
    point = b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")
    bits = _tlv(3, b"\0" + point)
    subject = _tlv(0x30, _tlv(0x31, _tlv(0x30, _COMMON_NAME + _tlv(0x0C, name))))
    ski = _tlv(4, _tlv(4, sha1(point).digest()))
    body = _tlv(
        0x30,
        b"\xa0\x03\x02\x01\x02"  # version 3
        + _integer(int.from_bytes(random(16), "big") | 1)
        + _ECDSA_SHA256
        + subject
        + _VALIDITY
        + subject
        + _tlv(0x30, _tlv(0x30, _EC + _P256) + bits)
        + _tlv(0xA3, _tlv(0x30, _CA + _tlv(0x30, _SKI + ski))),
    )
    r, s = p256.sign(key, sha256(body).digest(), random)
    signature = _tlv(3, b"\0" + _tlv(0x30, _integer(r) + _integer(s)))
    secret = b"\x02\x01\x01\x04\x20" + key.to_bytes(32, "big")
    return (
        _tlv(0x30, secret + _tlv(0xA0, _P256) + _tlv(0xA1, bits)),
        _tlv(0x30, body + _ECDSA_SHA256 + signature),
    )
