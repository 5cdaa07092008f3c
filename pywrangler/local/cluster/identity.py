"""What nodes know each other by: the cluster's key and keys from it, its authority, certificates."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import ipaddress
import secrets
import ssl
from typing import TYPE_CHECKING

from pywrangler.local.certificates import certificate_part, make_authority, make_leaf, present
from pywrangler.sensitive import Sensitive

if TYPE_CHECKING:
    from cryptography import x509

AUTHORITY_NAME = "pywrangler cluster"
CERTIFICATE_LIFETIME = datetime.timedelta(days=3650)
"""As long as the authority: no node has to renew its certificate to stay in the cluster."""


def make_key() -> Sensitive[str]:
    """A new key of a cluster: 64 hex digits."""
    return Sensitive(secrets.token_hex(32))


def make_node() -> str:
    """A new name of a node: 8 hex digits."""
    return secrets.token_hex(4)


def derived_key(key: Sensitive[str], purpose: str) -> Sensitive[str]:
    """A key for one purpose only, from which the cluster's key cannot be computed: 64 hex digits."""
    return Sensitive(hmac.new(key.reveal().encode(), purpose.encode(), hashlib.sha256).hexdigest())


def fingerprint(key: Sensitive[str]) -> str:
    """What shows that two nodes have the same key, and can be read by everyone: 32 hex digits."""
    return derived_key(key, "fingerprint").reveal()[:32]


def node_platform_id(account_id: str, node: str) -> str:
    """What marks an object of the engine as this node's, since nodes may share an engine: 32 hex digits."""
    return hashlib.sha256(f"{account_id} {node}".encode()).hexdigest()[:32]


def make_cluster_authority() -> Sensitive[str]:
    """Key and certificate of a new authority, in PEM."""
    return Sensitive(make_authority(AUTHORITY_NAME).decode())


def make_node_certificate(authority: Sensitive[str], node: str, address: str) -> Sensitive[str]:
    """Key and certificate of a node that others reach at this address, in PEM."""
    made = make_leaf(
        authority.reveal().encode(), node, [_general_name(address)], CERTIFICATE_LIFETIME, is_client=True
    )
    return Sensitive(made.decode())


def authority_certificate(authority: Sensitive[str]) -> str:
    """The authority's certificate without its key, in PEM."""
    return certificate_part(authority.reveal())


def authority_fingerprint(certificate: str) -> str:
    """The SHA-256 of an authority's certificate (PEM): 64 hex digits. Raises `ValueError`."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate.strip())).hexdigest()


def server_context(authority: str, certificate: Sensitive[str]) -> ssl.SSLContext:
    """TLS for a node's server. A client may be without a certificate, since it may be about to join; one that
    the authority (PEM) has not signed is refused.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=authority)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_OPTIONAL
    present(context, certificate.reveal().encode())
    return context


def client_context(authority: str, certificate: Sensitive[str] | None) -> ssl.SSLContext:
    """TLS for calls to nodes: a server must have its address in a certificate that the authority signed."""
    context = ssl.create_default_context(cadata=authority)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    if certificate is not None:
        present(context, certificate.reveal().encode())
    return context


def _general_name(address: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(address))
    except ValueError:
        return x509.DNSName(address)
