"""`pywrangler workflows instances describe`: an instance with its steps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.options import AsJson
from pywrangler.commands.workflows.choice import (
    LATEST,
    Port,
    WorkflowName,
    expecting_workflow,
    instance_id,
)
from pywrangler.console import local_time

if TYPE_CHECKING:
    from collections.abc import Mapping

NewestId = Annotated[str, typer.Argument(metavar="ID", help="Id of the instance; default: the newest.")]


def describe(
    run: Invocation,
    name: WorkflowName,
    identifier: NewestId = LATEST,
    step_output: Annotated[
        bool, typer.Option("--step-output/--no-step-output", help="Whether to show what steps returned.")
    ] = True,
    truncate_output_limit: Annotated[
        int, typer.Option("--truncate-output-limit", min=0, help="How many characters of it to show.")
    ] = 5000,
    port: Port = None,  # noqa: ARG001
    as_json: AsJson = False,
) -> None:
    """Show an instance of a Workflow with its steps, attempts and errors.

    Example: pywrangler workflows instances describe orders latest
    """
    from pywrangler.cloudflare.workflows import get_instance

    chosen = instance_id(run.client, name, identifier)
    with expecting_workflow(run.client, name, chosen):
        found = get_instance(run.client, name, chosen)
    if as_json:
        run.console.json({"id": chosen, **found})
        return
    run.console.record([("workflow", name), ("instance", chosen), *instance_facts(found)])
    if found.get("steps"):
        run.console.result("")
        limit = truncate_output_limit if step_output else None
        rows = [step_row(step, limit) for step in found["steps"]]
        run.console.table(("STEP", "TYPE", "STATE", "START", "END", "ATTEMPTS", "RESULT"), rows)


def instance_facts(instance: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """An instance, a line for each fact."""
    error = instance.get("error")
    shown = f"{error.get('name')}: {error.get('message')}" if isinstance(error, dict) else error
    facts = [
        ("status", instance.get("status")),
        ("version", instance.get("versionId")),
        ("trigger", (instance.get("trigger") or {}).get("source")),
        *((name, local_time(instance.get(name))) for name in ("queued", "start", "end")),
        ("error", shown),
        ("output", _short(instance.get("output"), 5000)),
    ]
    return [(name, value) for name, value in facts if value is not None]


def step_row(step: Mapping[str, Any], limit: int | None) -> tuple[Any, ...]:
    """A step as a row: what it returned is cut after `limit` characters, and left out for None."""
    attempts = step.get("attempts") or []
    errors = [attempt["error"] for attempt in attempts if attempt.get("error")]
    error = step.get("error") or (errors[-1] if errors and not step.get("success") else None)
    output = _short(step.get("output"), limit) if limit is not None else None
    return (
        step.get("name"),
        step.get("type"),
        _state(step),
        local_time(step.get("start")),
        local_time(step.get("end")),
        len(attempts) or None,
        f"{error.get('name')}: {error.get('message')}" if error else output,
    )


def _state(step: Mapping[str, Any]) -> str:
    if step.get("type") == "step":
        return {True: "completed", False: "failed", None: "running"}[step.get("success")]
    return ("failed" if step.get("error") else "completed") if step.get("end") else "waiting"


def _short(value: Any, limit: int | None) -> str | None:
    if value is None or limit is None:
        return None
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else f"{text[:limit]}..."
