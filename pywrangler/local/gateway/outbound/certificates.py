"""The certificate authority that intercepted containers are given, and certificates of names signed by it.

When a Worker intercepts HTTPS, workerd puts the authority's certificate into its containers, as
`/etc/cloudflare/certs/cloudflare-containers-ca.crt`; the image has to trust it, as on Cloudflare.
"""

from __future__ import annotations

import datetime
import functools
import os
import ssl
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

FILE_NAME = "outbound-authority.pem"
LIFETIME = datetime.timedelta(days=3650)
"""Of the authority: a container that outlives the platform's process goes on trusting it."""
LEAF_LIFETIME = datetime.timedelta(days=30)
CLOCK_SKEW = datetime.timedelta(days=1)
KEPT_NAMES = 512


class Authority:
    """A certificate authority on disk: key and certificate in one file that only this user can read."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self.context_for = functools.lru_cache(KEPT_NAMES)(self._make_context)
        """The TLS context of a server with the given name."""

    @functools.cached_property
    def certificate_pem(self) -> str:
        """Its certificate; made and stored when asked for first."""
        text = self._load()
        return text[text.index("-----BEGIN CERTIFICATE") :]

    def _load(self) -> str:
        if not self._path.exists():
            # Whole or not at all: two processes may come here at once, and one may end halfway.
            handle, temporary = tempfile.mkstemp(dir=self._path.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(_make_authority())
            Path(temporary).replace(self._path)
        return self._path.read_text()

    @functools.cached_property
    def _loaded(self) -> tuple[EllipticCurvePrivateKey, x509.Certificate]:
        from cryptography import x509
        from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        content = self._load().encode()
        key = load_pem_private_key(content, password=None)
        assert isinstance(key, EllipticCurvePrivateKey)  # noqa: S101 - we made no other
        return key, x509.load_pem_x509_certificate(content[content.index(b"-----BEGIN CERTIFICATE") :])

    def _make_context(self, name: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        with tempfile.NamedTemporaryFile(suffix=".pem") as file:  # the ssl module reads files only
            file.write(_make_leaf(name, *self._loaded))
            file.flush()
            context.load_cert_chain(file.name)
        return context


def _make_authority() -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("pywrangler containers")
    builder = _builder(name, name, key, LIFETIME).add_extension(x509.BasicConstraints(True, 0), critical=True)
    return _sign(builder, key, key)


def _make_leaf(name: str, authority_key: EllipticCurvePrivateKey, authority: x509.Certificate) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    # A common name has at most 64 characters; what counts is the alternative name.
    builder = _builder(_name(name[:64]), authority.subject, key, LEAF_LIFETIME).add_extension(
        x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False
    )
    return _sign(builder, key, authority_key)


def _name(text: str) -> x509.Name:
    from cryptography import x509

    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, lifetime: datetime.timedelta
) -> x509.CertificateBuilder:
    from cryptography import x509

    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + lifetime)
    )


def _sign(
    builder: x509.CertificateBuilder, key: EllipticCurvePrivateKey, issuer: EllipticCurvePrivateKey
) -> bytes:
    """The key and its certificate, as text."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + builder.sign(issuer, SHA256()).public_bytes(Encoding.PEM)
