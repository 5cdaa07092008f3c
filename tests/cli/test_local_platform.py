"""The same commands on a real local platform, which starts with the first of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pywrangler.errors import ExitStatus
from tests.support.cli import Outcome, run
from tests.support.http import request
from tests.support.platform import Platform
from tests.support.waiting import eventually

pytestmark = pytest.mark.workerd


def test_secrets_of_a_worker_that_has_no_code_yet(platform: Platform) -> None:
    assert run("secret put API_KEY --name quiet", stdin="planted-secret").status == 0
    assert run("secret bulk --name quiet", stdin='{"A": "1", "B": "2", "API_KEY": null}').status == 0
    assert [secret["name"] for secret in run("secret list --name quiet").json] == ["A", "B"]
    assert run("secret delete A --name quiet").status == 0
    assert [secret["name"] for secret in run("secret list --name quiet").json] == ["B"]
    missing = run("secret list --name nobody --json")
    assert (missing.status, missing.error["api_code"]) == (ExitStatus.FAILURE, 10007)
    logs = "".join(file.read_text(errors="replace") for file in platform.home.rglob("*.log"))
    assert "planted-secret" not in logs


def test_stores_and_their_secrets(platform: Platform) -> None:
    assert run("secrets-store store create mine").status == 0
    (store,) = run("secrets-store store list --json").json
    made = run(f"secrets-store secret create {store['id']} --name N --scopes workers --json", stdin="v").json
    (listed,) = run(f"secrets-store secret list {store['id']} --json").json
    assert (listed["id"], listed["scopes"]) == (made[0]["id"], ["workers"])
    assert run(f"secrets-store secret delete {store['id']} --secret-id {listed['id']}").status == 0
    assert run(f"secrets-store secret list {store['id']} --json").json == []


def test_a_store_and_a_secret_are_found_by_name(platform: Platform) -> None:
    assert run("secrets-store store create my-store").status == 0
    create = "secrets-store secret create my-store --name"
    (made,) = run(f"{create} DB_PASSWORD --scopes workers --json", stdin="v").json
    (store,) = run("secrets-store store list --json").json
    assert made["store_id"] == store["id"] != "my-store"
    for secret in ("DB_PASSWORD", made["id"]):
        for words in ("get", "update --comment c", "duplicate --name COPY --scopes workers"):
            verb, _, options = words.partition(" ")
            line = f"secrets-store secret {verb} my-store --secret-id {secret} {options} --json"
            assert run(line).status == 0, line
            run("secrets-store secret delete my-store --secret-id COPY -y")
    assert [s["name"] for s in run("secrets-store secret list my-store --json").json] == ["DB_PASSWORD"]
    assert run("secrets-store store delete my-store -y").status == 0
    assert run("secrets-store store list --json").json == []


def test_a_store_that_does_not_exist_is_named(platform: Platform) -> None:
    assert run("secrets-store store create my-store").status == 0
    close = run("secrets-store secret list my-stor")
    assert close.status == ExitStatus.FAILURE
    assert "There is no store with the id or the name `my-stor`." in close.stderr
    assert "Did you mean `my-store`?" in close.stderr
    unknown = "5" * 32
    for words in (
        f"secret list {unknown}",
        f"secret get {unknown} --secret-id {unknown}",
        f"store delete {unknown} -y",
    ):
        refused = run(f"secrets-store {words}")
        assert refused.status == ExitStatus.FAILURE
        assert refused.stderr.splitlines()[-3] == f"Error: There is no store with the id `{unknown}`."
    for secret, kind in (("NOPE", "id or the name"), (unknown, "id")):
        refused = run(f"secrets-store secret get my-store --secret-id {secret}")
        assert f"The store has no secret with the {kind} `{secret}`." in refused.stderr
    looks_like_an_id = "a" * 32
    assert run(f"secrets-store store create {looks_like_an_id}").status == 0
    assert (
        "is the name of a store, but looks like an id"
        in run(f"secrets-store secret list {looks_like_an_id}").stderr
    )


def test_namespaces(platform: Platform) -> None:
    made = json.loads(run("kv namespace create one --json").stdout)
    assert run("kv namespace create one").status == ExitStatus.FAILURE
    assert run("kv namespace rename one --new-name two").status == 0
    assert [(n["id"], n["title"]) for n in run("kv namespace list").json] == [(made["id"], "two")]
    assert run("kv namespace delete two").status == 0
    assert run("kv namespace list").json == []


def test_applications_are_named_by_name_here(platform: Platform) -> None:
    assert run("containers list --json").json == []
    for command in ("info", "instances", "logs", "delete -y"):
        for name in ("nothing", "11111111-1111-4111-8111-111111111111"):
            unknown = run(f"containers {command} {name}")
            assert unknown.status == ExitStatus.FAILURE
            assert unknown.stderr.endswith(
                f"Error: There is no application `{name}`.\n\n"
                "`pywrangler containers list` shows the applications.\n"
            )


def test_an_unknown_worker_is_said_plainly(platform: Platform) -> None:
    platform.start()
    for command in (
        "tail shop",
        "delete shop",
        "local logs shop",
        "local trigger-cron shop",
        "secret list --name shop",
        "secret delete KEY --name shop",
    ):
        unknown = run(command)
        assert unknown.status == ExitStatus.FAILURE
        assert "Error: There is no Worker `shop`.\n\nCheck the name" in unknown.stderr, command


def test_the_nearest_name_is_asked_for(platform: Platform) -> None:
    assert run("secret put API_KEY --name my-shop", stdin="1").status == 0
    assert "Did you mean `my-shop`?" in run("tail my-shpo").stderr
    secret = run("secret delete API_KEI --name my-shop")
    assert "The Worker `my-shop` has no secret `API_KEI`.\n\nDid you mean `API_KEY`?" in secret.stderr
    assert secret.status == ExitStatus.FAILURE


def test_a_platform_of_another_version_is_pointed_out(platform: Platform) -> None:
    replace(platform.start(), version="0.0.1").write(platform.home)
    listed = run("containers list --json")
    assert listed.json == []
    assert "The local platform runs pywrangler 0.0.1" in listed.stderr


def test_consumers_of_events_are_deployed_and_missing_ones_named(platform: Platform, tmp_path: Path) -> None:
    keeper = """let seen = [];
    export default { tail: (events) => { seen.push(...events.map((e) => [e.scriptName, e.outcome])); },
      fetch: () => Response.json(seen) };"""
    scripts = {"keeper": keeper, "maker": "export default { fetch: () => new Response('made') };"}

    def deploy(name: str, options: str = "--json", **fields: Any) -> Outcome:
        (tmp_path / "index.js").write_text(scripts[name])
        content = {"name": name, "main": "index.js", "compatibility_date": "2026-06-01", **fields}
        (tmp_path / "wrangler.json").write_text(json.dumps(content))
        outcome = run(f"deploy {options}", directory=tmp_path)
        assert outcome.status == 0, outcome.stderr
        return outcome

    consumed = {"tail_consumers": [{"service": "keeper"}]}
    absent = "The Worker `keeper` of `tail_consumers` is not deployed here"
    first = deploy("maker", **consumed)
    assert absent in first.stderr
    assert request(first.json["url"]).text == "made"

    keeper_url = deploy("keeper").json["url"]
    again = deploy("maker", **consumed)
    assert absent not in again.stderr
    assert not again.json["changed"]
    request(first.json["url"])
    eventually(lambda: request(keeper_url).json == [["maker", "ok"]])

    streaming = deploy("maker", streaming_tail_consumers=[{"service": "keeper"}]).stderr
    assert '"streaming_tail_consumers" is not on the local platform' in streaming
