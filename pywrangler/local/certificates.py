"""Certificates of this platform's own authorities: how an authority signs itself, and how it signs others."""

from __future__ import annotations

import datetime
import ssl
import tempfile
from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

AUTHORITY_LIFETIME = datetime.timedelta(days=3650)
"""The validity of an authority. Long, because what trusts it may outlive the platform's process."""
CLOCK_SKEW = datetime.timedelta(days=1)
LONGEST_COMMON_NAME = 64
BEGINNING = "-----BEGIN CERTIFICATE"


def present(context: ssl.SSLContext, content: bytes) -> None:
    """Let a TLS context present a key and its certificate (PEM)."""
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:  # the ssl module reads files only
        file.write(content)
        file.flush()
        context.load_cert_chain(file.name)


def make_authority(
    name: str, key: EllipticCurvePrivateKey | None = None, *, within: str | None = None
) -> bytes:
    """The key and the certificate of an authority that may sign servers and clients only, in PEM. Without a
    key, a new one. With `within`, it may sign only that domain and what is below it.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

    key = key or ec.generate_private_key(ec.SECP256R1())
    own_name = _name(name)
    # Clients on Python 3.13 and newer are strict (RFC 5280): key identifiers and a key usage are required.
    builder = (
        _builder(own_name, own_name, key, AUTHORITY_LIFETIME)
        .add_extension(x509.BasicConstraints(True, 0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_key_usage(is_authority=True), critical=True)
    )
    if within is not None:
        builder = builder.add_extension(x509.NameConstraints([x509.DNSName(within)], None), critical=True)
    return _sign(builder, key, key)


def make_leaf(
    authority: bytes,
    common_name: str,
    names: Collection[x509.GeneralName],
    lifetime: datetime.timedelta,
    *,
    is_client: bool = False,
) -> bytes:
    """A new key and its certificate, in PEM, signed by an authority (key and certificate in PEM). It is for a
    server with these names, and with `is_client` for a client, too.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID

    authority_key = read_key(authority)
    key = ec.generate_private_key(ec.SECP256R1())
    uses = [ExtendedKeyUsageOID.SERVER_AUTH, *([ExtendedKeyUsageOID.CLIENT_AUTH] if is_client else [])]
    # What counts is the alternative name.
    subject = _name(common_name[:LONGEST_COMMON_NAME])
    builder = (
        _builder(subject, read_certificate(authority).subject, key, lifetime)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), False)
        .add_extension(_key_usage(is_authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
    )
    return _sign(builder, key, authority_key)


def read_key(content: bytes) -> EllipticCurvePrivateKey:
    """The private key in a PEM text. Raises `ValueError`."""
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(content, password=None)
    assert isinstance(key, EllipticCurvePrivateKey)  # noqa: S101 - we made no other
    return key


def read_certificate(content: bytes) -> x509.Certificate:
    """The first certificate in a PEM text. Raises `ValueError`."""
    from cryptography import x509

    return x509.load_pem_x509_certificate(content[content.index(BEGINNING.encode()) :])


def certificate_part(text: str) -> str:
    """The certificate in a PEM text that also has its key."""
    return text[text.index(BEGINNING) :]


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
