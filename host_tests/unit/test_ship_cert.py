"""The SKI of a certificate (6.9.2): read from its structure, and compared (TC_SHIP_SEC_001)."""

from binascii import a2b_base64, unhexlify

from ship.cert import skis, trustworthy
from support import raises

# made by tools.identity
CERT = a2b_base64(
    b"MIIBfTCCASOgAwIBAgIUUMa+zmBf18wd1P1SjlPcFLg1Oz0wCgYIKoZIzj0EAwIwIjEgMB4GA1UEAwwXaToxMjM0"
    b"NV91OnBsdWdzaGlwLXRlc3QwIBcNMjUwMTAxMDAwMDAwWhgPMjEyNDEyMzEyMzU5NTlaMCIxIDAeBgNVBAMMF2k6"
    b"MTIzNDVfdTpwbHVnc2hpcC10ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE4x1fzu4vyMqMzGn9m78ZoCLZ"
    b"jCCn0R2goKLizvUVbidze84BL9i5G+XNg0VjJPehYtIQf+FQMq9YsPn8uFGb5aM1MDMwEgYDVR0TAQH/BAgwBgEB"
    b"/wIBADAdBgNVHQ4EFgQUsKSEEh2zx/oJ7MEPSx3sWYYDr7AwCgYIKoZIzj0EAwIDSAAwRQIgM4GOdauvf4UO6H5N"
    b"bbDiXt1yVMwHkscwy5DflvcKjmYCIQCiotTm3nrROKDyc1anzrEBUFn4euDWQbFuDqAL95Vy1w=="
)
SKI = unhexlify("b0a484121db3c7fa09ecc10f4b1dec598603afb0")
EXTENSION = b"\x06\x03\x55\x1d\x0e\x04\x16\x04\x14" + SKI


def tlv(tag, content):
    n = len(content)
    if n > 255:
        return bytes((tag, 0x82, n >> 8, n & 255)) + content
    return bytes((tag, 0x81, n) if n > 127 else (tag, n)) + content


