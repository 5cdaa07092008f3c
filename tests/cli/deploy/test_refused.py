"""Deploys to Cloudflare that end before anything is built, pushed or changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pywrangler.errors import ExitStatus
from tests.support.api import Call, Says, refusal, result, serve
from tests.support.cli import Outcome, run
from tests.support.projects import make_project

NEVER = "FROM busybox:1.35\nRUN touch /was-built && false\n"
NOT_FOUND = refusal(404, 10090, "workers.api.error.service_not_found")


def deploy(
    directory: Path,
    refused: dict[str, Says],
    *words: str,
    container: dict[str, Any] | None = None,
    **config: Any,
) -> tuple[Outcome, list[tuple[str, str]]]:
    """Deploy to an account that refuses what `refused` names by path; the requests that came."""

    def answer(call: Call) -> Says:
        if call.path in refused:
            return refused[call.path]
        is_worker = call.path.startswith("/workers/services/") or call.path.endswith("/deployments")
        return NOT_FOUND if is_worker else result([])

    project = make_project(directory / "project", dockerfile=NEVER, config=config, container=container)
    with serve(answer) as api:
        outcome = run(["deploy", "--json", *words], directory=project.directory, environment=api.environment)
    return outcome, [(call.method, call.path) for call in api.calls]


CREDENTIALS = ("POST", "/containers/registries/registry.cloudflare.com/credentials")
"""Asked for while the account answers. They end by themselves, and nothing is changed."""


@pytest.mark.workerd
@pytest.mark.parametrize("status", [401, 403])
def test_an_account_without_containers_is_reported_before_anything_is_built(
    tmp_path: Path, status: int
) -> None:
    outcome, calls = deploy(tmp_path, {"/containers/me": refusal(status, 10000, "Authentication error")})
    assert outcome.status == ExitStatus.FAILURE
    assert outcome.error["status"] == status
    for advice in ("whoami", "Containers", "CLOUDFLARE_ACCOUNT_ID", "Workers Paid"):
        assert advice in outcome.error["hint"]
    assert {call for call in calls if call[0] != "GET"} <= {CREDENTIALS}


@pytest.mark.parametrize(
    ("words", "config", "reason"),
    [
        (["--dispatch-namespace", "n"], {}, "does not deploy containers to a dispatch namespace"),
        (["--assets", "gone"], {}, "is not a directory"),
        ([], {"exports": {"W": {"type": "workflow"}}}, "`exports.W` has no `name`"),
        (["--wait=soon"], {}, "is not a duration"),
        (["--triggers", "0 22 * * 0"], {}, "Write `SUN`."),
        (["--wait", "--no-wait"], {}, "contradict"),
        (["--compatibility-date", "tomorrow"], {}, "is not a date"),
        (["--compatibility-date", "2026-13-01"], {}, "is not a date"),
    ],
)
def test_what_cannot_be_deployed_is_refused_without_a_single_request(
    tmp_path: Path, words: list[str], config: dict[str, Any], reason: str
) -> None:
    outcome, calls = deploy(tmp_path, {}, *words, **config)
    assert outcome.status == ExitStatus.USAGE
    assert reason in json.dumps(outcome.error)
    assert calls == []


@pytest.mark.parametrize("option", ["--name", "--outdir", "--triggers", "--route", "--domain", "--assets"])
def test_an_empty_value_does_not_mean_the_default(tmp_path: Path, option: str) -> None:
    outcome, calls = deploy(tmp_path, {}, f"{option}=")
    assert (outcome.status, calls) == (ExitStatus.USAGE, [])
    assert outcome.error["message"] == f"{option} is empty."


@pytest.mark.workerd
@pytest.mark.parametrize(
    ("image", "status"), [("./Dockerfile", 429), ("docker.io/library/busybox:1.35", 403)]
)
def test_an_account_that_cannot_be_asked_ends_what_would_be_slow(
    tmp_path: Path, image: str, status: int
) -> None:
    outcome, calls = deploy(
        tmp_path, {"/containers/me": refusal(status, 10000, "no")}, container={"image": image}
    )
    assert outcome.error["status"] == status
    assert {call for call in calls if call[0] != "GET"} <= {CREDENTIALS}


@pytest.mark.workerd
def test_an_account_that_cannot_be_asked_gets_images_of_registries(tmp_path: Path) -> None:
    image = {"image": "docker.io/library/busybox:1.35"}
    refused = {"/containers/me": refusal(429, 10000, "slow down")}
    _, calls = deploy(tmp_path, refused, container=image)
    assert "PUT" in {method for method, _ in calls}
