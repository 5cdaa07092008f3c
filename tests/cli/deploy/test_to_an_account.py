"""Deploys to a small account of Cloudflare: what they make there, and to a dispatch namespace."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.api import serve
from tests.support.cli import Outcome, run
from tests.support.servers.account import Account

pytestmark = pytest.mark.workerd


def deploy(directory: Path, account: Account, words: str = "", **fields: Any) -> Outcome:
    config = {"name": "web", "main": "i.js", "compatibility_date": "2026-06-01", **fields}
    (directory / "wrangler.json").write_text(json.dumps(config))
    (directory / "i.js").write_text("export default {}")
    with serve(account.handler) as api:
        return run(f"deploy --json {words}", directory=directory, environment=api.environment)


NEEDS = {
    "d1_databases": [{"binding": "DB"}],
    "r2_buckets": [{"binding": "FILES", "bucket_name": "files"}, {"binding": "OLD", "bucket_name": "old"}],
    "ai_search_namespaces": [
        {"binding": "SEARCH", "namespace": "docs"},
        {"binding": "OLD_SEARCH", "namespace": "old"},
    ],
    "agent_memory": [{"binding": "MEMORY", "namespace": "agents"}],
    "queues": {"producers": [{"binding": "JOBS", "queue": "jobs"}]},
    "dispatch_namespaces": [{"binding": "NS", "namespace": "customers"}],
    "flagship": [{"binding": "MY_FLAGS"}, {"binding": "OTHER", "app_id": "7"}],
    "artifacts": [{"binding": "GIT", "namespace": "code"}],
}


def test_what_bindings_need_is_planned_and_then_made(tmp_path: Path) -> None:
    account = Account(buckets=["old"], searches=["old"])
    plan = deploy(tmp_path, account, "--dry-run", **NEEDS).json["plan"]
    assert plan[1:] == [
        "+ create D1 database web-db (DB)",
        "+ create R2 bucket files (FILES)",
        "+ create AI Search namespace docs (SEARCH)",
        "+ create Agent Memory namespace agents (MEMORY)",
        "+ create queue jobs (JOBS)",
        "+ create dispatch namespace customers (NS)",
        "+ create Flagship app web-my-flags (MY_FLAGS)",
    ]
    assert account.changes == []
    assert deploy(tmp_path, account, **NEEDS).status == 0
    assert (account.buckets, account.databases) == (["old", "files"], ["web-db"])
    assert (account.queues, account.namespaces) == (["jobs"], ["customers"])
    assert (account.searches, account.memories) == (["old", "docs"], ["agents"])
    assert account.apps == ["web-my-flags"]
    bindings = account.upload["bindings"]
    assert bindings["DB"] == {"name": "DB", "type": "d1", "id": "id-of-web-db"}
    assert bindings["MY_FLAGS"] == {"name": "MY_FLAGS", "type": "flagship", "app_id": "id-of-web-my-flags"}
    assert bindings["MEMORY"] == {"name": "MEMORY", "type": "agent_memory", "namespace": "agents"}
    assert bindings["GIT"] == {"name": "GIT", "type": "artifacts", "namespace": "code"}


def test_a_worker_of_a_dispatch_namespace_gets_no_address(tmp_path: Path) -> None:
    account = Account(namespaces=["customers"])
    outcome = deploy(tmp_path, account, "--dispatch-namespace customers", triggers={"crons": ["0 3 * * *"]})
    assert (outcome.json["dispatch_namespace"], outcome.json["urls"]) == ("customers", [])
    ((method, path, body),) = account.changes
    assert (method, path) == ("PUT", "/workers/dispatch/namespaces/customers/scripts/web")
    assert body["main_module"] == "i.js"
