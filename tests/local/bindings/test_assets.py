"""Static assets beside a Worker, served by the Workers that Cloudflare serves them by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.local.daemon.uploads import Account
from tests.support.cli import Outcome, run
from tests.support.http import Answer, request

pytestmark = pytest.mark.workerd

WORKER = """
import { WorkerEntrypoint } from "cloudflare:workers";
export class Desk extends WorkerEntrypoint { greet(name) { return `hello ${name}`; } }
export default { async fetch(request, env) {
  const { pathname } = new URL(request.url);
  if (pathname === "/api/page") return env.ASSETS.fetch(new URL("/", request.url));
  return new Response(`worker ${request.method} ${pathname} ${await request.text()}`);
} };
"""
CALLER = """
export default { async fetch(request, { SITE, DESK }) {
  const { pathname } = new URL(request.url);
  return pathname === "/greet" ? new Response(await DESK.greet("Ada")) : SITE.fetch(request);
} };
"""
FILES = {
    "index.html": "<h1>home</h1>",
    "about.html": "<h1>about</h1>",
    "404.html": "<h1>nothing here</h1>",
    "js/app.js": "start()",
    "api/covered.txt": "a file",
    "secret.txt": "not for the public",
    ".assetsignore": "secret.txt\n",
    "_headers": "/js/*\n  X-Robots-Tag: noindex\n",
    "_redirects": "/old /about 301\n/old /gone\n",
}


API_FIRST = {"run_worker_first": ["/api/*"]}


class Site:
    """A project with static files, which is deployed to the platform of the module."""

    def __init__(self, directory: Path, name: str) -> None:
        self.directory, self.name = directory, name
        self.url = ""
        for file, text in FILES.items():
            self.write(f"public/{file}", text)
        self.write("index.js", WORKER)

    def write(self, name: str, text: str) -> None:
        file = self.directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def deploy(self, **assets: Any) -> Outcome:
        fields = {"name": self.name, "main": "index.js", "compatibility_date": "2026-10-01"}
        whole = {**fields, "assets": {"directory": "public", "binding": "ASSETS", **assets}}
        self.write("wrangler.json", json.dumps(whole))
        outcome = run("deploy --local --json", directory=self.directory)
        assert outcome.status == 0, outcome.stderr
        self.url = outcome.json["url"]
        return outcome

    def ask(self, path: str, **options: Any) -> Answer:
        return request(self.url + path, **options)


@pytest.fixture
def site(account: Account, tmp_path: Path, request: pytest.FixtureRequest) -> Site:
    """A site that is not deployed yet; its Worker has a name of its own."""
    return Site(tmp_path, f"site-{abs(hash(request.node.name)) % 10**8}")


def test_files_are_served_and_all_else_is_the_workers(site: Site) -> None:
    site.deploy()
    page = site.ask("/")
    assert (page.status, page.text) == (200, "<h1>home</h1>")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert site.ask("/", headers={"If-None-Match": page.headers["etag"]}).status == 304
    assert site.ask("/about").text == "<h1>about</h1>"
    script = site.ask("/js/app.js")
    assert (script.text, script.headers["x-robots-tag"]) == ("start()", "noindex")
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert site.ask("/api/covered.txt").text == "a file"
    for path in ("/secret.txt", "/_headers", "/.assetsignore", "/api/x"):
        assert site.ask(path).text == f"worker GET {path} "
    assert site.ask("/api/x", method="POST", body=b"body").text == "worker POST /api/x body"
    assert site.ask("/api/page").text == "<h1>home</h1>"
    moved = site.ask("/old")
    assert (moved.status, moved.headers["location"]) == (301, "/about")
    log = run(["local", "logs", site.name]).stdout
    assert "Left out: _redirects, line 2: `/old` is listed twice" in log


@pytest.mark.parametrize(
    ("assets", "path", "expected"),
    [
        ({**API_FIRST}, "/api/covered.txt", (200, "worker GET /api/covered.txt ")),
        ({"run_worker_first": ["/api/*", "!/api/covered.txt"]}, "/api/covered.txt", (200, "a file")),
        ({**API_FIRST, "not_found_handling": "404-page"}, "/no", (404, "<h1>nothing here</h1>")),
        ({**API_FIRST, "not_found_handling": "single-page-application"}, "/no", (200, "<h1>home</h1>")),
        ({"run_worker_first": True}, "/", (200, "worker GET / ")),
        ({"html_handling": "none"}, "/about.html", (200, "<h1>about</h1>")),
        ({"base_path": "/docs"}, "/docs/about", (200, "<h1>about</h1>")),
    ],
)
def test_how_files_are_served_can_be_chosen(
    site: Site, assets: dict[str, Any], path: str, expected: tuple[int, str]
) -> None:
    site.deploy(**assets)
    answer = site.ask(path)
    assert (answer.status, answer.text) == expected


def test_another_worker_sees_the_site_as_the_public_does(site: Site, account: Account) -> None:
    site.deploy()
    bindings = [
        {"type": "service", "name": "SITE", "service": site.name},
        {"type": "service", "name": "DESK", "service": site.name, "entrypoint": "Desk"},
    ]
    url = account.deploy("caller", CALLER, bindings=bindings)
    assert request(f"{url}/about").text == "<h1>about</h1>"
    assert request(f"{url}/api/x").text == "worker GET /api/x "
    assert request(f"{url}/greet").text == "hello Ada"


def test_a_deploy_uploads_what_changed_and_nothing_where_nothing_did(site: Site) -> None:
    for name in ("index.html", "about.html"):  # what other sites have is there already
        site.write(f"public/{name}", f"<h1>{name} of {site.name}</h1>")
    assert "Uploading 2 static assets" in site.deploy().stderr
    again = site.deploy()
    assert (again.json["changed"], "static assets" in again.stderr) == (False, False)
    site.write("public/index.html", "<h1>new home</h1>")
    changed = site.deploy()
    assert "Uploading 1 static asset" in changed.stderr
    assert site.ask("/").text == "<h1>new home</h1>"
    (site.directory / "public/about.html").unlink()
    assert "all 4 are uploaded" in site.deploy().stderr
    assert site.ask("/about").text == "worker GET /about "


def test_a_secret_that_is_put_leaves_the_files_in_place(site: Site) -> None:
    site.deploy()
    assert run(["secret", "put", "KEY", "--local"], directory=site.directory, stdin="value").status == 0
    assert site.ask("/about").text == "<h1>about</h1>"
