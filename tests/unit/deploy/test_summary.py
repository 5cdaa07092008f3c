"""What the last line of a deploy says: never more than what was done."""

from __future__ import annotations

from typing import Any

import pytest

from pywrangler.commands.deploy.result import kept_note, summary
from pywrangler.deploy.applications.plan import KeepApplication
from pywrangler.deploy.deployment import Outcome
from pywrangler.deploy.plan import Plan
from pywrangler.deploy.worker.routes import Routes
from pywrangler.deploy.worker.triggers import TriggersPlan
from pywrangler.errors import NotReadyError
from tests.unit.deploy.samples import a_container

FAILED = [NotReadyError("The rollout was taken back.")]
NOT_ALL = "but not all of its containers run the new version (1.0 s)."
UNDER_WAY = KeepApplication(a_container(), {}, "1", {"id": "r", "status": "progressing"})


def a_plan(**changes: Any) -> Plan:
    triggers = TriggersPlan("web", None, True, None, Routes(), True, None, **changes.pop("triggers", {}))
    fields = {"upload": None, "makes_version_first": False, "new_namespaces": {}, "assets": None}
    return Plan("web", **{**fields, "applications": (), "triggers": triggers, **changes})


@pytest.mark.parametrize(
    ("plan", "outcome", "line"),
    [
        (a_plan(upload={"a": 1}), {}, "Deployed web, version v in 1.0 s."),
        (a_plan(triggers={"changes": ("switch",)}), {}, "Deployed web, version v in 1.0 s."),
        (a_plan(), {}, "Nothing changed: web is up to date (1.0 s)."),
        (
            a_plan(triggers={"is_unseen": True}),
            {},
            "Nothing changed in web; its routes and addresses were set again (1.0 s).",
        ),
        (
            a_plan(applications=(UNDER_WAY,)),
            {"is_awaited": True},
            "Nothing changed in web; the earlier rollout of web-hello is complete (1.0 s).",
        ),
        (
            a_plan(applications=(UNDER_WAY,)),
            {},
            "Nothing changed in web; the earlier rollout of web-hello is still in progress (1.0 s).",
        ),
        (
            a_plan(upload={"a": 1}),
            {"not_ready": FAILED},
            f"web is deployed, version v, {NOT_ALL}",
        ),
        (
            a_plan(),
            {"not_ready": FAILED},
            f"web is deployed without changes, version v, {NOT_ALL}",
        ),
    ],
)
def test_the_last_line(plan: Plan, outcome: dict[str, Any], line: str) -> None:
    assert summary(Outcome(plan, "v", {}, seconds={"total": 1.0}, **outcome)) == line


KEPT, OTHER = KeepApplication(a_container(), {}, "1"), KeepApplication(a_container(name="web-other"), {}, "2")
REST = (
    "keep the environment variables and the entrypoint that they were started with, until they start again."
)


@pytest.mark.parametrize(
    ("plan", "note"),
    [
        (a_plan(upload={"a": 1}, applications=(KEPT,)), f"Running instances of `web-hello` {REST}"),
        (
            a_plan(upload={"a": 1}, applications=(KEPT, OTHER)),
            f"Running instances of `web-hello`, `web-other` {REST}",
        ),
        (a_plan(upload={"a": 1}, applications=(KEPT,), is_new=True), None),
        (a_plan(upload={"a": 1}, applications=(UNDER_WAY,)), None),
        (a_plan(upload={"a": 1}), None),
        (a_plan(applications=(KEPT,)), None),
    ],
)
def test_what_a_new_version_leaves_as_it_is_at_cloudflare(plan: Plan, note: str | None) -> None:
    assert kept_note(plan) == note
