"""Client certificates of mTLS bindings."""

from __future__ import annotations

from typing import Any

from pywrangler.cloudflare.client import Client, segment
from pywrangler.sensitive import Sensitive

CERTIFICATES = "mtls_certificates"
Certificate = dict[str, Any]
"""As the API gives it: `id`, `name`, `issuer`, `uploaded_on`, `expires_on`, ..."""


def list_certificates(client: Client, *, name: str | None = None) -> list[Certificate]:
    """The client certificates, or those of this name."""
    params = {"ca": "false"} | ({} if name is None else {"name": name})
    found: list[Certificate] = client.request("GET", CERTIFICATES, params=params) or []
    return found


def get_certificate(client: Client, certificate_id: str) -> Certificate:
    """One certificate."""
    found: Certificate = client.call("GET", _path(certificate_id)).fields
    return found


def upload_certificate(
    client: Client,
    chain: str,
    key: Sensitive[str],
    *,
    name: str | None = None,
    certificate_id: str | None = None,
) -> Certificate:
    """Store a certificate with its key. Only the local platform takes an id."""
    body = {
        **({} if name is None else {"name": name}),
        "certificates": chain,
        "private_key": key.reveal(),
        "ca": False,
        **({} if certificate_id is None else {"id": certificate_id}),
    }
    made: Certificate = client.call("POST", CERTIFICATES, json=body).fields
    return made


def delete_certificate(client: Client, certificate_id: str) -> None:
    """Remove a certificate."""
    client.request("DELETE", _path(certificate_id))


def _path(certificate_id: str) -> str:
    return f"{CERTIFICATES}/{segment(certificate_id)}"
