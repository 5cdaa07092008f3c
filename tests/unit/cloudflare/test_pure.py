"""The pure parts below the REST client: addresses, proxies, repeats, kinds of registries."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from pywrangler.cloudflare.registries import (
    DOCKER_HUB,
    ECR,
    GAR,
    RegistryKind,
    encode_google_key,
    registry_kind,
)
from pywrangler.cloudflare.retries import pause_after_failure, pause_after_status
from pywrangler.cloudflare.service import api_base_url, managed_registry, with_region
from pywrangler.cloudflare.wire.proxies import proxy_for
from pywrangler.errors import UsageError


@pytest.mark.parametrize(
    ("environment", "api", "registry"),
    [
        ({}, "https://api.cloudflare.com/client/v4", "registry.cloudflare.com"),
        ({"CLOUDFLARE_COMPLIANCE_REGION": "fedramp_high"}, "https://api.fed.cloudflare.com/client/v4",
         "registry.fed.cloudflare.com"),
        ({"WRANGLER_API_ENVIRONMENT": "staging"}, "https://api.staging.cloudflare.com/client/v4",
         "staging.registry.cloudflare.com"),
        ({"CLOUDFLARE_API_BASE_URL": "http://x/y/", "CLOUDFLARE_CONTAINER_REGISTRY": "localhost:5"}, "http://x/y",
         "localhost:5"),
    ],
)  # fmt: skip
def test_addresses_follow_the_environment(environment: dict[str, str], api: str, registry: str) -> None:
    assert (api_base_url(environment), managed_registry(environment)) == (api, registry)


def test_the_configurations_compliance_region_counts_unless_the_environment_says_another() -> None:
    fedramp = {"CLOUDFLARE_COMPLIANCE_REGION": "fedramp_high"}
    assert with_region({}, "fedramp_high") == fedramp
    assert with_region(fedramp, "fedramp_high") == fedramp
    assert with_region({"A": "b"}, None) == {"A": "b"}
    with pytest.raises(UsageError, match="`public`, but CLOUDFLARE_COMPLIANCE_REGION is `fedramp_high`"):
        with_region(fedramp, "public")


def test_an_unknown_compliance_region_is_refused() -> None:
    with pytest.raises(UsageError, match="moon"):
        api_base_url({"CLOUDFLARE_COMPLIANCE_REGION": "moon"})


@pytest.mark.parametrize(
    ("url", "environment", "proxy"),
    [
        ("https://a.com/x", {}, None),
        ("https://a.com/x", {"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
        ("https://a.com/x", {"https_proxy": "http://low:1", "HTTPS_PROXY": "http://up:1"}, "http://low:1"),
        ("https://a.com/x", {"ALL_PROXY": "p:1"}, "http://p:1"),
        ("http://a.com/x", {"HTTPS_PROXY": "http://p:1"}, None),
        ("https://a.com/x", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "b.com, a.com"}, None),
        ("https://x.a.com/x", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": ".a.com"}, None),
        ("https://ba.com/x", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "a.com"}, "http://p:1"),
        ("https://a.com:8/x", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "a.com:9"}, "http://p:1"),
        ("https://a.com/x", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"}, None),
    ],
)
def test_the_proxy_is_that_of_the_standard_variables(
    url: str, environment: dict[str, str], proxy: str | None
) -> None:
    assert proxy_for(url, environment) == proxy


@pytest.mark.parametrize(
    ("status", "is_repeatable", "after", "pause"),
    [
        (429, False, None, 0.5),
        (429, False, "3", 3.0),
        (429, True, "31", None),
        (429, True, "nonsense", 0.5),
        (500, True, None, 0.5),
        (503, True, "0", 0.0),
        (503, False, None, None),
        (501, True, None, None),
        (404, True, None, None),
        (200, True, None, None),
    ],
)
def test_a_status_is_repeated_when_that_is_safe(
    status: int, is_repeatable: bool, after: str | None, pause: float | None
) -> None:
    headers = {"retry-after": after} if after else {}
    assert pause_after_status(status, headers, is_repeatable=is_repeatable, backoff_seconds=0.5) == pause


def test_the_pause_may_be_given_as_a_date() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=10), usegmt=True)
    pause = pause_after_status(429, {"retry-after": soon}, is_repeatable=False, backoff_seconds=1)
    assert pause is not None
    assert 5 < pause <= 10


@pytest.mark.parametrize(
    ("was_sent", "is_lasting", "is_repeatable", "pause"),
    [(False, False, False, 1), (True, False, True, 1), (True, False, False, None), (False, True, True, None)],
)
def test_a_broken_connection_is_repeated_when_that_is_safe(
    was_sent: bool, is_lasting: bool, is_repeatable: bool, pause: float | None
) -> None:
    found = pause_after_failure(
        was_sent=was_sent, is_lasting=is_lasting, is_repeatable=is_repeatable, backoff_seconds=1
    )
    assert found == pause


@pytest.mark.parametrize(
    ("domain", "kind"),
    [
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com", ECR),
        ("docker.io", DOCKER_HUB),
        ("europe-west1-docker.pkg.dev", GAR),
    ],
)
def test_the_kind_of_a_registry_is_known_by_its_domain(domain: str, kind: RegistryKind) -> None:
    assert registry_kind(domain) is kind


@pytest.mark.parametrize(
    "domain",
    [
        "ghcr.io",
        "https://docker.io",
        "xdocker.io",
        "docker.io.evil.com",
        "12345.dkr.ecr.eu-west-1.amazonaws.com",
        "",
    ],
)
def test_other_registries_are_refused(domain: str) -> None:
    with pytest.raises(UsageError):
        registry_kind(domain)


@pytest.mark.parametrize(
    "written", ["Docker.io", "docker.io/", "docker.io/library", "docker.io:443", " docker.io\n"]
)
def test_a_domain_with_something_else_is_reported_with_how_to_write_it(written: str) -> None:
    with pytest.raises(UsageError) as caught:
        registry_kind(written)
    assert caught.value.hint == "Give docker.io."


KEY = {"private_key": "-----BEGIN", "client_email": "a@b.iam", "private_key_id": "1"}


def test_a_google_key_may_be_json_or_base64() -> None:
    text = json.dumps(KEY)
    encoded = base64.b64encode(text.encode()).decode()
    assert encode_google_key(f" {text}\n", "a@b.iam") == encoded
    assert encode_google_key(f"{encoded[:20]}\n{encoded[20:]}", "a@b.iam") == encoded


@pytest.mark.parametrize(
    "text",
    ["-----BEGIN PRIVATE KEY-----", "nonsense", "[]", "{}", json.dumps(KEY | {"client_email": "other@b.iam"}),
     json.dumps(KEY | {"private_key": ""}), json.dumps(KEY | {"private_key_id": 5})],
)  # fmt: skip
def test_other_texts_are_no_google_keys(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        encode_google_key(text, "a@b.iam")
    assert "-----BEGIN" not in caught.value.message
