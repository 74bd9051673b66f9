"""The identity of a wallbox: key pair, certificate, SHIP ID and serial number.

    identity.create(store_or_folder)   once in the life of a device; refuses a second time
    identity.load(store_or_folder)     None as long as there is none

A folder is the state directory of tools.sim, with the flash area in flash.bin. Nothing here is
ever changed later: a new key is a new SKI, and every peer would have to be paired again.
"""

import datetime
import os
import secrets
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from firmware import store as records
from firmware.store import Store

FLASH = "flash.bin"
FLASH_SIZE = 65536
BRAND = "plugship"

_SECTOR = 4096
# A board has no clock it could trust, and peers must not look at these dates.
_NOT_BEFORE = datetime.datetime(2025, 1, 1)
_NOT_AFTER = datetime.datetime(2124, 12, 31, 23, 59, 59)


class Identity(NamedTuple):
    key: bytes  # P-256 private key, SEC1 DER
    cert: bytes  # X.509 v3, self-signed, DER
    ship_id: str  # at most 63 bytes of UTF-8
    serial: str

    @property
    def ski(self):
        return ski(self.cert)


class Image:
    """A flash area in memory, to be filled by a Store and then written to a board or a file."""

    def __init__(self, content=None):
        self.content = bytearray(content or b"\xff" * FLASH_SIZE)
        self.size = len(self.content)
        self.sector = _SECTOR

    def read_into(self, off, buf):
        buf[:] = self.content[off : off + len(buf)]

    def program(self, off, data):
        for i, value in enumerate(data, off):
            self.content[i] &= value

    def erase(self, off):
        self.content[off : off + self.sector] = b"\xff" * self.sector


def make(ship_id=None, serial=None):
    """A new Identity; what is not given is made from a random number.

    Raises ValueError for a SHIP ID of more than 63 bytes (6.4.2).
    """
    serial = serial or secrets.token_hex(6)
    ship_id = ship_id or f"i:{records.PEN}_u:{BRAND}-{serial}"
    if len(ship_id.encode()) > 63:
        raise ValueError("a SHIP ID has at most 63 bytes")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, ship_id)])
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_NOT_BEFORE)
        .not_valid_after(_NOT_AFTER)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Identity(
        key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        ),
        cert.public_bytes(serialization.Encoding.DER),
        ship_id,
        serial,
    )


def ski(cert_der):
    """The subject key identifier in a certificate: 40 lower-case hex digits."""
    cert = x509.load_der_x509_certificate(cert_der)
    extension = cert.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    return extension.value.digest.hex()


def load(place):
    """The Identity in a Store or state folder, None without a complete one."""
    if not isinstance(place, Store):
        file = Path(place) / FLASH
        if not file.is_file():
            return None
        place = Store(Image(file.read_bytes()))
    key, cert, ship_id, serial = (
        place.get(n) for n in (records.PRIVATE_KEY, records.CERT, records.SHIP_ID, records.SERIAL)
    )
    if key is None or cert is None or ship_id is None or serial is None:
        return None
    return Identity(key, cert, ship_id.decode(), serial.decode())


def create(place, ship_id=None, serial=None):
    """Makes an Identity and stores it in a Store or state folder.

    Raises ValueError when there is one: it is never replaced.
    """
    if load(place):
        raise ValueError("this wallbox has an identity, which must never change")
    new = make(ship_id, serial)
    if isinstance(place, Store):
        _put(place, new)
        return new
    file = Path(place) / FLASH
    image = Image(file.read_bytes() if file.is_file() else None)
    _put(Store(image), new)
    _write(file, image)
    return new


def blank(folder):
    """An erased flash area in a state folder that has none: the wallbox makes its identity."""
    file = Path(folder) / FLASH
    if not file.exists():
        _write(file, Image())


def _write(file, image):
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".new")
    with open(unfinished, "wb", opener=_private) as f:
        f.write(image.content)
    os.replace(unfinished, file)


def pairing_secret(folder):
    """The secret of the SHIP Pairing Service in a state folder, 16 bytes; made when missing."""
    file = Path(folder) / FLASH
    image = Image(file.read_bytes())
    store = Store(image)
    secret = store.get(records.PAIRING_SECRET)
    if secret is None:
        secret = secrets.token_bytes(16)
        store.put(records.PAIRING_SECRET, secret)
        _write(file, image)
    return secret


def _put(store, new):
    store.put(records.PRIVATE_KEY, new.key)
    store.put(records.CERT, new.cert)
    store.put(records.SERIAL, new.serial.encode())
    store.put(records.SHIP_ID, new.ship_id.encode())


def _private(path, flags):
    return os.open(path, flags, 0o600)  # it holds the private key
