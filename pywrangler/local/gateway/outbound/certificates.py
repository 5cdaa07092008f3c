"""The certificate authority of intercepted containers, and certificates of names that it signs.

When a Worker intercepts HTTPS, workerd puts the authority's certificate into its containers, as
`/etc/cloudflare/certs/cloudflare-containers-ca.crt`; the image has to trust it, as on Cloudflare.
"""

from __future__ import annotations

import datetime
import functools
import ssl
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pywrangler.private_files import write_private

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

FILE_NAME = "outbound-authority.pem"
LIFETIME = datetime.timedelta(days=3650)
"""The validity of the authority. Long, because a container that outlives the platform's process still trusts
it.
"""
LEAF_LIFETIME = datetime.timedelta(days=30)
CLOCK_SKEW = datetime.timedelta(days=1)
KEPT_NAMES = 512


class Authority:
    """A certificate authority on disk: key and certificate in one file that only this user can read."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE_NAME
        self.context_for = functools.lru_cache(KEPT_NAMES)(self._make_context)
        """The TLS context of a server with the given name."""

    @functools.cached_property
    def certificate_pem(self) -> str:
        """Its certificate; created and stored at first use."""
        text = self._load()
        return text[text.index("-----BEGIN CERTIFICATE") :]

    def _load(self) -> str:
        if not self._path.exists():
            self._store(_make_authority(None))
        elif not _is_strict(self._path.read_bytes()):
            # The key stays, so that containers that trust the former certificate accept new certificates of
            # names.
            self._store(_make_authority(_read_key(self._path.read_bytes())))
        return self._path.read_text()

    def _store(self, content: bytes) -> None:
        write_private(self._path, content)

    @functools.cached_property
    def _loaded(self) -> tuple[EllipticCurvePrivateKey, x509.Certificate]:
        content = self._load().encode()
        return _read_key(content), _read_certificate(content)

    def _make_context(self, name: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        with tempfile.NamedTemporaryFile(suffix=".pem") as file:  # the ssl module reads files only
            file.write(_make_leaf(name, *self._loaded))
            file.flush()
            context.load_cert_chain(file.name)
        return context


def _read_key(content: bytes) -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(content, password=None)
    assert isinstance(key, EllipticCurvePrivateKey)  # noqa: S101 - we made no other
    return key


def _read_certificate(content: bytes) -> x509.Certificate:
    from cryptography import x509

    return x509.load_pem_x509_certificate(content[content.index(b"-----BEGIN CERTIFICATE") :])


def _is_strict(content: bytes) -> bool:
    """Whether the authority has what strict clients require; pywrangler before 0.1.0 omitted it."""
    from cryptography import x509

    kinds = {type(extension.value) for extension in _read_certificate(content).extensions}
    return {x509.SubjectKeyIdentifier, x509.KeyUsage} <= kinds


def _make_authority(key: EllipticCurvePrivateKey | None) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

    key = key or ec.generate_private_key(ec.SECP256R1())
    name = _name("pywrangler containers")
    # Clients on Python 3.13 and newer are strict (RFC 5280): key identifiers and a key usage are required.
    builder = (
        _builder(name, name, key, LIFETIME)
        .add_extension(x509.BasicConstraints(True, 0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_key_usage(is_authority=True), critical=True)
    )
    return _sign(builder, key, key)


def _key_usage(*, is_authority: bool) -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _make_leaf(name: str, authority_key: EllipticCurvePrivateKey, authority: x509.Certificate) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID

    key = ec.generate_private_key(ec.SECP256R1())
    # A common name has at most 64 characters; what counts is the alternative name.
    builder = (
        _builder(_name(name[:64]), authority.subject, key, LEAF_LIFETIME)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), False)
        .add_extension(_key_usage(is_authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
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
