"""The SKI of certificates that another library makes."""

import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ship.cert import skis, trustworthy
from tools import identity

KEY = ec.generate_private_key(ec.SECP256R1())
SKI = x509.SubjectKeyIdentifier.from_public_key(KEY.public_key())
EXTENSIONS = {
    "constraints": (x509.BasicConstraints(ca=False, path_length=None), True),
    "usage": (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False),
    "names": (x509.SubjectAlternativeName([x509.DNSName("wallbox.local")]), False),
    "issuer": (x509.AuthorityKeyIdentifier.from_issuer_public_key(KEY.public_key()), False),
    "ski": (SKI, False),
}


def certificate(extensions, key=KEY, name="a wallbox"):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime(1999, 1, 1))  # long over: no reason to refuse
        .not_valid_after(datetime.datetime(2000, 1, 1))
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def test_identities_of_the_tools():
    for _ in range(5):
        made = identity.make()
        assert trustworthy(made.cert).hex() == made.ski


@pytest.mark.parametrize("last", EXTENSIONS)
def test_extensions_in_any_order(last):
    names = [name for name in EXTENSIONS if name != last] + [last]
    assert trustworthy(certificate([EXTENSIONS[name] for name in names])) == SKI.digest


def test_a_critical_extension():
    assert trustworthy(certificate([(SKI, True)])) == SKI.digest


def test_without_the_extension():
    # the identifier of the issuer's key is not that of the key
    others = [EXTENSIONS[name] for name in EXTENSIONS if name != "ski"]
    assert skis(certificate(others)) == (SKI.digest, None)
    assert trustworthy(certificate(others)) is None
    assert trustworthy(certificate([])) is None


def test_the_extension_of_another_key():
    # TC_SHIP_SEC_002: a new key under the SKI of a trusted node
    other = ec.generate_private_key(ec.SECP256R1())
    forged = certificate([(SKI, False)], other)
    assert skis(forged)[1] == SKI.digest
    assert trustworthy(forged) is None


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP384R1()),
        ec.generate_private_key(ec.SECP521R1()),
        rsa.generate_private_key(65537, 2048),
    ],
    ids=lambda key: key.__class__.__name__ + str(key.key_size),
)
def test_other_keys(key):
    # whether TLS takes them is another matter: the SKI is right
    ski = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    assert trustworthy(certificate([(ski, False)], key)) == ski.digest


def test_a_certificate_of_two_kilobytes():
    names = x509.SubjectAlternativeName([x509.DNSName(f"{i}." + "x" * 60) for i in range(35)])
    cert = certificate([(names, False), (SKI, False)])
    assert len(cert) > 2000
    assert trustworthy(cert) == SKI.digest
