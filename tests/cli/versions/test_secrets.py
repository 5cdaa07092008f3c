"""Secrets of versions that do not serve yet: what the commands send to Cloudflare, and show.

The requests are those that Wrangler 4.164 sends.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.versions.test_versions import A, C, deployment
from tests.support.api import Call, Says, refusal, result, serve
from tests.support.cli import Outcome, run

VALUE = "planted-value-that-must-not-be-seen"


def version(identifier: str, *secrets: str) -> dict[str, Any]:
    bindings = [{"type": "plain_text", "name": "PLAIN", "text": "1"}]
    bindings += [{"type": "secret_text", "name": name} for name in secrets]
    return {"id": identifier, "number": 1, "metadata": {}, "resources": {"bindings": bindings}}


def account(call: Call) -> Says:
    script = "/workers/scripts/web"
    match call.method, call.path:
        case "PATCH", "/workers/workers/web/versions/latest":
            return result({"id": C})
        case "PATCH", "/workers/workers/empty/versions/latest":
            return refusal(400, 10222, "no versions")
        case "GET", "/workers/scripts/web/versions":
            return result({"items": [version(C, "NEW")]})
        case "GET", "/workers/scripts/web/deployments":
            return result({"deployments": [deployment(2, (A, 100))]})
        case "GET", path if path == f"{script}/versions/{A}":
            return result(version(A, "ONE", "TWO"))
    return refusal(404, 10007, "This Worker does not exist on your account.")


def do(words: str, **options: Any) -> tuple[Outcome, list[Call]]:
    with serve(account) as api:
        outcome = run(words, environment=api.environment, **options)
    assert VALUE not in outcome.stdout + outcome.stderr
    return outcome, api.calls


@pytest.mark.parametrize(
    ("words", "stdin", "env", "message"),
    [
        ("put KEY", VALUE + "\n", {"KEY": VALUE}, 'Updated secret "KEY"'),
        ("put KEY --message why --tag v2", VALUE, {"KEY": VALUE}, "why"),
        ("delete KEY", "", {"KEY": None}, 'Deleted secret "KEY"'),
        ("bulk", json.dumps({"A": VALUE, "B": None}), {"A": VALUE, "B": None}, "Bulk updated 2 secrets"),
    ],
)
def test_a_change_makes_a_version(words: str, stdin: str, env: dict[str, Any], message: str) -> None:
    outcome, calls = do(f"versions secret {words} --name web", stdin=stdin)
    assert outcome.status == 0
    assert [(call.method, call.path) for call in calls] == [("PATCH", "/workers/workers/web/versions/latest")]
    assert calls[0].headers["content-type"] == "application/merge-patch+json"
    sent = {
        name: None if value is None else {"type": "secret_text", "text": value} for name, value in env.items()
    }
    tag = {"workers/tag": "v2"} if "--tag" in words else {}
    assert calls[0].json == {"env": sent, "annotations": {"workers/message": message, **tag}}
    assert f"Worker Version ID: {C}\n" in outcome.stdout
    assert f"versions deploy {C}@100%" in outcome.stderr


def test_the_secrets_of_what_serves_are_listed() -> None:
    shown = do("versions secret list --name web")[0].stdout
    assert shown == f"-- Version {A} (100%) secrets --\nSecret Name: ONE\nSecret Name: TWO\n\n"


def test_the_secrets_of_the_newest_version_are_listed() -> None:
    shown = do("versions secret list --name web --latest-version")[0].stdout
    assert shown == f"-- Version {C} (0%) secrets --\nSecret Name: NEW\n\n"
    listed = do("versions secret list --name web --latest-version --json")[0].json
    assert listed == [{"version_id": C, "percentage": 0, "secrets": [{"name": "NEW", "type": "secret_text"}]}]


def test_a_worker_without_versions_is_named() -> None:
    outcome, _ = do("versions secret put KEY --name empty", stdin=VALUE)
    assert outcome.status == 1
    assert "The Worker empty has no versions." in outcome.stderr
