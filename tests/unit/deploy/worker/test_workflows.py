"""What a deploy says of Workflows, by value."""

from __future__ import annotations

from typing import Any

import pytest

from pywrangler.deploy.worker.bindings import bindings_of
from pywrangler.deploy.worker.workflows import own_workflows
from pywrangler.errors import UsageError
from tests.unit.deploy.samples import a_configuration

OWN = {"binding": "FLOW", "name": "flow", "class_name": "Flow"}


def worker(*workflows: dict[str, Any]) -> Any:
    return a_configuration(containers=(), durable_objects=(), cloudflare={"workflows": list(workflows)})


def test_the_workers_own_workflows_are_set_with_their_settings() -> None:
    entry = {**OWN, "limits": {"steps": 5}, "schedules": "0 * * * *"}
    assert own_workflows(worker(entry)) == {
        "flow": {
            "script_name": "web",
            "class_name": "Flow",
            "limits": {"steps": 5},
            "schedules": [{"cron": "0 * * * *"}],
        }
    }
    named = {**OWN, "script_name": "web", "schedules": ["1 * * * *", "2 * * * *"]}
    assert own_workflows(worker(named))["flow"]["schedules"] == [{"cron": "1 * * * *"}, {"cron": "2 * * * *"}]


def test_those_of_another_worker_are_bound_only() -> None:
    entry = {**OWN, "script_name": "other"}
    assert own_workflows(worker(entry)) == {}
    assert bindings_of(worker(entry)) == [
        {
            "name": "FLOW",
            "type": "workflow",
            "workflow_name": "flow",
            "class_name": "Flow",
            "script_name": "other",
        }
    ]


@pytest.mark.parametrize(
    "setting", [{"limits": {"steps": 5}}, {"schedules": "0 * * * *"}, {"jurisdiction": "eu"}]
)
def test_settings_of_another_workers_workflow_are_refused(setting: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=f"`flow` has `{next(iter(setting))}`, but its class is in"):
        own_workflows(worker({**OWN, "script_name": "other", **setting}))
