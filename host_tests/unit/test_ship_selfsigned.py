"""Key and certificate made by the device itself; cpy_identity compares with other libraries."""

from binascii import unhexlify
from hashlib import sha256

from ship import p256, selfsigned
from ship.cert import trustworthy
from support import raises


def test_multiples_of_g():
    # of the usual test vectors for P-256: k = 1, 2, 112233445566778899, N - 1
    assert p256.multiply(1) == p256.G[:2]
    assert p256.multiply(2) == (
        0x7CF27B188D034F7E8A52380304B51AC3C08969E277F21B35A60B48FC47669978,
        0x07775510DB8ED040293D9AC69F7430DBBA7DADE63CE982299E04B79D227873D1,
    )
    assert p256.multiply(112233445566778899) == (
        0x339150844EC15234807FE862A86BE77977DBFB3AE3D96F4C22795513AEAAB82F,
        0xB1C14DDFDC8EC1B2583F51E85A5EB3A155840F2034730E9B5ADA38B674336A21,
    )
    assert p256.multiply(p256.N - 1) == (p256.G[0], p256.P - p256.G[1])


def test_signature_of_rfc_6979():
    # A.2.5, SHA-256, message "sample"
    key = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
    k = unhexlify("a6e3c57dd01abe90086538398355dd4c3b17aa873382b0f24d6129493d8aad60")
    r, s = p256.sign(key, sha256(b"sample").digest(), lambda n: k)
    assert r == 0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716
    assert s == 0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8


def test_numbers_outside_the_range_are_drawn_again():
    draws = [bytes(32), b"\xff" * 32, p256.N.to_bytes(32, "big"), bytes(31) + b"\7"]
    assert p256.number(lambda n: draws.pop(0)) == 7


def test_a_fault_is_not_signed():
    good = p256.G
    p256.G = (good[0], good[1] ^ 1, 1)
    try:
        with raises(ValueError, "curve"):
            p256.multiply(5)
    finally:
        p256.G = good


def test_certificate_is_trustworthy():
    count = [0]

    def random(n):
        count[0] += 1
        return sha256(b"%d" % count[0]).digest()[:n]

    key, cert = selfsigned.make(b"i:12345_u:plugship-1", random)
    assert len(key) == 121 and 370 < len(cert) < 400
    assert trustworthy(cert) == trustworthy(memoryview(cert)) and len(trustworthy(cert)) == 20
    other = selfsigned.make(b"i:12345_u:plugship-1", random)[1]
    assert trustworthy(other) != trustworthy(cert)
    long = selfsigned.make(b"x" * 63, random)[1]  # lengths of one and of two bytes
    assert trustworthy(long)
