"""The page's entrance, its files, and what a browser without a session, or another page, gets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

import pytest

from pywrangler.local.rest.dashboard.guard import COOKIE
from pywrangler.local.rest.dashboard.pages import CONTENT_TYPES, FILES
from tests.local.rest.api import Answer, Api


async def ask(api: Api, path: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> Answer:
    """A request as a browser makes it: without the platform's token, and without following redirects."""
    options = {"headers": headers or {}, "allow_redirects": False}
    async with api.client.session.request(method, api.client.make_url(path), **options) as response:
        return Answer(response.status, response.headers, await response.read())


async def entered(api: Api) -> tuple[dict[str, str], dict[str, str]]:
    """Headers that open the page, and headers that open its API."""
    link = (await api.call("POST", "/local/dashboard")).result["path"]
    answer = await ask(api, link)
    assert answer.status == 303
    place = urlsplit(answer.headers["Location"])
    assert place.path == "/dashboard/"
    cookie = SimpleCookie(answer.headers["Set-Cookie"])[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/dashboard")
    api.client.session.cookie_jar.clear()
    page = {"Cookie": f"{COOKIE}={cookie.value}"}
    return page, {**page, "X-Dashboard-Key": place.fragment.removeprefix("key=")}


async def test_a_link_lets_in_once(api: Api) -> None:
    link = (await api.call("POST", "/local/dashboard")).result["path"]
    assert (await ask(api, link)).status == 303
    assert (await ask(api, link)).refusal == (403, 10000)
    assert (await ask(api, "/dashboard/enter?token=wrong")).refusal == (403, 10000)
    assert (await ask(api, "/dashboard/enter")).refusal == (403, 10000)


@pytest.mark.parametrize(
    "path", ["/dashboard/", "/dashboard", "/dashboard/page.js", "/dashboard/api/overview"]
)
async def test_without_a_session_there_is_nothing(api: Api, path: str) -> None:
    for headers in ({}, {"Cookie": f"{COOKIE}=wrong"}):
        answer = await ask(api, path, headers)
        assert answer.refusal == (401, 10000)
        assert "pywrangler dashboard" in answer.message


async def test_the_files_are_served_and_nothing_else_of_the_disk(api: Api) -> None:
    page, _ = await entered(api)
    for file in FILES.iterdir():
        answer = await ask(api, f"/dashboard/{file.name}", page)
        assert (answer.status, answer.raw) == (200, file.read_bytes())
        assert answer.headers["Content-Type"] == CONTENT_TYPES[file.suffix]
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert (await ask(api, "/dashboard/", page)).raw == (FILES / "page.html").read_bytes()
    for wrong in ("pages.py", "..%2fpages.py", "%2e%2e%2fpages.py", "__init__.py", "nothing"):
        assert (await ask(api, f"/dashboard/{wrong}", page)).status in (404, 403)


async def test_the_api_needs_the_key_beside_the_cookie(api: Api) -> None:
    page, both = await entered(api)
    assert (await ask(api, "/dashboard/api/overview", page)).refusal == (401, 10000)
    wrong = {**page, "X-Dashboard-Key": page["Cookie"]}
    assert (await ask(api, "/dashboard/api/overview", wrong)).refusal == (401, 10000)
    only_key = {"X-Dashboard-Key": both["X-Dashboard-Key"]}
    assert (await ask(api, "/dashboard/api/overview", only_key)).refusal == (401, 10000)
    assert (await ask(api, "/dashboard/api/overview", both)).status == 200


async def test_a_session_opens_the_page_only(api: Api) -> None:
    _, both = await entered(api)
    assert (await ask(api, "/client/v4/user", both)).refusal == (401, 10000)


FOREIGN = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Host": "evil.example"},
    {"Host": "evil.example:1"},
]


@pytest.mark.parametrize("more", FOREIGN)
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/dashboard/", "/dashboard/api/overview", "/dashboard/api/local/stop"])
async def test_another_page_is_refused(api: Api, path: str, method: str, more: dict[str, str]) -> None:
    _, both = await entered(api)
    answer = await ask(api, path, {**both, **more}, method)
    assert answer.refusal == (403, 10000)
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert ("stop",) not in api.operations.calls


async def test_the_page_itself_is_answered(api: Api) -> None:
    _, both = await entered(api)
    url = api.client.make_url("/")
    answer = await ask(
        api, "/dashboard/api/local/status", {**both, "Origin": f"http://{url.host}:{url.port}"}
    )
    assert answer.status == 200


async def test_the_overview_has_workers_and_applications(api: Api) -> None:
    _, both = await entered(api)
    await api.upload("hello")
    found = json.loads((await ask(api, "/dashboard/api/overview", both)).raw)["result"]
    assert [each["name"] for each in found["workers"]] == ["hello"]
    assert (found["applications"], found["engine"]["reachable"]) == ([], True)
