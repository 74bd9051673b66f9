"""What a SHIP node reads of an X.509 certificate (6.9.2): the SKI.

Reads the structure, never searches for bytes: a pattern planted in the subject must not pass for a key.
BER liberties of real devices (a boolean of 0x01, long lengths) are taken; validity and issuer do not matter.
"""

from hashlib import sha1

_SKI_OID = b"\x55\x1d\x0e"


class CertificateError(ValueError):
    pass


def _tlv(der, at, end):
    """(tag, first content byte, byte after) of the element at `at`."""
    if at + 2 > end:
        raise CertificateError("truncated")
    tag = der[at]
    n = der[at + 1]
    at += 2
    if n & 0x80:
        k = n & 0x7F
        if not 0 < k < 4 or at + k > end:
            raise CertificateError("length")
        n = 0
        for i in range(at, at + k):
            n = n << 8 | der[i]
        at += k
    if at + n > end:
        raise CertificateError("truncated")
    return tag, at, at + n


def ski(der):
    """(SKI computed from the key, SKI of the extension or None), each 20 bytes, of a DER certificate
    (bytes or memoryview). Method 1 of RFC 3280 4.2.1.2: SHA-1 over the public key bits. CertificateError."""
    tag, at, end = _tlv(der, 0, len(der))
    if tag != 0x30:
        raise CertificateError("no certificate")
    tag, at, end = _tlv(der, at, end)
    fields = 0
    key = said = None
    while at < end:
        tag, a, e = _tlv(der, at, end)
        at = e
        if tag == 0xA3:
            said = _extension(der, a, e)
        elif tag & 0xE0 != 0xA0:  # not [0] version
            fields += 1
            if fields == 6:  # serial, algorithm, issuer, validity, subject, subjectPublicKeyInfo
                _, _, b = _tlv(der, a, e)
                tag, b, e = _tlv(der, b, e)
                if tag != 0x03 or e - b < 2:
                    raise CertificateError("no key")
                key = sha1(memoryview(der)[b + 1 : e]).digest()
    if key is None:
        raise CertificateError("no key")
    return key, said


def _extension(der, at, end):
    _, at, end = _tlv(der, at, end)
    while at < end:
        _, a, e = _tlv(der, at, end)
        at = e
        _, b, c = _tlv(der, a, e)
        if bytes(memoryview(der)[b:c]) == _SKI_OID:
            while c < e:
                tag, b, c = _tlv(der, c, e)
                if tag == 0x04:
                    tag, b, c = _tlv(der, b, c)
                    if tag == 0x04:
                        return bytes(memoryview(der)[b:c])
    return None


def trustworthy(der):
    """The SKI of the certificate when its extension is there and agrees with the key (SHIP-TS-SEC-01), else None."""
    try:
        key, said = ski(der)
    except CertificateError:
        return None
    return key if key == said else None
