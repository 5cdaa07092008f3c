"""A project whose configuration has the KV ids of another account, on a real local platform."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import run
from tests.support.http import request
from tests.support.platform import Platform

pytestmark = pytest.mark.workerd

ID, OTHER = "00112233445566778899aabbccddeeff", "a/b ü%2F"
COUNTS = """
export default { async fetch(request, env) {
  const before = {};
  for (const [name, namespace] of Object.entries(env)) {
    before[name] = Number(await namespace.get("n"));
    await namespace.put("n", String(before[name] + 1));
  }
  return Response.json(before);
} };
"""


def project(directory: Path, *namespaces: dict[str, str], **more: Any) -> Path:
    configuration = {
        "name": "cloned",
        "main": "index.js",
        "compatibility_date": "2026-06-01",
        "kv_namespaces": namespaces,
        **more,
    }
    (directory / "wrangler.json").write_text(json.dumps(configuration))
    (directory / "index.js").write_text(COUNTS)
    return directory


def titles() -> dict[str, str]:
    return {entry["id"]: entry["title"] for entry in run("kv namespace list").json}


def test_the_ids_of_a_cloned_project_serve_here(platform: Platform, tmp_path: Path) -> None:
    directory = project(
        tmp_path,
        {"binding": "A", "id": ID, "preview_id": "f" * 32},
        {"binding": "B", "id": ID},
        {"binding": "MY_CACHE", "id": OTHER},
        {"binding": "NAMED", "id": "named"},
        {"binding": "NEW"},
    )
    dry = run("deploy --dry-run --json", directory=directory).json
    assert f"+ create KV namespace {ID} (A, B), empty, on this platform" in dry["plan"]
    assert run("kv namespace create named").status == 0

    first = run("deploy --json", directory=directory)
    assert first.status == 0, first.stderr
    assert f"+ create KV namespace {OTHER} (MY_CACHE), empty, on this platform" in first.stderr
    known = titles()
    assert (known[ID], known[OTHER], known["named"]) == ("cloned-a", "cloned-my-cache", "cloned-named")
    assert "f" * 32 not in known

    url = first.json["url"]
    counts = json.loads(request(url).body)
    assert counts == {"A": 0, "B": 1, "MY_CACHE": 0, "NAMED": 0, "NEW": 0}
    for which in (f"--namespace-id {ID}", "--binding B"):
        assert run(f"kv key get n {which}", directory=directory).stdout == "2"
    assert run("kv key put n 5 --binding A --preview", directory=directory).status == 0
    assert titles()["f" * 32] == "cloned-a_preview"
    assert run("kv key get n --binding A --no-preview", directory=directory).stdout == "2"

    again = run("deploy --json", directory=directory)
    assert (again.json["changed"], again.json["version"]) == (False, first.json["version"])


def test_a_namespace_that_was_deleted_is_made_again(platform: Platform, tmp_path: Path) -> None:
    directory = project(tmp_path, {"binding": "A", "id": ID}, {"binding": "NEW"})
    assert run("deploy", directory=directory).status == 0
    for binding in ("A", "NEW"):
        assert run(f"kv namespace delete --binding {binding} -y", directory=directory).status == 0
    again = run("deploy --json", directory=directory)
    assert again.status == 0, again.stderr
    assert again.json["changed"]
    assert sorted(titles().values()) == ["cloned-a", "cloned-new"]
    assert json.loads(request(again.json["url"]).body) == {"A": 0, "NEW": 0}


def test_an_environment_has_ids_of_its_own(platform: Platform, tmp_path: Path) -> None:
    directory = project(
        tmp_path,
        {"binding": "A", "id": ID},
        env={"prod": {"kv_namespaces": [{"binding": "A", "id": "of-prod"}]}},
    )
    assert run("kv key put n 7 --binding A --env prod", directory=directory).status == 0
    for environment in ('""', "prod"):
        assert run(f"deploy --env {environment}", directory=directory).status == 0
    assert titles() == {ID: "cloned-a", "of-prod": "cloned-prod-a"}
    assert run("kv key get n --binding A --env prod", directory=directory).stdout == "7"


def test_elsewhere_an_unknown_id_is_an_error_that_names_the_binding(
    platform: Platform, tmp_path: Path
) -> None:
    status = platform.start()
    account = {
        "CLOUDFLARE_API_BASE_URL": status.url,
        "CLOUDFLARE_API_TOKEN": status.token,
        "CLOUDFLARE_ACCOUNT_ID": status.account_id,
    }
    directory = project(tmp_path, {"binding": "A", "id": ID})
    refused = run("deploy --remote", directory=directory, environment=account)
    assert refused.status == 1
    assert f"The binding `A` needs the KV namespace `{ID}`, which does not exist" in refused.stderr
    assert "pywrangler kv namespace create" in refused.stderr
