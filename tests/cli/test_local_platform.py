"""The same commands on a real local platform, which starts with the first of them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pywrangler.errors import ExitStatus
from tests.support.cli import run
from tests.support.platform import Platform

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


def test_namespaces(platform: Platform) -> None:
    made = json.loads(run("kv namespace create one --json").stdout)
    assert run("kv namespace create one").status == ExitStatus.FAILURE
    assert run("kv namespace rename one --new-name two").status == 0
    assert [(n["id"], n["title"]) for n in run("kv namespace list").json] == [(made["id"], "two")]
    assert run("kv namespace delete two").status == 0
    assert run("kv namespace list").json == []


def test_applications_are_named_by_name_here(platform: Platform) -> None:
    assert run("containers list --json").json == []
    unknown = run("containers info nothing")
    assert unknown.status == ExitStatus.USAGE
    assert "There is no application `nothing`" in unknown.stderr


def test_a_platform_of_another_version_is_pointed_out(platform: Platform) -> None:
    replace(platform.start(), version="0.0.1").write(platform.home)
    listed = run("containers list --json")
    assert listed.json == []
    assert "The local platform runs pywrangler 0.0.1" in listed.stderr
