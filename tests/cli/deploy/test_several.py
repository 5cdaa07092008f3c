"""Several Workers in one command, in a project of npm workspaces, on a real local platform."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import run
from tests.support.http import request
from tests.support.platform import Platform

DATE = "2026-06-01"
API = """import { greet } from "@shop/shared";
import { WorkerEntrypoint } from "cloudflare:workers";
export default class extends WorkerEntrypoint {
  fetch = async () => new Response(`${greet("api")}, ${await this.env.WEB.name()}`);
}"""
WEB = """import { greet } from "@shop/shared";
import { WorkerEntrypoint } from "cloudflare:workers";
export class Named extends WorkerEntrypoint { name() { return "named by web"; } }
export default {
  async fetch(request, env) {
    const answer = await env.API.fetch(request);
    return new Response(`${greet("web")}, ${await answer.text()}`);
  },
};"""
SERVICES = {
    "api": [{"binding": "WEB", "service": "shop-web", "entrypoint": "Named"}],
    "web": [{"binding": "API", "service": "shop-api"}],
}
ALL = "-c packages/web/wrangler.jsonc -c packages/api/wrangler.jsonc -c packages/site/wrangler.jsonc"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project whose Workers `api` and `web` are bound to each other and import a package of the project."""
    for name, code in (("api", API), ("web", WEB)):
        write(tmp_path / f"packages/{name}/index.js", code)
        configure(tmp_path, name, main="index.js", services=SERVICES[name])
    write(tmp_path / "packages/site/public/index.html", "the site")
    configure(
        tmp_path, "site", assets={"directory": "public", "not_found_handling": "single-page-application"}
    )
    write(tmp_path / "packages/shared/index.js", "export const greet = (name) => `hello ${name}`;")
    write(tmp_path / "packages/shared/package.json", '{"name": "@shop/shared", "exports": "./index.js"}')
    link = tmp_path / "node_modules/@shop/shared"  # as npm makes it for "workspaces": ["packages/*"]
    link.parent.mkdir(parents=True)
    link.symlink_to("../../packages/shared")
    return tmp_path


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def configure(directory: Path, name: str, **fields: Any) -> None:
    text = json.dumps({"name": f"shop-{name}", "compatibility_date": DATE, **fields})
    write(directory / f"packages/{name}/wrangler.jsonc", text)


@pytest.mark.workerd
def test_workers_that_need_each_other_are_deployed_in_one_command(platform: Platform, shop: Path) -> None:
    outcome = run(f"deploy {ALL} --json", directory=shop)
    assert outcome.status == 0, outcome.stderr
    urls = {entry["worker"]: entry["url"] for entry in outcome.json}
    assert list(urls) == ["shop-web", "shop-api", "shop-site"]
    assert request(urls["shop-web"]).text == "hello web, hello api, named by web"
    assert request(f"{urls['shop-site']}/anything", headers={"Sec-Fetch-Mode": "navigate"}).text == "the site"
    assert outcome.stderr.count("Target: ") == 1
    assert "Worker 2 of 3: shop-api (packages/api/wrangler.jsonc)" in outcome.stderr

    again = run(f"deploy {ALL} --json --dry-run", directory=shop).json
    assert [entry["changes"] for entry in again] == [False, False, False]
    assert [entry["worker"] for entry in again] == ["shop-web", "shop-api", "shop-site"]
    inside = run("deploy --json", directory=shop / "packages/api").json
    assert (inside["worker"], inside["changed"]) == ("shop-api", False)

    write(shop / "packages/site/public/more.txt", "more")
    changed = run(f"deploy {ALL} --json", directory=shop).json
    assert [entry["changed"] for entry in changed] == [False, False, True]
    assert request(f"{urls['shop-site']}/more.txt").text == "more"
    assert run("delete --force", directory=shop / "packages/site").status == 0
    with pytest.raises(ConnectionRefusedError):
        request(urls["shop-site"])


@pytest.mark.workerd
def test_a_worker_that_fails_ends_the_command_and_says_what_was_done(platform: Platform, shop: Path) -> None:
    write(shop / "packages/api/index.js", "throw new Error('no');\n" + API)
    outcome = run(f"deploy {ALL} --json", directory=shop)
    assert outcome.status == 1
    assert [entry["worker"] for entry in outcome.json] == ["shop-web"]
    expected = "shop-api failed. Done before it: shop-web. Not done: shop-site."
    assert expected in outcome.stderr
    assert "no" in outcome.error["message"] + outcome.error["detail"]


def test_all_configurations_are_checked_before_the_first_is_deployed(shop: Path) -> None:
    configure(shop, "api", main="gone.js")
    configure(shop, "site", assets={"directory": "gone"})
    outcome = run(f"deploy {ALL} --json", directory=shop)
    assert outcome.status == 1
    assert outcome.stdout == ""
    assert [problem["code"] for problem in outcome.error["problems"]] == [
        "main-missing",
        "assets-directory-missing",
    ]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (f"{ALL} -c packages/api/wrangler.jsonc", "`packages/api/wrangler.jsonc` is given twice"),
        (f"{ALL} --name other", "`--name` is about one Worker"),
        (f"{ALL} index.js", "`SCRIPT` is about one Worker"),
        (f"{ALL} --outdir out", "`--outdir` is about one Worker"),
    ],
)
def test_what_can_mean_only_one_worker_is_refused(shop: Path, words: str, reason: str) -> None:
    outcome = run(f"deploy {words} --json", directory=shop)
    assert (outcome.status, outcome.stdout) == (2, "")
    assert reason in outcome.error["message"]


def test_two_configurations_of_one_worker_are_refused(shop: Path) -> None:
    write(
        shop / "other.json",
        json.dumps({"name": "shop-api", "main": "packages/api/index.js", "compatibility_date": DATE}),
    )
    outcome = run("deploy -c packages/api/wrangler.jsonc -c other.json", directory=shop)
    assert outcome.status == 2
    assert (
        "`packages/api/wrangler.jsonc` and `other.json` both deploy the Worker `shop-api`" in outcome.stderr
    )
