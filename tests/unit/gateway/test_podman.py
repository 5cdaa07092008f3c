"""What is refused on Podman, by value."""

from __future__ import annotations

import pytest

from pywrangler.local.gateway.outbound.egress import Egress
from pywrangler.local.gateway.podman import limit_of_podman

OPEN, CLOSED, HANDLED = Egress(True), Egress(), Egress(False, ("a.example",), 80)


@pytest.mark.parametrize(
    ("backend", "egress", "words"),
    [
        (None, HANDLED, None),
        (None, CLOSED, None),
        ("cni", OPEN, None),
        ("netavark", CLOSED, None),
        ("cni", CLOSED, "makes networks with cni"),
        ("netavark", HANDLED, None),
        ("netavark", Egress(True, ("*",), 80), None),
        ("cni", HANDLED, "handling what a container sends needs Podman with netavark"),
    ],
)
def test_a_start_on_podman(backend: str | None, egress: Egress, words: str | None) -> None:
    limit = limit_of_podman(backend, egress)
    assert limit is None if words is None else words in (limit or "")
