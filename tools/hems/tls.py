"""TLS 1.2 over asyncio streams with the partner's certificate in hand, whoever signed it (6.6).

The standard ssl module cannot ask a client for a certificate without also judging its issuer;
OpenSSL's verify callback can.
"""

import asyncio

from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL

from tools.hems.identity import certificate_ski

# The mandatory suite and the usual optional one (9.1).
SUITES = b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA256"
# 9.2 asks senders to keep fragments this small.
RECORD = 1024
CHUNK = 16384


class TlsError(Exception):
    """The handshake was broken off or the stream failed."""


def _context(identity):
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    context.set_cipher_list(SUITES)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *judgement: True)
    context.use_privatekey(identity.key)
    context.use_certificate(identity.certificate)
    return context


class TlsStream:
    """One TLS connection; `peer_ski` is computed from the presented key after `handshake`."""

    def __init__(self, reader, writer, identity, server):
        self._reader = reader
        self._writer = writer
        self._tls = SSL.Connection(_context(identity), None)
        if server:
            self._tls.set_accept_state()
        else:
            self._tls.set_connect_state()
        self.peer_ski = None

    @property
    def connection(self):
        """What OpenSSL knows of it, for those who look closer."""
        return self._tls

    async def handshake(self):
        """Complete the TLS handshake; raises TlsError when the partner breaks it off."""
        while True:
            try:
                self._tls.do_handshake()
            except SSL.WantReadError:
                await self.flush()
                await self._feed()
                continue
            except SSL.Error as error:
                await self.flush()
                raise TlsError(f"handshake: {error}") from None
            break
        await self.flush()
        certificate = self._tls.get_peer_certificate(as_cryptography=True)
        if certificate is None:
            raise TlsError("handshake: no certificate from the partner")
        self.peer_ski = certificate_ski(certificate.public_bytes(Encoding.DER))

    async def read(self):
        """Some decrypted bytes, b"" at the end of the stream."""
        while True:
            try:
                return self._tls.recv(CHUNK)
            except SSL.WantReadError:
                try:
                    await self._feed()
                except TlsError:
                    return b""
            except (SSL.ZeroReturnError, SSL.Error):
                return b""

    async def write(self, data):
        """Send bytes in records of at most 1024; raises TlsError on a dead stream."""
        view = memoryview(data)
        try:
            for start in range(0, len(view), RECORD):
                self._tls.send(bytes(view[start : start + RECORD]))
        except SSL.Error as error:
            raise TlsError(f"write: {error}") from None
        await self.flush()

    async def close(self):
        """Orderly end: close_notify, then TCP FIN."""
        try:
            self._tls.shutdown()
            await self.flush()
        except (SSL.Error, TlsError):
            pass
        self._writer.close()

    def abort(self):
        """Drop the TCP connection without a word."""
        self._writer.transport.abort()

    async def _feed(self):
        try:
            data = await self._reader.read(CHUNK)
        except OSError as error:
            raise TlsError(str(error)) from None
        if not data:
            raise TlsError("connection closed by the partner")
        self._tls.bio_write(data)

    async def flush(self):
        """Send what OpenSSL has made; raises TlsError on a dead stream."""
        try:
            while True:
                self._writer.write(self._tls.bio_read(CHUNK))
        except SSL.WantReadError:
            pass
        try:
            await self._writer.drain()
        except OSError as error:
            raise TlsError(str(error)) from None


async def dial(host, port, identity):
    """TCP and TLS handshake as client; returns a TlsStream. Raises OSError, TlsError."""
    reader, writer = await asyncio.open_connection(host, port)
    stream = TlsStream(reader, writer, identity, server=False)
    try:
        await stream.handshake()
    except (TlsError, asyncio.CancelledError):
        stream.abort()
        raise
    return stream
