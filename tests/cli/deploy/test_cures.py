"""A `deploy` or `dev` that fails because of the machine or the account ends with the cure, once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pywrangler.errors import ExitStatus
from tests.support.api import refusal, serve
from tests.support.cli import Outcome, run

CONFIGURATION = {
    "name": "w",
    "main": "index.js",
    "compatibility_date": "2026-01-10",
    "containers": [{"class_name": "Box", "image": "./Dockerfile"}],
    "durable_objects": {"bindings": [{"name": "BOX", "class_name": "Box"}]},
    "migrations": [{"tag": "v1", "new_sqlite_classes": ["Box"]}],
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a container. It is never deployed."""
    (tmp_path / "wrangler.json").write_text(json.dumps(CONFIGURATION))
    (tmp_path / "index.js").write_text(
        "export class Box {}\nexport default { fetch() { return new Response() } }"
    )
    (tmp_path / "Dockerfile").write_text("FROM busybox:1.35\n")
    return tmp_path


def without_engine(project: Path, words: str) -> Outcome:
    address = f"unix://{project}/docker.sock"
    around = {"DOCKER_HOST": address, "PYWRANGLER_HOME": str(project / "home"), "PYWRANGLER_TARGET": "local"}
    return run(words, directory=project, environment=around)


@pytest.mark.parametrize("words", ["deploy", "versions upload"])
def test_a_command_without_an_engine_names_the_cure_once(project: Path, words: str) -> None:
    done = without_engine(project, words)
    assert done.status == ExitStatus.FAILURE
    assert done.stderr.count("Install Docker: https://docs.docker.com/engine/install/") == 1
    assert done.stderr.count(f"{project}/docker.sock") == 1
    assert without_engine(project, "doctor").stdout.count("Install Docker:") == 1


def test_json_keeps_its_fields(project: Path) -> None:
    done = without_engine(project, "deploy --json")
    assert done.status == ExitStatus.FAILURE
    assert list(done.error) == ["code", "message", "hint"]
    assert done.error["code"] == "engine-not-running"


def test_a_refused_token_is_looked_at(project: Path) -> None:
    with serve(lambda _: refusal(403, 10000, "Authentication error")) as api:
        more = {"CLOUDFLARE_API_TOKEN": "secret-token", "CLOUDFLARE_ACCOUNT_ID": "a" * 32}
        words = "deploy --remote --containers-rollout none"
        done = run(words, directory=project, environment={**api.environment, **more})
    assert done.status == ExitStatus.FAILURE
    assert done.stderr.count('Create a token with the template "Edit Cloudflare Workers"') == 1
    assert "secret-token" not in done.stderr


def test_a_mistake_of_the_user_is_not_looked_at(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr("pywrangler.commands.doctor.doctor.all_checks", asked.append)
    (project / "wrangler.json").write_text("{")
    assert without_engine(project, "deploy").status == ExitStatus.FAILURE
    assert without_engine(project, "deploy --name ''").status == ExitStatus.USAGE
    assert asked == []


def test_a_check_that_breaks_hides_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr("pywrangler.commands.doctor.doctor.all_checks", broken)
    done = without_engine(project, "deploy --json")
    assert done.error["code"] == "engine-not-running"
