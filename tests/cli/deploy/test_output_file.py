"""The file of JSON lines that pipelines read, as Wrangler (4.164) writes it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pywrangler.errors import ExitStatus
from tests.support.api import in_turn, refusal, result, serve
from tests.support.cli import Outcome, run
from tests.support.platform import Platform

PATH, DIRECTORY = "WRANGLER_OUTPUT_FILE_PATH", "WRANGLER_OUTPUT_FILE_DIRECTORY"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def lines(file: Path) -> list[dict[str, Any]]:
    """The lines without their times, which must be times."""
    read = [json.loads(line) for line in file.read_text().splitlines()]
    assert all(TIME.fullmatch(line.pop("timestamp")) for line in read)
    assert all(line.pop("version") == 1 for line in read)
    return read


def deploy(directory: Path, words: str, **variables: str) -> Outcome:
    fields = {"name": "told", "main": "index.js", "compatibility_date": "2026-11-01"}
    fields |= {"triggers": {"crons": ["0 4 * * *"]}}
    named = {"env": {"staging": {"vars": {"A": "b"}}}}
    (directory / "wrangler.json").write_text(json.dumps(fields | named))
    (directory / "index.js").write_text("export default { fetch: () => new Response('hello') };\n")
    return run(f"deploy {words}", directory=directory, environment=variables)


@pytest.mark.workerd
def test_a_deploy_is_reported_with_its_targets(platform: Platform, tmp_path: Path) -> None:
    file = tmp_path / "logs" / "out.ndjson"
    for words in ("--local --json", "--local --env=staging", "--local --env staging"):
        outcome = deploy(tmp_path, words, **{PATH: str(file)})
        assert outcome.status == 0, outcome.stderr
    session, first, _, staging, _, again = lines(file)
    assert session["type"] == "wrangler-session"
    assert session["wrangler_version"] == "4.164.0"
    assert session["command_line_args"] == ["deploy", "--local", "--json"]
    size = first.pop("bundle_size")
    assert size["raw_bytes"] > 100
    assert 100 < size["gzip_bytes"] <= size["raw_bytes"] + 20
    assert first.pop("version_id")
    urls = first.pop("targets")
    assert urls[-1] == "schedule: 0 4 * * *"
    assert urls[0].startswith("http://localhost:")
    assert first == {
        "type": "deploy",
        "worker_name": "told",
        "worker_tag": None,
        "worker_name_overridden": False,
    }
    assert (staging["worker_name"], staging["wrangler_environment"]) == ("told-staging", "staging")
    assert again["version_id"] == staging["version_id"], "nothing changed, and the line says so"
    assert again["worker_tag"], "the Worker existed"


@pytest.mark.workerd
def test_a_dry_run_has_no_version_and_no_targets(tmp_path: Path) -> None:
    deploy(tmp_path, "--local --dry-run --env ''", **{DIRECTORY: "made"})
    (file,) = (tmp_path / "made").iterdir()
    assert re.fullmatch(r"wrangler-output-\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_\d{3}-[0-9a-f]{6}\.json", file.name)
    _, told = lines(file)
    assert told["version_id"] is None
    assert "targets" not in told
    assert told["wrangler_environment"] == ""


def test_a_failure_is_reported_with_the_number_of_the_api(tmp_path: Path) -> None:
    file = tmp_path / "out"
    with serve(in_turn(refusal(403, 10000, "Authentication error"))) as api:
        run("containers list", environment={**api.environment, PATH: str(file)})
    session, failed = lines(file)
    assert session["command_line_args"] == ["containers", "list"]
    assert (failed["type"], failed["code"]) == ("command-failed", 10000)
    assert "Authentication error" in failed["message"]


def test_a_failure_before_any_request_has_no_number(tmp_path: Path) -> None:
    run("deploy --local", directory=tmp_path, environment={PATH: "out"})
    _, failed = lines(tmp_path / "out")
    assert failed["type"] == "command-failed"
    assert "code" not in failed


@pytest.mark.parametrize("words", ["--value planted", "--value=planted"])
def test_secrets_on_the_command_line_are_left_out(tmp_path: Path, words: str) -> None:
    file = tmp_path / "out"
    with serve(in_turn(result([{"id": "1", "name": "N"}]))) as api:
        store = "5" * 32
        command = f"secrets-store secret create {store} --name N --scopes workers {words} --remote"
        run(command, environment={**api.environment, PATH: str(file)})
    assert "planted" not in file.read_text()
    assert "<redacted>" in file.read_text()


def test_a_file_that_cannot_be_written_is_an_error_before_anything_is_done(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with serve(in_turn(result([]))) as api:
        refused = run("containers list", environment={**api.environment, PATH: str(tmp_path / "file" / "x")})
        assert api.calls == []
    assert refused.status == ExitStatus.USAGE
    assert f"which {PATH} names, cannot be written" in refused.stderr


def test_an_env_file_may_name_it_and_an_empty_name_is_none(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"{PATH}=from-env-file\n")
    with serve(in_turn(result([]), result([]))) as api:
        run("containers list", directory=tmp_path, environment=api.environment)
        run("containers list", directory=tmp_path, environment={**api.environment, PATH: ""})
    assert len(lines(tmp_path / "from-env-file")) == 1
