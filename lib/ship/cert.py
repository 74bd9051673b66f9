"""What a SHIP node reads of an X.509 certificate (6.9.2): the SKI.

Reads the structure, never searches for bytes: a pattern planted in the subject must not pass for
a key. BER liberties of real devices (a boolean of 0x01, long lengths) are taken; validity and
issuer do not matter.
"""

from hashlib import sha1


def _tlv(der, at, end):
    """(tag, first content byte, byte after) of the element at `at` of a parent that ends at `end`.
    Raises ValueError or, where `der` ends inside the header, IndexError."""
    tag = der[at]
    n = der[at + 1]
    at += 2
    if n & 0x80:
        k = n & 0x7F
        if not 0 < k < 4:
            raise ValueError
        n = 0
        while k:
            n = n << 8 | der[at]
            at += 1
            k -= 1
    if at + n > end:
        raise ValueError
    return tag, at, at + n


def _said(der, at, end):
    """The SKI that the extensions in der[at:end] name, or None."""
    _, at, end = _tlv(der, at, end)
    while at < end:
        _, a, at = _tlv(der, at, end)  # Extension: OID, perhaps critical, OCTET STRING
        _, a, b = _tlv(der, a, at)
        if bytes(der[a:b]) == b"\x55\x1d\x0e":
            tag = 0
            while tag != 0x04:
                tag, a, b = _tlv(der, b, at)
            _, a, b = _tlv(der, a, b)
            return bytes(der[a:b])
    return None


def skis(der):
    """(SKI of the key, SKI of the extension or None) of a DER certificate: bytes, 20 for the
    first. Method 1 of RFC 3280 4.2.1.2: SHA-1 over the public key bits. Raises ValueError or
    IndexError."""
    key = said = None
    _, at, end = _tlv(der, 0, len(der))
    _, at, end = _tlv(der, at, end)
    fields = 0
    while at < end:
        tag, a, at = _tlv(der, at, end)
        if tag == 0xA3:
            said = _said(der, a, at)
        elif tag & 0xE0 != 0xA0:  # not [0] version
            fields += 1
            if fields == 6:  # serial, algorithm, issuer, validity, subject, subjectPublicKeyInfo
                _, _, b = _tlv(der, a, at)
                _, b, c = _tlv(der, b, at)
                key = sha1(der[b + 1 : c]).digest()
    return key, said


def trustworthy(der, odd=()):
    """The SKI of a DER certificate (bytes or memoryview), 20 bytes, when its extension is there
    and agrees with the key (SHIP-TS-SEC-01), or when the SKI of the key is among `odd`; else
    None."""
    try:
        key, said = skis(der)
    except (ValueError, IndexError):
        return None
    return key if key == said or key in odd else None
