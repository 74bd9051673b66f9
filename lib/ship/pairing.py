"""The SHIP Pairing Service 1.0 on the side of the device that is asked (devA): judges
announcements of `_shippairing._tcp`, in which a control unit (devZ) proves by an HMAC that it
knows the secret on our label. Import it late: most devices are never asked."""

from binascii import unhexlify
from hashlib import sha256

from micropython import const

RING = const(10)  # digests that are remembered: none of them is honoured twice (11)
_DIGEST = const(32)
_BLOCK = const(64)  # of SHA-256

# in the order of the record, which is that of the HMAC (5.4); an empty value: any
_ITEMS = (
    ("txtvers", b"1"),
    ("parType", b"fpSha256"),
    ("forId", b""),
    ("forPar", b""),
    ("trustId", b""),
    ("trustPar", b""),
    ("trustCurve", b"secp256r1"),  # the one that our TLS has
    ("type", b"addCu"),
    ("trustNonce", b""),
    ("alg", b"hmacSha256"),
)


def hmac_sha256(key, message):
    """RFC 2104; `key`: at most 64 bytes."""
    key = key + bytes(_BLOCK - len(key))
    inner = sha256(bytes(b ^ 0x36 for b in key))
    inner.update(message)
    outer = sha256(bytes(b ^ 0x5C for b in key))
    outer.update(inner.digest())
    return outer.digest()


def digest(secret, txt):
    """What the item `digest` must say. `txt`: the other items, lower-case key to bytes. Raises
    KeyError, ValueError."""
    message = b""
    for key, must in _ITEMS:
        value = txt[key.lower()]
        if not value or (must and value != must):
            raise ValueError(key)
        message += key.encode() + b"=" + value + b";"
    return hmac_sha256(secret + _hex(txt, "trustnonce", 16), message)


def _hex(txt, key, size):
    value = unhexlify(txt[key])
    if len(value) != size:
        raise ValueError(key)
    return value


class Listener:
    """`ship_id`: ours; `cert`: our certificate, DER; `secret`: 16 bytes; `used`: the last digests
    that were honoured, one after the other."""

    def __init__(self, ship_id, cert, secret, used=b""):
        self.ship_id = ship_id
        self.fingerprint = sha256(cert).digest()
        self.secret = secret
        self.used = used

    def judge(self, txt):
        """The fingerprint (SHA-256 of the certificate, 32 bytes) to be trusted from now on, or
        None: not for us, not genuine, or a replay. `used` has changed then. `txt`: the record
        as a dict of lower-case key to bytes."""
        try:
            if txt["forid"] != self.ship_id or _hex(txt, "forpar", 32) != self.fingerprint:
                return None
            said = _hex(txt, "digest", _DIGEST)
            trusted = _hex(txt, "trustpar", 32)
            if said != digest(self.secret, txt):
                return None
        except (KeyError, ValueError):
            return None
        for i in range(0, len(self.used), _DIGEST):
            if self.used[i : i + _DIGEST] == said:
                return None
        self.used = (self.used + said)[-RING * _DIGEST :]
        return trusted
