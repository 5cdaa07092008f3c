"""`pywrangler containers info`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pywrangler.commands.containers.choice import ApplicationId, application_id
from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.commands.shared.options import AsJson
from pywrangler.commands.shared.unknown_names import expecting_application
from pywrangler.console import local_time

if TYPE_CHECKING:
    from pywrangler.errors import NotReadyError

WAIT_SECONDS = 3600.0
"""A grace period may be long, and every step has its own."""

Long = Annotated[bool, typer.Option("--long", help="Also show the newest rollout.")]
Wait = Annotated[bool, typer.Option("--wait", help="First wait until the active rollout has ended.")]


def info(
    run: Invocation,
    application: ApplicationId,
    long: Long = False,
    wait: Wait = False,
    as_json: AsJson = False,
) -> None:
    """Show one container application: as lines on a terminal, otherwise as JSON.

    With --wait, exit status 3 means that the rollout was taken back or does not continue.

    Example: pywrangler containers info 8b2b0a5e-6f0e-4f0e-9c55-0d8ad24d6a0f --json
    """
    from pywrangler.cloudflare.containers import get_application, latest_rollout

    identifier = application_id(run, application)
    with expecting_application(application):
        problem = _wait(run, identifier) if wait else None
        found = get_application(run.client, identifier)
    is_for_scripts = as_json or not run.shows_output_to_a_person
    if long or (not is_for_scripts and _has_rollout_to_show(run, found)):
        found = {**found, "rollout": latest_rollout(run.client, identifier)}
    if is_for_scripts:
        run.console.json(found)
    else:
        _show(run, found)
    if problem is not None:
        raise problem


def _wait(run: Invocation, identifier: str) -> NotReadyError | None:
    """Wait for the newest rollout; returns why it did not complete."""
    from pywrangler.cloudflare.containers import get_application, latest_rollout
    from pywrangler.deploy.readiness.rollouts import wait_for_rollout

    rollout = latest_rollout(run.client, identifier)
    if rollout is None:
        return None
    application = get_application(run.client, identifier)
    with run.console.progress() as progress:
        task = progress.task(f"Rollout of {application['name']}")
        problem = wait_for_rollout(
            run.client, application, rollout, timeout_seconds=WAIT_SECONDS, report=task.update
        )
        if problem is None:
            task.done("running instances are replaced")
        else:
            task.failed()
    return problem


def _has_rollout_to_show(run: Invocation, found: dict[str, Any]) -> bool:
    """At Cloudflare an active one; the local platform also reports why the last one was reverted."""
    return run.target is Target.LOCAL or "active_rollout_id" in found


def _show(run: Invocation, found: dict[str, Any]) -> None:
    rollout = found.pop("rollout", None)
    rows = _flat(found)
    if rollout is not None:
        rows += _rollout_rows(rollout)
    run.console.record([(name, local_time(value)) for name, value in rows])


def _rollout_rows(rollout: dict[str, Any]) -> list[tuple[str, Any]]:
    """The newest rollout in few lines: how far it is, and why it does not continue."""
    from pywrangler.deploy.readiness.rollouts import read_progress

    steps = [
        f"{step['step_size']['percentage']}% {step['status']}"
        for step in rollout.get("steps") or ()
        if "percentage" in (step.get("step_size") or {})
    ]
    rows = [
        ("rollout", read_progress(rollout).text),
        ("rollout.versions", f"{rollout.get('current_version')} → {rollout.get('target_version')}"),
        ("rollout.steps", ", ".join(steps) or None),
    ]
    return [*rows, ("rollout.reason", rollout["reason"])] if rollout.get("reason") else rows


def _flat(value: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Nested fields as one list, with dots between the names of a path."""
    rows: list[tuple[str, Any]] = []
    for name, entry in value.items():
        if isinstance(entry, dict) and entry:
            rows += _flat(entry, f"{prefix}{name}.")
        elif isinstance(entry, list):
            rows.append((prefix + name, ", ".join(str(item) for item in entry)))
        else:
            rows.append((prefix + name, entry))
    return rows
