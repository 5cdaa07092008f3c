"""What of other products goes to the local platform, and what to Cloudflare, by value."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from pywrangler.commands.r2.names import BUCKET
from pywrangler.deploy.worker.local_products import (
    check_local,
    for_cloudflare,
    for_local_platform,
    lacking_locally,
    local_bucket_name,
)
from pywrangler.errors import UsageError
from tests.unit.deploy.samples import a_configuration

DATABASE = {"binding": "PG", "id": "7", "localConnectionString": "postgresql://a:b@localhost/shop"}


def local(environment: dict[str, str] | None = None, **fields: Any) -> Any:
    return for_local_platform(a_configuration(cloudflare=fields), environment or {}).cloudflare


def test_what_a_binding_does_not_name_is_found_for_it() -> None:
    entry = {"binding": "MY_DB"}
    (database,) = local(d1_databases=[entry])["d1_databases"]
    assert database == {**entry, "database_id": f"{a_configuration().name}-my-db"}
    named = local(d1_databases=[{**entry, "database_name": "shop"}])
    assert named["d1_databases"][0]["database_id"] == "shop"
    chosen = local(d1_databases=[{"binding": "DB", "preview_database_id": "p"}])
    assert chosen["d1_databases"][0]["database_id"] == "p"
    named = local(r2_buckets=[{"binding": "B", "bucket_name": "named"}])
    assert named["r2_buckets"][0]["bucket_name"] == "named"


LONG = f"{'w' * 60}-files"


@pytest.mark.parametrize(
    ("worker", "binding", "name"),
    [
        ("shop", "FILES", "shop-files"),
        ("other", "FILES", "other-files"),
        ("my_shop", "MY_FILES", "my-shop-my-files"),
        ("a", "_", "a-bucket"),
        ("w" * 60, "FILES", f"{'w' * 54}-{hashlib.sha256(LONG.encode()).hexdigest()[:8]}"),
    ],
)
def test_a_bucket_without_a_name_is_called_like_its_worker_and_binding(
    worker: str, binding: str, name: str
) -> None:
    assert local_bucket_name({"binding": binding}, worker) == name
    assert BUCKET.fullmatch(name)
    (entry,) = local(r2_buckets=[{"binding": "FILES"}])["r2_buckets"]
    assert entry["bucket_name"] == f"{a_configuration().name}-files"


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


def test_what_the_platform_lacks_is_said_of_each_field() -> None:
    assert lacking_locally("vectorize", []) == (
        "is not on the local platform: every use of the binding fails there"
    )
    assert lacking_locally("vectorize", [{"binding": "V", "index_name": "v", "remote": True}]) is None
    assert lacking_locally("stream", {"binding": "S", "remote": True}) is None
    assert lacking_locally("vpc_networks", [{"binding": "V", "tunnel_id": "1", "remote": True}]) is not None
    assert lacking_locally("r2_buckets", [{"binding": "B"}]) is None
    assert lacking_locally("routes", ["a.example/*"]) is None
    flow = {"binding": "W", "name": "w", "class_name": "W"}
    assert lacking_locally("workflows", [{**flow, "limits": {"steps": 3}}]) is None
    assert lacking_locally("workflows", [{**flow, "concurrency": {"limit": 1}}]) == (
        "has `concurrency`, which does not count on the local platform: all instances run at once"
    )
    space = {"binding": "N", "namespace": "n", "outbound": {"service": "out"}}
    assert lacking_locally("dispatch_namespaces", [space]) is not None
    assert lacking_locally("dispatch_namespaces", [{**space, "remote": True}]) is None
    unsafe = {"bindings": [{"name": "X", "type": "x"}, {"name": "L", "type": "ratelimit"}]}
    assert lacking_locally("unsafe", unsafe) == (
        "has bindings of types that the local platform does not have: `x`"
    )
    assert local(unsafe=unsafe) == {"unsafe": unsafe}


def test_a_connection_string_is_missed_before_anything_is_built() -> None:
    written = {"hyperdrive": [{"binding": "PG", "id": "7"}]}
    with pytest.raises(UsageError, match="CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_PG"):
        check_local(a_configuration(cloudflare=written), {})
    check_local(
        a_configuration(cloudflare=written),
        {"WRANGLER_HYPERDRIVE_LOCAL_CONNECTION_STRING_PG": "postgresql://a:b@127.0.0.1/c"},
    )
