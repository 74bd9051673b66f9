"""The SHIP Pairing Service on the side of the control unit (devZ): announces that the device with
a certain label shall trust it."""

import hashlib
import hmac
import secrets

from cryptography.hazmat.primitives.serialization import Encoding
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

SERVICE = "_shippairing._tcp.local."
_PORT = 9  # the record needs one, and nobody may listen there (5.3)


def fingerprint(cert_der):
    return hashlib.sha256(cert_der).hexdigest().upper()


def record(label, identity, ship_id, nonce=None):
    """TXT of a request, in order. `label`: of the device, as of tools.provision.qr.parse; `nonce`:
    16 bytes, by default a new one: no request is honoured twice."""
    nonce = nonce or secrets.token_bytes(16)
    items = {
        "txtvers": "1",
        "parType": "fpSha256",
        "forId": label["ID"],
        "forPar": label["FPH256"],
        "trustId": ship_id,
        "trustPar": fingerprint(identity.certificate.public_bytes(Encoding.DER)),
        "trustCurve": "secp256r1",
        "type": "addCu",
        "trustNonce": nonce.hex().upper(),
        "alg": "hmacSha256",
    }
    message = "".join(f"{key}={value};" for key, value in items.items()).encode()
    key = bytes.fromhex(label["SPSEC"]) + nonce
    return {**items, "digest": hmac.new(key, message, hashlib.sha256).hexdigest().upper()}


class Announcement:
    """A record() in the network, from start() to stop(). `host`: our IPv4 address."""

    def __init__(self, txt, host):
        self._host = host
        self._info = AsyncServiceInfo(
            SERVICE,
            f"plugship bench {txt['trustNonce'][:8]}.{SERVICE}",
            parsed_addresses=[host],
            port=_PORT,
            properties=txt,
            server=f"bench-{txt['trustNonce'][:8]}.local.",
        )

    async def start(self):
        self._zeroconf = AsyncZeroconf(interfaces=[self._host])
        await (await self._zeroconf.async_register_service(self._info))

    async def stop(self):
        await (await self._zeroconf.async_unregister_service(self._info))
        await self._zeroconf.async_close()
