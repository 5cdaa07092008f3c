"""Every command against a server that answers nonsense, refuses, fails for ever, hangs, or hangs up.

Whatever it is: an error of ours in bounded time, no traceback, and the repeated command completes the work.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from pywrangler.cloudflare.transport import Limits
from pywrangler.errors import ExitStatus
from tests.support.api import Api, Call, Handler, Says, in_turn, refusal, result, serve
from tests.support.cli import Outcome, run

ID = "11111111-1111-4111-8111-111111111111"
STORE = "0123456789abcdef0123456789abcdef"
BOUND_SECONDS = 5
"""Far above what the short limits of these tests allow, far below the real ones."""

COMMANDS = [
    "whoami",
    "containers list",
    f"containers info {ID}",
    f"containers instances {ID}",
    f"containers delete {ID} -y",
    "containers images list",
    "containers images delete web:v1 -y",
    "containers registries list",
    "containers registries delete docker.io -y",
    "containers registries credentials registry.cloudflare.com --push",
    "secret put TOKEN --name worker",
    "secret list --name worker",
    "secret delete TOKEN --name worker",
    "secret bulk --name worker",
    "secrets-store store list --remote",
    "secrets-store store create shop --remote",
    f"secrets-store secret list {STORE} --remote",
    f"secrets-store secret create {STORE} --name N --scopes workers --value v --remote",
    "kv namespace list",
    "kv namespace create shop",
    f"kv namespace delete --namespace-id {STORE} -y",
    f"kv key list --namespace-id {STORE} --remote",
    f"kv key get --namespace-id {STORE} --remote key",
    f"kv key put --namespace-id {STORE} --remote key value",
    f"kv key delete --namespace-id {STORE} --remote key",
    "deploy",
    "delete --name worker --force",
]
VALUES_AS_THEY_ARE = ("kv key get",)
"""Commands whose answer is any bytes, so that none is wrong."""
WAIT_LONGER = (f"containers delete {ID} -y",)
"""Commands that wait for containers to end, for up to a quarter of an hour."""

HTML = b"<!doctype html><title>Portal</title><p>Please log in to the network"
NONSENSE = {
    "a web page": Says(body=HTML, content_type="text/html"),
    "a web page as an error": Says(502, HTML, content_type="text/html"),
    "nothing": Says(body=b""),
    "half of a JSON": Says(body=b'{"success": true, "errors": [], "result": [{"id":'),
    "another JSON": Says(body=b"[1, 2]"),
    "errors for ever": refusal(500, 10013, "unknown error"),
}
WRONG_RESULTS = {
    "null": None,
    "a number": 7,
    "a text": "surprise",
    "texts": ["a", "b"],
    "another": {"x": [{}]},
}


@pytest.fixture(autouse=True)
def _short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten(monkeypatch, Limits(read_seconds=0.15, total_seconds=0.4, backoff_seconds=0.01))


def shorten(monkeypatch: pytest.MonkeyPatch, limits: Limits) -> None:
    """Give all clients these limits."""
    monkeypatch.setattr("pywrangler.cloudflare.client.Limits", lambda: limits)
    monkeypatch.setattr("pywrangler.cloudflare.image_registry.Limits", lambda: limits)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a Worker alone, which needs no engine."""
    configuration = {"name": "worker", "main": "index.js", "compatibility_date": "2026-11-01"}
    (tmp_path / "wrangler.json").write_text(json.dumps(configuration))
    (tmp_path / "index.js").write_text("export default { fetch() { return new Response('hi') } }\n")
    return tmp_path


def run_against(handler: Handler, command: str, directory: Path) -> tuple[Outcome, Api]:
    with serve(handler) as api:
        began = time.monotonic()
        stdin = '{"A": "1"}' if "bulk" in command else "value"
        outcome = run(command, environment=api.environment, directory=directory, stdin=stdin)
        assert time.monotonic() - began < BOUND_SECONDS
    return outcome, api


def assert_is_no_bug(outcome: Outcome) -> None:
    assert "bug" not in outcome.stderr, outcome.stderr
    assert "Traceback" not in outcome.stderr


def assert_is_clear_failure(outcome: Outcome) -> None:
    assert outcome.status == ExitStatus.FAILURE, outcome.stderr
    assert "Error: " in outcome.stderr
    assert_is_no_bug(outcome)
    assert "token-of-the-test" not in outcome.stdout + outcome.stderr


@pytest.mark.parametrize("says", NONSENSE.values(), ids=NONSENSE)
@pytest.mark.parametrize("command", COMMANDS)
def test_nonsense_is_a_clear_error(command: str, says: Says, project: Path) -> None:
    if command.startswith(VALUES_AS_THEY_ARE) and says.status == 200:
        pytest.skip("any bytes are a value")
    outcome, _ = run_against(in_turn(says), command, project)
    assert_is_clear_failure(outcome)


@pytest.mark.parametrize("value", WRONG_RESULTS.values(), ids=WRONG_RESULTS)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_result_of_another_shape_is_not_a_bug_of_ours(command: str, value: object, project: Path) -> None:
    outcome, _ = run_against(in_turn(result(value)), command, project)
    assert_is_no_bug(outcome)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_wrong_or_expired_token_is_said_once_with_what_to_check(command: str, project: Path) -> None:
    outcome, api = run_against(in_turn(refusal(401, 10000, "Authentication error")), command, project)
    assert_is_clear_failure(outcome)
    assert "Authentication error" in outcome.stderr
    assert "pywrangler whoami" in outcome.stderr or "token" in outcome.stderr
    assert len({call.path for call in api.calls}) == len(api.calls), "a refusal is not tried again"


@pytest.mark.parametrize("command", [c for c in COMMANDS if c != "whoami"])
def test_an_account_that_the_token_does_not_cover(command: str, project: Path) -> None:
    answer = refusal(403, 9109, "Unauthorized to access requested resource")
    outcome, _ = run_against(in_turn(answer), command, project)
    assert_is_clear_failure(outcome)
    assert "CLOUDFLARE_ACCOUNT_ID" in outcome.stderr


@pytest.mark.parametrize("command", [c for c in COMMANDS if c not in WAIT_LONGER])
def test_a_server_that_hangs_is_given_up(
    command: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten(monkeypatch, Limits(read_seconds=0.03, total_seconds=0.08, backoff_seconds=0.01))
    outcome, _ = run_against(in_turn(Says(body=b"{}", seconds=0.12)), command, project)
    assert_is_clear_failure(outcome)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_connection_that_is_cut_is_named(command: str, project: Path) -> None:
    cut = Says(body=b'{"success": true, "result": {"id": "' + b"x" * 4000, cut_after=100)
    outcome, _ = run_against(in_turn(cut), command, project)
    assert_is_clear_failure(outcome)


def test_an_upload_that_was_cut_is_completed_by_the_next_deploy(project: Path) -> None:
    uploads: list[int] = []

    def handler(call: Call) -> Says:
        if call.method == "PUT" and call.path == "/workers/scripts/worker":
            uploads.append(len(call.body))
            if len(uploads) == 1:
                return Says(body=b'{"success": true', cut_after=5)
            return result({"id": "worker", "deployment_id": ID, "startup_time_ms": 1})
        if call.path.endswith("/subdomain"):
            return result({"enabled": True, "subdomain": "s", "previews_enabled": True})
        return refusal(404, 10007, "This Worker does not exist on your account.")

    with serve(handler) as api:
        outcomes = [run("deploy", environment=api.environment, directory=project) for _ in range(2)]
    assert outcomes[-1].status == ExitStatus.OK, outcomes[-1].stderr
    assert len(uploads) >= 2