def certificate(extensions, key=b"\x04" + b"k" * 64, subject=b"", version=True):
    """What a reader of the SKI sees of a certificate; `extensions`: DER, None: there are none."""
    name = tlv(0x30, tlv(0x31, tlv(0x30, b"\x06\x03\x55\x04\x03" + tlv(0x0C, subject))))
    algorithm = tlv(0x30, b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01")
    fields = tlv(0xA0, b"\x02\x01\x02") if version else b""
    fields += b"\x02\x01\x01" + algorithm + name + tlv(0x30, b"") + name
    fields += tlv(0x30, algorithm + tlv(0x03, b"\0" + key))
    if extensions is not None:
        fields += tlv(0xA3, tlv(0x30, extensions))
    return tlv(0x30, tlv(0x30, fields) + algorithm + tlv(0x03, b"\0signature"))


KEY_SKI = skis(certificate(None))[0]
SAID = tlv(0x30, b"\x06\x03\x55\x1d\x0e" + tlv(0x04, tlv(0x04, KEY_SKI)))
OTHER = tlv(0x30, b"\x06\x03\x55\x1d\x13" + b"\x01\x01\xff" + tlv(0x04, b"\x30\x03\x01\x01\xff"))


def test_a_certificate_of_ours():
    assert skis(CERT) == (SKI, SKI)
    assert trustworthy(CERT) == SKI
    assert trustworthy(memoryview(CERT)) == SKI
    assert trustworthy(bytearray(CERT)) == SKI


def test_an_extension_that_does_not_fit_the_key():
    # TC_SHIP_SEC_001, TC_SHIP_SEC_002: the SKI of a trusted node on another key
    at = CERT.index(EXTENSION)
    for i in range(at + 9, at + len(EXTENSION)):
        forged = bytearray(CERT)
        forged[i] ^= 1
        assert skis(forged)[0] == SKI
        assert trustworthy(forged) is None
    at = CERT.index(b"\x03\x42\x00\x04") + 3
    for i in (at, at + 1, at + 64):
        forged = bytearray(CERT)
        forged[i] ^= 1
        assert skis(forged)[1] == SKI
        assert trustworthy(forged) is None


def test_an_extension_that_is_missing():
    at = CERT.index(EXTENSION)
    other = bytearray(CERT)
    other[at + 4] = 0x0F  # keyUsage
    assert skis(other) == (SKI, None)
    assert trustworthy(other) is None
    for extensions in (None, b"", OTHER):
        assert trustworthy(certificate(extensions)) is None


def test_an_extension_among_others():
    for extensions in (SAID, OTHER + SAID, SAID + OTHER, OTHER * 3 + SAID + OTHER):
        assert trustworthy(certificate(extensions)) == KEY_SKI
    assert trustworthy(certificate(SAID, version=False)) == KEY_SKI


def test_booleans_of_any_kind():
    # 0x01 is true in BER, and what some devices write
    for true in (b"\xff", b"\x01", b"\x00"):
        said = tlv(0x30, b"\x06\x03\x55\x1d\x0e\x01\x01" + true + tlv(0x04, tlv(0x04, KEY_SKI)))
        assert trustworthy(certificate(said)) == KEY_SKI


def test_lengths_of_any_form():
    inner = b"\x06\x03\x55\x1d\x0e\x04\x82\x00\x17\x04\x81\x14" + KEY_SKI
    assert trustworthy(certificate(tlv(0x30, inner))) == KEY_SKI
    long = certificate(SAID, subject=b"x" * 300)
    assert trustworthy(long) == KEY_SKI
    # indefinite, and four bytes of length
    for head in (b"\x30\x80", b"\x30\x84\x00\x00\x01\x00"):
        with raises(ValueError):
            skis(head + CERT)
        assert trustworthy(head + CERT) is None


def test_patterns_in_the_subject():
    # what looks like a key, or like an extension, but is a name
    for planted in (
        EXTENSION,
        b"\x30\x1d" + EXTENSION,
        CERT[CERT.index(b"\x30\x59") :][:91],
        b"\xa3\x1f\x30\x1d" + SAID,
    ):
        assert trustworthy(certificate(SAID, subject=planted)) == KEY_SKI
        assert trustworthy(certificate(None, subject=planted)) is None
        assert trustworthy(certificate(OTHER, subject=planted)) is None


def test_two_extensions():
    # the first counts: either it is right, or the certificate is not
    wrong = SAID[:-1] + bytes((SAID[-1] ^ 1,))
    assert trustworthy(certificate(wrong + SAID)) is None


def test_extensions_of_the_wrong_size():
    for ski in (b"", KEY_SKI[:19], KEY_SKI + b"\0"):
        said = tlv(0x30, b"\x06\x03\x55\x1d\x0e" + tlv(0x04, tlv(0x04, ski)))
        assert trustworthy(certificate(said)) is None


def test_truncated_at_every_byte():
    for cert in (CERT, certificate(SAID)):
        for n in range(len(cert)):
            assert trustworthy(cert[:n]) is None, n


def test_any_byte_changed_never_makes_another_key_trusted():
    for i in range(len(CERT)):
        for bit in (0x01, 0x80):
            forged = bytearray(CERT)
            forged[i] ^= bit
            assert trustworthy(forged) in (None, SKI), i


def test_a_key_whose_certificate_may_name_another_ski():
    forged = bytearray(CERT)
    forged[CERT.index(EXTENSION) + 12] ^= 1
    said = skis(forged)[1]
    assert said != SKI
    assert trustworthy(forged, (SKI,)) == SKI
    # what it names is worth nothing, and a certificate without a key neither
    assert trustworthy(forged, (said,)) is None
    assert trustworthy(CERT[: len(CERT) // 2], (SKI,)) is None
