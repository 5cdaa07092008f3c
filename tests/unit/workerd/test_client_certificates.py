"""Bindings whose requests present a certificate."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pywrangler.local.workerd.bindings.products.absent import attach_remote
from pywrangler.local.workerd.bindings.products.mtls_certificate import attach
from pywrangler.local.workerd.records import ClientCertificate
from pywrangler.sensitive import Sensitive
from tests.unit.workerd.samples import PLAIN

BINDING = {"type": "mtls_certificate", "name": "CERT", "certificate_id": "one"}


@pytest.mark.parametrize("trusted", [(), ("AUTHORITY",)], ids=["browsers' authorities", "one more"])
def test_the_network_of_a_binding_has_the_key_and_who_is_trusted(trusted: tuple[str, ...]) -> None:
    certificate = ClientCertificate("CHAIN", Sensitive("KEY"), trusted)
    attached = attach(BINDING, replace(PLAIN, certificates={"one": certificate}))
    pair = {"privateKey": "KEY", "certificateChain": "CHAIN"}
    options = {"trustBrowserCas": True, "keypair": pair}
    if trusted:
        options["trustedCertificates"] = ["AUTHORITY"]
    network = {"allow": ["public", "private"], "tlsOptions": options}
    assert attached.value == {"service": "mtls:CERT"}
    assert attached.services == ({"name": "mtls:CERT", "network": network},)


def test_without_the_certificate_it_is_one_that_is_not_here() -> None:
    assert attach(BINDING, PLAIN) == attach_remote(BINDING, PLAIN)
