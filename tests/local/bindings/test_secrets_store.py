"""Secrets Store bindings: what `await env.X.get()` gives, and that the value is nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.local.daemon.uploads import Account
from tests.support.cli import Outcome, run
from tests.support.http import request
from tests.support.platform import Platform

pytestmark = pytest.mark.workerd

SCRIPT = """
let requests = 0;
export default { async fetch(request, env) {
  requests += 1;
  const value = await env.KEY.get().catch((error) => `${error.name}: ${error.message}`);
  return Response.json([value, requests]);
} };
"""
SECRET_VALUES = ("first value-7391", "second value-7391")


def store(command: str, **options: str) -> Outcome:
    """A `secrets-store` command, which has to succeed."""
    outcome = run(f"secrets-store {command}", **options)
    assert outcome.status == 0, outcome.stderr
    return outcome


def files_with(text: str, directory: Path) -> list[Path]:
    """The files below a directory in which a text stands."""
    files = (file for file in directory.rglob("*") if file.is_file())
    return [file for file in files if text.encode() in file.read_bytes()]


def test_a_secret_goes_from_the_command_line_to_the_worker_and_nowhere_else(account: Account) -> None:
    store("store create vault")
    (vault,) = store("store list --json").json
    base = f"{vault['id']} --json"
    (made,) = store(f"secret create {base} --name key --scopes workers", stdin=SECRET_VALUES[0]).json
    binding = {"type": "secrets_store_secret", "name": "KEY", "store_id": vault["id"], "secret_name": "key"}
    url = account.deploy("secretive", SCRIPT, bindings=[binding])
    assert request(url).json == [SECRET_VALUES[0], 1]

    store(f"secret update {base} --secret-id {made['id']} --value '{SECRET_VALUES[1]}'")
    assert request(url).json == [SECRET_VALUES[1], 2], "seen at once, by the same process"

    store(f"secret duplicate {base} --secret-id {made['id']} --name copy --scopes workers")
    url = account.deploy("copyist", SCRIPT, bindings=[{**binding, "secret_name": "copy"}])
    assert request(url).json == [SECRET_VALUES[1], 1]

    (shown,) = store(f"secret get {base} --secret-id {made['id']}").json
    assert shown["name"] == "key"
    for value in SECRET_VALUES:
        assert files_with(value, account.platform.home) == []

    store(f"secret delete {vault['id']} --secret-id {made['id']} -y")
    secretive = account.platform.worker_url("secretive")
    assert request(secretive).json == ['Error: Secret "key" not found', 3]


def test_the_configuration_may_call_the_store_by_its_name(platform: Platform, tmp_path: Path) -> None:
    (tmp_path / "index.js").write_text(SCRIPT)
    bound = {"binding": "KEY", "store_id": "vault", "secret_name": "key"}
    fields = {"name": "secretive", "main": "index.js", "compatibility_date": "2026-11-01"}
    (tmp_path / "wrangler.json").write_text(json.dumps({**fields, "secrets_store_secrets": [bound]}))
    refused = run("deploy --local", directory=tmp_path)
    assert "`store_id` in wrangler.json: There is no store with the id or the name `vault`" in refused.stderr

    store("store create vault")
    assert (
        'the secret "key" of the store "vault", which does not exist'
        in run("deploy --local", directory=tmp_path).stderr
    )
    store("secret create vault --name key --scopes workers", stdin=SECRET_VALUES[0])
    deployed = run("deploy --local --json", directory=tmp_path)
    assert request(deployed.json["url"]).json == [SECRET_VALUES[0], 1]
    assert "Nothing changed" in run("deploy --local", directory=tmp_path).stderr

    (vault,) = store("store list --json").json
    store(f"store delete {vault['id']} -y")
    store("secret create vault --name key --scopes workers", stdin=SECRET_VALUES[1])
    assert run("deploy --local --json", directory=tmp_path).json["changed"], (
        "the name means another store now"
    )
    assert request(deployed.json["url"]).json == [SECRET_VALUES[1], 1]
