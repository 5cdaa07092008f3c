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


def exporting(exports: dict[str, Any], *workflows: dict[str, Any]) -> Any:
    return a_configuration(
        containers=(), durable_objects=(), exports=exports, cloudflare={"workflows": list(workflows)}
    )


def test_workflows_of_exports_are_set_too() -> None:
    exports = {
        "Flow": {"type": "workflow", "name": "flow", "limits": {"steps": 5}},
        "Page": {"type": "worker"},
        "Box": {"type": "durable-object", "storage": "sqlite"},
    }
    expected = {"flow": {"script_name": "web", "class_name": "Flow", "limits": {"steps": 5}}}
    assert own_workflows(exporting(exports)) == expected
    assert own_workflows(exporting(exports, OWN)) == expected
    assert own_workflows(exporting(exports, {**OWN, "script_name": "web"})) == expected
    other = {"binding": "B", "name": "other", "class_name": "C"}
    assert {*own_workflows(exporting(exports, other))} == {"flow", "other"}


@pytest.mark.parametrize(
    ("exports", "workflows", "says"),
    [
        ({"Flow": {"type": "workflow"}}, [], "`exports.Flow` has no `name`"),
        ({"Flow": {"type": "workflow", "name": "-x"}}, [], "'-x', which cannot be one"),
        ({"Flow": {"type": "workflow", "name": ""}}, [], "'', which cannot be one"),
        ({"Flow": {"type": "workflow", "name": 3}}, [], "3, which cannot be one"),
        ({"Flow": {"type": "workflow", "name": "x" * 65}}, [], "which cannot be one"),
        (
            {"A": {"type": "workflow", "name": "a"}, "B": {"type": "workflow", "name": "a"}},
            [],
            "`exports.A` and `exports.B` have the same name, `a`",
        ),
        (
            {"Flow": {"type": "workflow", "name": "flow"}},
            [{**OWN, "script_name": "x"}],
            "the Worker `x` has it",
        ),
        ({"Fl": {"type": "workflow", "name": "flow"}}, [OWN], "the class `Flow` in `workflows`, and `Fl` in"),
        (
            {"Flow": {"type": "workflow", "name": "flow"}},
            [{**OWN, "limits": {"steps": 5}}],
            "has `limits` in `workflows`, but it is declared by `exports.Flow`",
        ),
    ],
)
def test_exports_that_cannot_be_are_refused(
    exports: dict[str, Any], workflows: list[dict[str, Any]], says: str
) -> None:
    with pytest.raises(UsageError) as caught:
        own_workflows(exporting(exports, *workflows))
    assert says in caught.value.message
