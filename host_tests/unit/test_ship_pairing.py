"""The SHIP Pairing Service: the vector of its specification, and what must not be honoured."""

from binascii import hexlify, unhexlify
from hashlib import sha256

from ship import pairing
from ship.pairing import Listener, digest, hmac_sha256
from support import raises

SECRET = unhexlify("7A37DCF81BDB50F8E92CFA4160CCB3DE")
VECTOR = {
    "txtvers": b"1",
    "partype": b"fpSha256",
    "forid": b"i:983327_u:C8277H008F-3",
    "forpar": b"C74B7855D3479415F62CC01E5F6D9A93EBC676057D85417ADA16FD1384338943",
    "trustid": b"i:46925_u:43652bk-2-gt1",
    "trustpar": b"2CC72E781F7A7D2A08D50196C50FEDF0F7BA583F43F76C8C0DDEC9EEF0D005B4",
    "trustcurve": b"secp256r1",
    "type": b"addCu",
    "trustnonce": b"BDCEE427FA7208DF3C1F2A749BA6F4D4",
    "alg": b"hmacSha256",
    "digest": b"BCBB62B2176DA2CEE545784CEB1F2A55E049451B12A549C98E8CA213F001DA25",
}
CERT = b"the certificate of the wallbox"
ID = b"i:12345_u:plugship-1"


def request(nonce=0, secret=SECRET, **changes):
    """A genuine request to us; `changes` are made before it is signed."""
    txt = dict(VECTOR)
    txt["forid"] = ID
    txt["forpar"] = hexlify(sha256(CERT).digest()).upper()
    txt["trustnonce"] = b"%032X" % nonce
    txt.update(changes)
    txt["digest"] = hexlify(digest(secret, txt)).upper()
    return txt


def test_vector():
    assert hexlify(digest(SECRET, VECTOR)).upper() == VECTOR["digest"]


def test_hmac_of_rfc_4231():
    assert hexlify(hmac_sha256(b"\x0b" * 20, b"Hi There")) == (
        b"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    )
    assert hexlify(hmac_sha256(b"Jefe", b"what do ya want for nothing?")) == (
        b"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )


def test_a_genuine_request():
    listener = Listener(ID, CERT, SECRET)
    assert listener.judge(request()) == unhexlify(VECTOR["trustpar"])
    assert listener.used == digest(SECRET, request())


def test_a_replay_is_no_request():
    listener = Listener(ID, CERT, SECRET)
    assert listener.judge(request(1))
    assert listener.judge(request(1)) is None
    assert listener.judge(request(2))
    again = Listener(ID, CERT, SECRET, listener.used)  # after a power cut
    assert again.judge(request(1)) is None and again.judge(request(2)) is None
    for nonce in range(3, 3 + pairing.RING):
        assert again.judge(request(nonce))
        assert again.judge(request(nonce)) is None
    assert len(again.used) == 32 * pairing.RING


def test_not_for_us():
    listener = Listener(ID, CERT, SECRET)
    assert listener.judge(request(forid=b"i:12345_u:plugship-2")) is None
    assert listener.judge(request(forpar=VECTOR["forpar"])) is None
    assert listener.used == b""


def test_not_genuine():
    listener = Listener(ID, CERT, SECRET)
    assert listener.judge(request(secret=bytes(16))) is None
    for key in VECTOR:
        txt = request()
        del txt[key]
        assert listener.judge(txt) is None, key
        for value in (b"", b"x", b"0", b"00" * 32, b"\xff"):
            txt[key] = value
            assert listener.judge(txt) is None, (key, value)
    assert listener.used == b""


def test_what_we_can_not_do():
    # a genuine digest does not help: another curve, algorithm, kind of request or parameter
    for key, value in (
        ("trustcurve", b"brainpoolP256r1"),
        ("type", b"removeCu"),
        ("alg", b"hmacSha512"),
        ("partype", b"ski"),
        ("txtvers", b"2"),
    ):
        txt = request()
        txt[key] = value
        with raises(ValueError, ""):
            digest(SECRET, txt)
        assert Listener(ID, CERT, SECRET).judge(txt) is None
