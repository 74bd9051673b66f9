"""Key, certificate and SHIP ID of a wallbox: what peers ask of them, and that they stay."""

import hashlib
import os
import ssl
import stat

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from firmware import store as records
from firmware.hal.sim.flash import in_file
from firmware.store import Store
from ship import selfsigned
from tools import identity


def on_device():
    """What the wallbox makes by itself."""
    name = "i:12345_u:plugship-0123456789ab"
    key, cert = selfsigned.make(name.encode(), os.urandom)
    return identity.Identity(key, cert, name, "0123456789ab")


both = pytest.mark.parametrize("make", [identity.make, on_device])


@both
def test_certificate(make):
    made = make()
    cert = x509.load_der_x509_certificate(made.cert)
    assert cert.version == x509.Version.v3
    assert cert.subject == cert.issuer
    assert cert.subject.rfc4514_string() == f"CN={made.ship_id}"
    cert.verify_directly_issued_by(cert)
    assert isinstance(cert.public_key(), ec.EllipticCurvePublicKey)
    assert cert.public_key().curve.name == "secp256r1"
    assert (cert.not_valid_before_utc.year, cert.not_valid_after_utc.year) == (2025, 2124)
    assert cert.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert not cert.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).critical
    assert len(made.cert) < 450 and len(made.key) == 121


@both
def test_ski_is_the_sha1_of_the_point(make):
    made = make()
    # the way the firmware takes it from a peer's certificate
    at = made.cert.index(b"\x06\x07*\x86H\xce=\x02\x01")
    at = made.cert.index(b"\x03\x42\x00\x04", at)
    assert made.ski == hashlib.sha1(made.cert[at + 3 : at + 68]).hexdigest()


@both
def test_key_belongs_to_the_certificate(make, tmp_path):
    made = make()
    key = serialization.load_der_private_key(made.key, None)
    cert = x509.load_der_x509_certificate(made.cert)
    assert key.public_key() == cert.public_key()
    pem = tmp_path / "pem"
    pem.write_text(
        ssl.DER_cert_to_PEM_cert(made.cert)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        ).decode()
    )
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(pem)


def test_the_device_signs_as_others_verify():
    # enough of them that numbers of fewer bytes come up, and such whose first bit is set
    sizes = set()
    for _ in range(60):
        cert = x509.load_der_x509_certificate(on_device().cert)
        cert.verify_directly_issued_by(cert)
        sizes.add(len(cert.signature))
    assert len(sizes) > 1


def test_ids():
    first, second = identity.make(), identity.make()
    assert first.ship_id == f"i:12345_u:plugship-{first.serial}"
    assert first.ship_id != second.ship_id and first.ski != second.ski
    given = identity.make(serial="WB0001")
    assert given.ship_id == "i:12345_u:plugship-WB0001"
    assert identity.make("i:1_u:x", "7").ship_id == "i:1_u:x"
    with pytest.raises(ValueError, match="63"):
        identity.make("i:1_u:" + "x" * 58)


def test_identity_in_a_folder_stays(tmp_path):
    state = tmp_path / "new" / "state"
    assert identity.load(state) is None
    made = identity.create(state, serial="1")
    assert identity.load(state) == made
    with pytest.raises(ValueError, match="never change"):
        identity.create(state)
    assert identity.load(state) == made
    assert stat.S_IMODE((state / "flash.bin").stat().st_mode) == 0o600
    # the wallbox finds it in its flash
    store = Store(in_file(str(state / "flash.bin")))
    assert store.get(records.CERT) == made.cert
    assert store.get(records.PRIVATE_KEY) == made.key
    assert store.get(records.SHIP_ID) == made.ship_id.encode()
    assert set(store.keys()) == set(records.IDENTITY)


def test_an_incomplete_identity_is_made_again(tmp_path):
    store = Store(in_file(str(tmp_path / "flash.bin")))
    store.put(records.CERT, b"half")
    store.put(records.PIN, b"12345678")
    assert identity.load(store) is None
    made = identity.create(tmp_path)
    again = Store(in_file(str(tmp_path / "flash.bin")))
    assert again.get(records.PIN) == b"12345678"
    assert identity.load(again) == made
