"""The templates for GitHub and GitLab: their form, and what their scripts do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.support.api import Call, Says, refusal, result, serve

ROOT = Path(__file__).resolve().parents[2]
GITHUB = ROOT / "ci" / "github" / "action.yml"
GITLAB = ROOT / "ci" / "gitlab" / "pywrangler.yml"
TEXT = {"type": "string", "minLength": 1}
STEP = {
    "type": "object",
    "properties": {
        "name": TEXT,
        "id": {"type": "string", "pattern": "^[a-z-]+$"},
        "uses": {"type": "string", "pattern": "^actions/[a-z-]+@v[0-9]+$"},
        "with": {"type": "object"},
        "run": TEXT,
        "shell": {"const": "bash"},
        "working-directory": TEXT,
        "env": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "additionalProperties": False,
    "oneOf": [{"required": ["uses"]}, {"required": ["run", "shell"]}],
}
ACTION = {
    "type": "object",
    "required": ["name", "description", "inputs", "outputs", "runs"],
    "additionalProperties": False,
    "properties": {
        "name": TEXT,
        "description": TEXT,
        "inputs": {
            "additionalProperties": {
                "type": "object",
                "required": ["description"],
                "additionalProperties": False,
                "properties": {
                    "description": TEXT,
                    "required": {"type": "boolean"},
                    "default": {"type": "string"},
                },
                "anyOf": [{"required": ["default"]}, {"required": ["required"]}],
            }
        },
        "outputs": {
            "additionalProperties": {
                "type": "object",
                "required": ["description", "value"],
                "additionalProperties": False,
                "properties": {"description": TEXT, "value": TEXT},
            }
        },
        "runs": {
            "type": "object",
            "required": ["using", "steps"],
            "additionalProperties": False,
            "properties": {"using": {"const": "composite"}, "steps": {"type": "array", "items": STEP}},
        },
    },
}
"""The part of GitHub's syntax of metadata of composite actions that the action uses."""
TEMPLATE = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "required": ["script"],
        "additionalProperties": False,
        "properties": {
            "image": TEXT,
            "services": {"type": "array", "items": {"type": "object", "required": ["name", "alias"]}},
            "variables": {"type": "object", "additionalProperties": {"type": "string"}},
            "before_script": {"type": "array", "items": TEXT},
            "script": {"type": "array", "items": TEXT},
            "artifacts": {"type": "object", "required": ["paths"]},
        },
    },
}
"""The part of GitLab's keywords that the template uses."""


def action() -> dict[str, Any]:
    """The action's content."""
    found: dict[str, Any] = yaml.safe_load(GITHUB.read_text())
    return found


def job() -> dict[str, Any]:
    """The hidden job of the template."""
    found: dict[str, Any] = yaml.safe_load(GITLAB.read_text())[".pywrangler"]
    return found


def test_the_templates_have_the_form_that_the_services_read() -> None:
    jsonschema.validate(action(), ACTION)
    jsonschema.validate(yaml.safe_load(GITLAB.read_text()), TEMPLATE)


def test_no_input_is_written_into_a_script() -> None:
    assert [step["run"] for step in action()["runs"]["steps"] if "${{" in step.get("run", "")] == []


def test_neither_installs_by_a_name() -> None:
    assert action()["inputs"]["install"]["required"] is True
    assert job()["variables"]["PYWRANGLER_INSTALL"] == ""
    for text in (GITHUB.read_text(), GITLAB.read_text()):
        assert "pip install --quiet pywrangler" not in text


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A directory as the installing step leaves it, with this environment's program."""
    programs = tmp_path / "pywrangler" / "bin"
    programs.mkdir(parents=True)
    for name in ("python", "pywrangler"):
        (programs / name).write_text(f'#!/bin/sh\nexec {Path(sys.executable).parent / name} "$@"\n')
        (programs / name).chmod(0o755)
    return tmp_path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A Worker without containers."""
    directory = tmp_path / "project"
    directory.mkdir()
    fields = {"name": "site", "main": "index.js", "compatibility_date": "2026-11-01"}
    (directory / "wrangler.jsonc").write_text(json.dumps(fields))
    (directory / "index.js").write_text("export default { fetch: () => new Response('hello') };\n")
    return directory


def account(call: Call) -> Says:
    """An account without Workers."""
    match call.method, call.path.split("/")[1:]:
        case "GET", ["workers", "services", _]:
            return refusal(404, 10090, "no such service")
        case "GET", ["workers", "subdomain"]:
            return result({"subdomain": "somebody"})
        case "PUT", ["workers", "scripts", _]:
            return result({"id": "site", "deployment_id": "0" * 32})
    return result({})


@pytest.mark.workerd
def test_the_action_runs_the_command_and_sets_its_outputs(installed: Path, project: Path) -> None:
    (step,) = (each for each in action()["runs"]["steps"] if each.get("id") == "run")
    outputs = installed / "outputs"
    with serve(account) as api:
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", step["run"]],
            cwd=project,
            env={
                **os.environ,
                "RUNNER_TEMP": str(installed),
                "GITHUB_OUTPUT": str(outputs),
                "COMMAND": "deploy --message 'two words'",
                **api.environment,
            },
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr
    lines = dict(line.split("=", 1) for line in outputs.read_text().splitlines())
    assert lines["url"].startswith("https://site.")
    assert lines["version-id"]
    uploads = [call for call in api.calls if b"two words" in call.body]
    assert uploads


@pytest.mark.parametrize(("command", "status"), [("check", 0), ("check --env 'not there'", 1)])
def test_gitlabs_job_ends_as_the_command_does(
    installed: Path, project: Path, command: str, status: int
) -> None:
    (line,) = job()["script"]
    script = line.replace("/opt/pywrangler", str(installed / "pywrangler"))
    environment = {**os.environ, "PYWRANGLER_COMMAND": command}
    done = subprocess.run(["sh", "-ec", script], cwd=project, env=environment, capture_output=True)
    assert done.returncode == status, done.stdout


def test_gitlabs_job_asks_for_what_it_installs() -> None:
    first = job()["before_script"][0]
    environment = {**os.environ, "PYWRANGLER_INSTALL": ""}
    done = subprocess.run(["sh", "-c", first], env=environment, capture_output=True, text=True)
    assert (done.returncode, "PYWRANGLER_INSTALL" in done.stdout) == (2, True)
