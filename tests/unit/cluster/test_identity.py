"""Keys and certificates of a cluster."""

from __future__ import annotations

from pywrangler.local.cluster.identity import (
    authority_certificate,
    authority_fingerprint,
    derived_key,
    fingerprint,
    make_cluster_authority,
    make_key,
    make_node,
    node_platform_id,
)


def test_each_purpose_has_a_key_of_its_own() -> None:
    key = make_key()
    derived = {derived_key(key, purpose).reveal() for purpose in ("workers/a", "workers/b", "secrets")}
    assert len(derived) == 3
    assert key.reveal() not in derived
    assert all(len(each) == 64 and int(each, 16) for each in derived)
    assert derived_key(key, "workers/a") == derived_key(key, "workers/a")
    assert fingerprint(key) != fingerprint(make_key())
    assert fingerprint(key) not in key.reveal()


def test_nodes_on_one_engine_have_marks_of_their_own() -> None:
    first, second = make_node(), make_node()
    assert first != second
    marks = {node_platform_id("ab" * 16, node) for node in (first, second)} | {"ab" * 16}
    assert {len(each) for each in marks} == {32}
    assert len(marks) == 3


def test_the_fingerprint_is_the_certificates_alone() -> None:
    authority = make_cluster_authority()
    certificate = authority_certificate(authority)
    assert "PRIVATE" not in certificate
    assert authority_fingerprint(certificate) == authority_fingerprint(f"\n{certificate}\n")
    assert authority_fingerprint(certificate) != authority_fingerprint(
        authority_certificate(make_cluster_authority())
    )
