"""What of other products goes to the local platform, and what to Cloudflare, by value."""

from __future__ import annotations

from typing import Any

import pytest

from pywrangler.deploy.worker.local_products import for_cloudflare, for_local_platform, local_warnings
from tests.unit.deploy.samples import a_configuration

DATABASE = {"binding": "PG", "id": "7", "localConnectionString": "postgresql://a:b@localhost/shop"}


def local(environment: dict[str, str] | None = None, **fields: Any) -> Any:
    return for_local_platform(a_configuration(cloudflare=fields), environment or {}).cloudflare


def test_what_a_binding_does_not_name_is_found_for_it() -> None:
    assert local(d1_databases=[{"binding": "DB"}])["d1_databases"] == [{"binding": "DB", "database_id": "DB"}]
    chosen = local(d1_databases=[{"binding": "DB", "preview_database_id": "p"}])
    assert chosen["d1_databases"][0]["database_id"] == "p"
    named = local(r2_buckets=[{"binding": "B", "bucket_name": "named"}])
    assert named["r2_buckets"][0]["bucket_name"] == "named"


@pytest.mark.parametrize(
    ("binding", "name"),
    [("FILES", "files"), ("MY_FILES", "my-files"), ("R2", "r2-bucket"), ("_X_", "x-bucket")],
)
def test_a_bucket_without_a_name_is_called_like_its_binding(binding: str, name: str) -> None:
    assert local(r2_buckets=[{"binding": binding}])["r2_buckets"][0]["bucket_name"] == name


@pytest.mark.parametrize(
    ("variables", "address"),
    [
        ({}, DATABASE["localConnectionString"]),
        ({"WRANGLER_HYPERDRIVE_LOCAL_CONNECTION_STRING_PG": "mysql://old"}, "mysql://old"),
        (
            {
                "CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_PG": "mysql://new",
                "WRANGLER_HYPERDRIVE_LOCAL_CONNECTION_STRING_PG": "mysql://old",
            },
            "mysql://new",
        ),
        (
            {"CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_OTHER": "mysql://x"},
            DATABASE["localConnectionString"],
        ),
    ],
)
def test_a_variable_wins_over_the_files_connection_string(variables: dict[str, str], address: str) -> None:
    (entry,) = local(variables, hyperdrive=[DATABASE])["hyperdrive"]
    assert entry["localConnectionString"] == address


def test_connection_strings_do_not_go_to_cloudflare() -> None:
    sent = for_cloudflare(a_configuration(cloudflare={"hyperdrive": [DATABASE], "ai": {"binding": "AI"}}))
    assert sent.cloudflare == {"hyperdrive": [{"binding": "PG", "id": "7"}], "ai": {"binding": "AI"}}
    plain = a_configuration(cloudflare={"ai": {"binding": "AI"}})
    assert for_cloudflare(plain) is plain


def test_fields_that_are_no_bindings_stay_behind() -> None:
    kept = local(
        routes=["a.example/*"], logpush=True, secrets={"required": ["KEY"]}, worker_loaders=[{"binding": "L"}]
    )
    assert kept == {"secrets": {"required": ["KEY"]}, "worker_loaders": [{"binding": "L"}]}


def test_what_the_platform_lacks_is_said_in_two_sentences() -> None:
    fields = {
        "browser": {"binding": "AI"},
        "vectorize": [],
        "unsafe": {"bindings": [{"name": "X", "type": "x"}]},
        "r2_buckets": [{}],
    }
    assert local_warnings(a_configuration(cloudflare=fields)) == [
        "The local platform has no `browser`: calls of these bindings fail there.",
        "The local platform has no `unsafe`: the Worker runs here without them.",
    ]
    assert local_warnings(a_configuration(cloudflare={"r2_buckets": [{"binding": "B"}]})) == []
