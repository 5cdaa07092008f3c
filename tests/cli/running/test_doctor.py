"""`doctor`: what is broken is named with its cure."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from pywrangler.commands.doctor.checks import Finding, run_checks
from pywrangler.errors import ExitStatus, MissingError
from tests.support.api import Call, Says, refusal, result, serve
from tests.support.cli import run

ACCOUNT = {"id": "a" * 32, "name": "one"}


def checks(tmp_path: Path, *arguments: str, **environment: str) -> tuple[int, dict[str, Any]]:
    """The exit status, and the checks of `doctor --json` by name. No engine is there unless named."""
    around = {"DOCKER_HOST": f"unix://{tmp_path}/docker.sock", "PYWRANGLER_HOME": str(tmp_path / "home")}
    done = run(["doctor", "--json", *arguments], directory=tmp_path, environment=around | environment)
    return done.status, {each["name"]: each for each in json.loads(done.stdout)}


def test_what_is_missing_on_this_machine(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        configuration = {"name": "w", "compatibility_date": "2026-11-01", "dev": {"port": port}}
        (tmp_path / "wrangler.jsonc").write_text(json.dumps(configuration))
        (tmp_path / "empty").mkdir()
        status, found = checks(tmp_path, PATH=str(tmp_path / "empty"), PYWRANGLER_TARGET="local")
    assert status == ExitStatus.FAILURE
    assert str(tmp_path / "docker.sock") in found["engine"]["message"]
    assert "start" in found["engine"]["cure"].lower()
    assert found["buildx"]["status"] == "fail"
    assert str(port) in found["ports"]["message"]
    assert found["ports"]["status"] == "fail"
    assert found["configuration"]["status"] == "fail"
    assert found["configuration"]["cure"] == "`pywrangler check` shows the fix."
    assert found["disk"]["status"] in ("ok", "warn")
    assert found["token"]["status"] == "ok"
    wrong = [each for each in found.values() if each["status"] != "ok"]
    assert all(each["cure"] for each in wrong)
    assert list(found)[:2] == ["engine", "buildx"]


@pytest.mark.parametrize(
    ("verified", "limits", "words"),
    [
        (refusal(401, 1000, "Invalid API Token"), result({}), "refuses the API token"),
        (result({"status": "disabled"}), result({}), "is disabled"),
        (result({"status": "active"}), refusal(403, 10000, "Authentication error"), "may not use Containers"),
        (result({"status": "active"}), result({}), None),
    ],
)
def test_a_token(tmp_path: Path, verified: Says, limits: Says, words: str | None) -> None:
    def cloudflare(call: Call) -> Says:
        if call.path.endswith("/tokens/verify"):
            return verified
        return limits if call.path.endswith("/containers/me") else result([ACCOUNT])

    with serve(cloudflare) as api:
        more = {"CLOUDFLARE_API_TOKEN": "secret-token", "CLOUDFLARE_ACCOUNT_ID": ACCOUNT["id"]}
        status, found = checks(tmp_path, "--remote", **(dict(api.environment) | more))
    token = found["token"]
    assert status == ExitStatus.FAILURE, "there is no engine"
    assert "secret-token" not in json.dumps(found)
    if words is None:
        assert token["status"] == "ok"
    else:
        assert token["status"] == "fail"
        assert words in token["message"]
        assert "CLOUDFLARE_API_TOKEN" in token["cure"]


def test_checks_that_fail_or_hang_spoil_no_others() -> None:
    def missing() -> Finding:
        raise MissingError("It is not here.", hint="Install it.")

    def slow() -> Finding:
        time.sleep(2)
        return Finding.ok("late")

    found = run_checks({"a": missing, "b": slow, "c": lambda: Finding.ok("well")}, limit_seconds=0.3)
    assert list(found) == ["a", "b", "c"]
    assert found["a"] == Finding.fail("It is not here.", "Install it.")
    assert found["b"].status == "warn"
    assert found["c"] == Finding.ok("well")
