"""What a certificate in PEM says of itself, and whether a key belongs to it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from pywrangler.sensitive import Sensitive


@dataclass(frozen=True)
class CertificateFacts:
    """What a certificate says of itself."""

    issuer: str
    serial_number: str
    signature: str
    expires_on: datetime


class WrongCertificateError(ValueError):
    """A certificate or a key that cannot be used; the text says why, and has nothing of the key."""


def certificates_in(text: str) -> str:
    """The certificates of a text in PEM, without anything else: a file may have the key, too."""
    found = re.findall("-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", text, re.DOTALL)
    return "".join(f"{each}\n" for each in found)


def read_facts(chain: str) -> CertificateFacts:
    """What the first certificate of a chain says. Raises `WrongCertificateError`."""
    from cryptography import x509

    try:
        certificates = x509.load_pem_x509_certificates(chain.encode())
    except ValueError as error:
        raise WrongCertificateError("There is no certificate in PEM.") from error
    leaf = certificates[0]
    if leaf.version != x509.Version.v3:  # workerd (2026-11) starts with no other
        raise WrongCertificateError(
            "The certificate is of X.509 version 1, and must be of version 3. `openssl x509 -req` makes one"
            " with `-extfile`."
        )
    algorithm = leaf.signature_hash_algorithm
    return CertificateFacts(
        issuer=leaf.issuer.rfc4514_string(),
        serial_number=str(leaf.serial_number),
        signature=algorithm.name.upper() if algorithm else "EdDSA",
        expires_on=leaf.not_valid_after_utc,
    )


def check_key(chain: str, key: Sensitive[str]) -> None:
    """Raise `WrongCertificateError` if the key cannot be read, or is another certificate's."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    try:
        private = serialization.load_pem_private_key(key.reveal().encode(), password=None)
    except (TypeError, ValueError) as error:
        reason = "it is encrypted" if "password" in str(error).lower() else "it is not a key in PEM"
        raise WrongCertificateError(f"The private key cannot be read: {reason}.") from None
    leaf = x509.load_pem_x509_certificates(chain.encode())[0]
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    if private.public_key().public_bytes(*form) != leaf.public_key().public_bytes(*form):
        raise WrongCertificateError("The private key does not belong to the certificate.")
