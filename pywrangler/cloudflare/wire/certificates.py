"""The certificates that servers are verified with, by the variables that other programs know."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

from pywrangler.errors import MissingError

CERTIFICATE_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
"""Replace the system's certificates, as they do for OpenSSL and Requests."""
EXTRA_CERTIFICATE_VARIABLE = "NODE_EXTRA_CA_CERTS"
"""Adds to them, as for Node."""


def tls_context(environment: Mapping[str, str]) -> ssl.SSLContext:
    """A verifying context with the certificates that the standard variables name."""
    variable = next((name for name in CERTIFICATE_VARIABLES if environment.get(name)), None)
    try:
        context = ssl.create_default_context(cafile=environment[variable] if variable else None)
        variable = EXTRA_CERTIFICATE_VARIABLE
        if extra := environment.get(variable):
            context.load_verify_locations(cafile=extra)
    except OSError as error:
        raise _unusable_certificates(variable, environment, error) from error
    return context


def _unusable_certificates(
    variable: str | None, environment: Mapping[str, str], error: OSError
) -> MissingError:
    if variable is None:
        return MissingError(
            f"The system's certificates cannot be read: {error.strerror or error}.",
            hint=f"Name a file of certificates in {CERTIFICATE_VARIABLES[0]}.",
        )
    is_no_certificate = isinstance(error, ssl.SSLError)
    reason = "it holds no certificate in PEM form" if is_no_certificate else error.strerror or str(error)
    return MissingError(
        f"`{environment[variable]}`, which {variable} names, cannot be used: {reason}.",
        hint=f"Name a file of certificates in PEM form in {variable}, or unset it.",
    )
