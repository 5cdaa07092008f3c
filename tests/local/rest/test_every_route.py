"""What holds for every route of the API, from its own table."""

from __future__ import annotations

import re
from pathlib import Path

from yarl import URL

from pywrangler.local.rest.app import BASE
from pywrangler.local.rest.dashboard.guard import is_of_dashboard
from tests.local.rest.api import TOKEN, Api

STRANGER_HEADERS = (
    {},
    {"Authorization": "Bearer another"},
    {"Cookie": f"token={TOKEN}"},
    {"Authorization": f"Bearer {TOKEN}", "Host": "evil.example"},
    {"Authorization": f"Bearer {TOKEN}", "Origin": "http://evil.example"},
    {"Authorization": f"Bearer {TOKEN}", "Origin": "null"},
    {"Origin": "http://evil.example", "Access-Control-Request-Method": "GET"},
)
"""Requests of another user, of a web page, and of one that reaches the port by DNS rebinding."""
UPWARDS = ("..%2F..%2F..%2Fescaped", "%2e%2e", "%2Fetc%2Fpasswd", "a%00b", "..%5C..%5Cescaped", "%ED%A0%80")
PARAMETER = re.compile(r"\{[^}]*\}")


def routes(api: Api) -> list[tuple[str, str]]:
    """Method and path of every route, with `{...}` for names."""
    app = api.client.app
    assert app is not None
    found = {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None and route.method not in ("HEAD", "*")
    }
    return sorted(found)


def outside(directory: Path) -> set[Path]:
    """The files outside of the platform's directory, and files anywhere that the test's names would make."""
    files = set(directory.rglob("*"))
    return {
        file for file in files if file.relative_to(directory).parts[0] != "home" or "escaped" in file.name
    }


async def status_of(api: Api, method: str, path: str, headers: dict[str, str]) -> int:
    """The status of a request whose path is sent as it is. No response lets another origin read it."""
    url = URL(str(api.client.make_url("/")).rstrip("/") + path, encoded=True)
    async with api.client.session.request(
        method, url, headers=headers, data=b"{}", allow_redirects=False
    ) as response:
        assert not [name for name in response.headers if name.lower().startswith("access-control-")], path
        return response.status


async def test_every_route_refuses_strangers(api: Api) -> None:
    everything = [(method, path) for method, path in routes(api) if path.startswith(BASE)]
    assert len(everything) > 150
    for method, path in everything:
        filled = PARAMETER.sub("x", path.replace("{account}", api.store.account_id))
        for headers in STRANGER_HEADERS:
            assert await status_of(api, method, filled, headers) in (401, 403), (method, path, headers)


async def test_the_page_in_the_browser_has_no_route_for_strangers(api: Api) -> None:
    own = [(method, path) for method, path in routes(api) if not path.startswith(BASE)]
    for method, path in own:
        filled = PARAMETER.sub("x", path)
        assert is_of_dashboard(filled), filled
        for headers in STRANGER_HEADERS[3:]:
            assert await status_of(api, method, filled, headers) == 403, (method, path, headers)
        if "/api/" in path:
            assert await status_of(api, method, filled, STRANGER_HEADERS[1]) in (401, 403), (method, path)


async def test_no_name_in_a_path_leads_out_of_its_directory(api: Api, tmp_path: Path) -> None:
    await api.upload_with_class("chat")
    before = outside(tmp_path)
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    for method, path in routes(api):
        if not path.startswith(BASE):
            continue
        own = path.replace("{account}", api.store.account_id)
        for name in UPWARDS if "{" in own else ():
            status = await status_of(api, method, PARAMETER.sub(name, own), headers)
            assert status < 500 or status in (501, 507), (method, path, name, status)
    assert outside(tmp_path) == before
    assert (await api.call("GET", "/workers/scripts")).result[0]["id"] == "chat"
