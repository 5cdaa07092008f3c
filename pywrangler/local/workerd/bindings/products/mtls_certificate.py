"""`mtls_certificate`: requests to any host, over TLS with a client certificate of the account.

Without a certificate of this id, every call fails as under Wrangler's `dev` (4.164), which has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.bindings.products.absent import attach_remote
from pywrangler.local.workerd.capnp import Value
from pywrangler.local.workerd.records import WorkerSpec


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """A network whose connections present the certificate."""
    certificate = spec.certificates.get(str(binding.get("certificate_id")))
    if certificate is None:
        return attach_remote(binding, spec)
    pair: Value = {"privateKey": certificate.key.reveal(), "certificateChain": certificate.chain}
    options: dict[str, Value] = {"trustBrowserCas": True, "keypair": pair}
    if certificate.trusted:
        options["trustedCertificates"] = list(certificate.trusted)
    service = f"mtls:{binding['name']}"
    network: Value = {"allow": ["public", "private"], "tlsOptions": options}
    return Attachment({"service": service}, services=({"name": service, "network": network},))
