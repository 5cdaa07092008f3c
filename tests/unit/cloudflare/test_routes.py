"""Routes of a Worker whose token may see all zones of the account, or one of them only."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from pywrangler.cloudflare.auth import ApiToken
from pywrangler.cloudflare.client import Client
from pywrangler.cloudflare.routes import host_of, set_routes
from pywrangler.errors import ApiError
from pywrangler.sensitive import Sensitive
from tests.support.api import ACCOUNT, Call, Says, refusal, result, serve

ALL_AT_ONCE = "/workers/scripts/me/routes"
OF_ZONE = "/zones/z1/workers/routes"
ROUTES = [{"pattern": "*.shop.example.com/*"}, {"pattern": "example.com/api/*", "zone_id": "z1"}]


def set_at(answer: Callable[[Call], Says]) -> tuple[list[str], list[Call]]:
    """The routes that were kept by an API with these answers, and the calls."""
    with serve(answer) as api, closing(Client(api.url, ACCOUNT, ApiToken(Sensitive("t")))) as client:
        return set_routes(client, "me", ROUTES), api.calls


def set_with(
    existing: list[dict[str, Any]], *, zones: tuple[str, ...] = ("example.com",)
) -> tuple[list[str], list[Any]]:
    """The routes that were kept, and what was added, by a token that sees `zones` only."""

    def answer(call: Call) -> Says:
        if call.path == ALL_AT_ONCE:
            return refusal(403, 10000, "Authentication error")
        if call.path == "/zones":
            return result([{"id": "z1"}] if call.query["name"] in zones else [])
        return result(existing if call.method == "GET" else {})

    kept, calls = set_at(answer)
    return kept, [(call.path, call.json) for call in calls if call.method == "POST"]


def test_they_are_set_all_at_once() -> None:
    kept, calls = set_at(lambda _: result([]))
    assert kept == []
    assert [(call.method, call.path, call.json) for call in calls] == [("PUT", ALL_AT_ONCE, ROUTES)]


def test_a_token_of_one_zone_adds_there_what_is_missing_and_tells_what_stays() -> None:
    existing = [{"pattern": "example.com/api/*", "script": "me"}, {"pattern": "old/*", "script": "me"}]
    kept, added = set_with([*existing, {"pattern": "other/*", "script": "you"}])
    assert kept == ["old/*"]
    assert added == [(OF_ZONE, {"pattern": "*.shop.example.com/*", "script": "me"})]


def test_a_route_of_another_worker_is_not_taken() -> None:
    with pytest.raises(ApiError, match=r"example\.com/api/\* leads to the Worker you"):
        set_with([{"pattern": "example.com/api/*", "script": "you"}])


def test_a_zone_that_the_token_does_not_see_is_reported() -> None:
    with pytest.raises(ApiError, match=r"no zone for the route \*\.shop\.example\.com"):
        set_with([], zones=())


def test_any_other_refusal_is_passed_on() -> None:
    with pytest.raises(ApiError, match="bad"):
        set_at(lambda _: refusal(400, 10020, "bad pattern"))


@pytest.mark.parametrize(
    ("pattern", "host"),
    [
        ("example.com/*", "example.com"),
        ("*.example.com/api/*", "example.com"),
        ("*example.com", "example.com"),
        ("https://example.com/*", "example.com"),
    ],
)
def test_the_host_of_a_pattern(pattern: str, host: str) -> None:
    assert host_of(pattern) == host
