"""`pywrangler delete` at Cloudflare: which Worker it is, and which applications go with it."""

from __future__ import annotations

from typing import Any

import pytest

from pywrangler.errors import ExitStatus
from tests.support.api import Call, Says, refusal, result, serve
from tests.support.cli import Outcome, run

NAMESPACE: dict[str, Any] = {"id": "n", "class": "Box", "script": "web", "name": "web_Box"}
APPLICATION = {"id": "11111111-1111-4111-8111-111111111111", "name": "box"}


def delete(words: str, *namespaces: dict[str, Any], refused: str = "") -> tuple[Outcome, list[str]]:
    """Delete at an account with one application, of the namespace `n`; the paths of what is deleted."""
    answers = {
        "/workers/durable_objects/namespaces": result(list(namespaces)),
        "/containers/applications": result([APPLICATION | {"durable_objects": {"namespace_id": "n"}}]),
    }

    def answer(call: Call) -> Says:
        return (
            refusal(403, 10000, "no") if call.path == refused else answers.get(call.path, result({"id": "x"}))
        )

    with serve(answer) as api:
        outcome = run(f"delete {words} --force", environment=api.environment)
    return outcome, [call.path for call in api.calls if call.method == "DELETE"]


def test_applications_go_with_their_worker() -> None:
    outcome, deleted = delete("web", NAMESPACE)
    assert (outcome.status, len(deleted)) == (0, 2)
    assert deleted[1].endswith(APPLICATION["id"])


@pytest.mark.parametrize("more", [{"preview": "p"}, {"dispatch_namespace": "d"}, {"script": "other"}])
def test_applications_of_another_script_of_that_name_stay(more: dict[str, str]) -> None:
    outcome, deleted = delete("web", NAMESPACE | more)
    assert (outcome.status, deleted) == (0, ["/workers/services/web"])


@pytest.mark.parametrize("words", ["web --env staging", "--name web --env staging", "web"])
def test_a_name_that_is_given_is_the_whole_name(words: str) -> None:
    outcome, deleted = delete(words)
    assert (outcome.status, deleted) == (0, ["/workers/services/web"])


@pytest.mark.parametrize("words", ["''", "--name="])
def test_an_empty_name_is_no_name(words: str) -> None:
    outcome, deleted = delete(words)
    assert (outcome.status, deleted) == (ExitStatus.USAGE, [])


@pytest.mark.parametrize("path", ["/containers/applications", "/workers/durable_objects/namespaces"])
def test_a_token_that_sees_no_applications_deletes_the_worker(path: str) -> None:
    outcome, deleted = delete("web", NAMESPACE, refused=path)
    assert (outcome.status, deleted) == (0, ["/workers/services/web"])
    assert "Warning: It is not known whether web has container applications" in outcome.stderr
