"""Key, self-signed certificate and SKI of a SHIP node (6.9), honest or forged on purpose."""

import datetime
import hashlib
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def _point(public_key):
    """The 65-byte uncompressed point, the content of the subjectPublicKey bit string."""
    return public_key.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )


def key_ski(public_key):
    """SHA-1 over the public key as 40 lower-case hex digits (RFC 3280 4.2.1.2, method 1)."""
    return hashlib.sha1(_point(public_key)).hexdigest()


def certificate_ski(cert_der):
    """SKI computed from the key inside a DER certificate; what the extension says is ignored."""
    return key_ski(x509.load_der_x509_certificate(cert_der).public_key())


class Identity:
    """A P-256 key with its certificate.

    `ski` is the true one (from the key), `claimed_ski` what the extension states.
    """

    def __init__(self, key, certificate):
        self.key = key
        self.certificate = certificate
        self.ski = key_ski(key.public_key())
        extension = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        self.claimed_ski = extension.value.digest.hex()

    @classmethod
    def create(cls, name="plugship bench", claimed_ski=None):
        """Make a new key; `claimed_ski` (hex) forges the subjectKeyIdentifier extension."""
        key = ec.generate_private_key(ec.SECP256R1())
        digest = bytes.fromhex(claimed_ski or key_ski(key.public_key()))
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        usage = dict.fromkeys(
            (
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "key_cert_sign",
                "crl_sign",
                "encipher_only",
                "decipher_only",
            ),
            False,
        )
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC))
            .not_valid_after(datetime.datetime(2075, 1, 1, tzinfo=datetime.UTC))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(digital_signature=True, **usage), critical=True)
            .add_extension(x509.SubjectKeyIdentifier(digest), critical=False)
            .sign(key, hashes.SHA256())
        )
        return cls(key, certificate)

    @classmethod
    def create_below(cls, ski):
        """An identity whose SKI is smaller than `ski` (12.2.2 needs a known order)."""
        while True:
            identity = cls.create()
            if int(identity.ski, 16) < int(ski, 16):
                return identity

    @classmethod
    def load_or_create(cls, path):
        """Read key and certificate from one PEM file, or make them and write it."""
        path = Path(path)
        if path.exists():
            pem = path.read_bytes()
            key = serialization.load_pem_private_key(pem, None)
            return cls(key, x509.load_pem_x509_certificate(pem))
        identity = cls.create()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(
            identity.key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + identity.certificate.public_bytes(serialization.Encoding.PEM)
        )
        return identity
