"""`pywrangler workflows instances`: pause, resume, restart, terminate, terminate-all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.options import AsJson
from pywrangler.commands.workflows.choice import (
    InstanceId,
    OfStatus,
    Port,
    WorkflowName,
    expecting_workflow,
    instance_id,
)
from pywrangler.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

UNENDED = ("queued", "running", "paused", "waitingForPause", "waiting")
STEP_TYPES = ("do", "sleep", "waitForEvent")


def pause(
    run: Invocation,
    name: WorkflowName,
    identifier: InstanceId,
    port: Port = None,  # noqa: ARG001
    as_json: AsJson = False,
) -> None:
    """Pause an instance, after the step that it is in.

    Example: pywrangler workflows instances pause orders order-17
    """
    _change(run, name, identifier, {"status": "pause"}, "Paused", as_json=as_json)


def resume(
    run: Invocation,
    name: WorkflowName,
    identifier: InstanceId,
    port: Port = None,  # noqa: ARG001
    as_json: AsJson = False,
) -> None:
    """Let a paused instance continue.

    Example: pywrangler workflows instances resume orders order-17
    """
    _change(run, name, identifier, {"status": "resume"}, "Resumed", as_json=as_json)


def restart(
    run: Invocation,
    name: WorkflowName,
    identifier: InstanceId,
    from_step_name: Annotated[
        str | None, typer.Option("--from-step-name", metavar="NAME", help="The step to restart from.")
    ] = None,
    from_step_count: Annotated[
        int | None, typer.Option("--from-step-count", min=1, help="Which step of that name; the first is 1.")
    ] = None,
    from_step_type: Annotated[
        str | None, typer.Option("--from-step-type", metavar="TYPE", help="do, sleep or waitForEvent.")
    ] = None,
    port: Port = None,  # noqa: ARG001
    as_json: AsJson = False,
) -> None:
    """Run an instance again, from its beginning or from a step.

    Example: pywrangler workflows instances restart orders order-17
    """
    place = restart_place(from_step_name, from_step_count, from_step_type)
    change = {"status": "restart", **({"from": place} if place else {})}
    _change(run, name, identifier, change, "Restarted", as_json=as_json)


def terminate(
    run: Invocation,
    name: WorkflowName,
    identifier: InstanceId,
    rollback: Annotated[
        bool, typer.Option("--rollback/--no-rollback", help="Run the rollbacks of its steps first.")
    ] = False,
    port: Port = None,  # noqa: ARG001
    as_json: AsJson = False,
) -> None:
    """End an instance.

    Example: pywrangler workflows instances terminate orders order-17
    """
    change = {"status": "terminate", **({"rollback": True} if rollback else {})}
    _change(run, name, identifier, change, "Terminated", as_json=as_json)


def terminate_all(
    run: Invocation, name: WorkflowName, status: OfStatus = None, as_json: AsJson = False
) -> None:
    """End all instances of a Workflow that have not ended, or those of a status.

    Example: pywrangler workflows instances terminate-all orders --status paused
    """
    from pywrangler.cloudflare.workflows import terminate_instances

    if status is not None and status not in UNENDED:
        raise UsageError(
            f"`{status}` is not a status of an instance that can be terminated.",
            hint=f"Use one of: {', '.join(UNENDED)}.",
        )
    client = run.changing_client()
    with expecting_workflow(client, name):
        response = terminate_instances(client, name, status)
    if as_json:
        run.console.json(response)
    which = f" with the status {status}" if status else ""
    run.console.success(f"The instances of the Workflow {name}{which} end now; this may take minutes.")


def restart_place(name: str | None, count: int | None, kind: str | None) -> dict[str, Any] | None:
    """The step that a restart begins with; None is the beginning. Raises `UsageError`."""
    if kind is not None and kind not in STEP_TYPES:
        raise UsageError(f"`{kind}` is not a type of a step.", hint=f"Use one of: {', '.join(STEP_TYPES)}.")
    if name is None:
        if count is not None or kind is not None:
            raise UsageError("There is no step to restart from.", hint="Name it with `--from-step-name`.")
        return None
    place = {"name": name, "count": count, "type": kind}
    return {field: value for field, value in place.items() if value is not None}


def _change(
    run: Invocation, name: str, identifier: str, change: Mapping[str, Any], done: str, *, as_json: bool
) -> None:
    from pywrangler.cloudflare.workflows import change_instance

    client = run.changing_client()
    chosen = instance_id(client, name, identifier)
    with expecting_workflow(client, name, chosen):
        response = change_instance(client, name, chosen, change)
    if as_json:
        run.console.json(response)
    run.console.success(f"{done} the instance {chosen} of the Workflow {name}.")
