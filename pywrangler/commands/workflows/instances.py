"""`pywrangler workflows instances`: list, describe, change, send events, delete."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.options import AsJson
from pywrangler.commands.workflows.choice import (
    LATEST,
    InstanceId,
    Page,
    PerPage,
    Port,
    WorkflowName,
    expecting_workflow,
    instance_id,
    newest_first,
    parsed_json,
)
from pywrangler.console import local_time
from pywrangler.errors import PywranglerError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

STATUSES = (
    *("queued", "running", "paused", "errored", "terminated", "complete"),
    *("waiting", "waitingForPause"),
)
UNENDED = ("queued", "running", "paused", "waitingForPause", "waiting")
STEP_TYPES = ("do", "sleep", "waitForEvent")
MAX_DELETED = 100

NewestId = Annotated[str, typer.Argument(metavar="ID", help="Id of the instance; default: the newest.")]
Status = Annotated[
    str | None, typer.Option("--status", metavar="STATUS", help="Only those with this status.")
]


@dataclass(frozen=True)
class ListOptions:
    """The options of `workflows instances list`."""

    name: WorkflowName
    reverse: Annotated[bool, typer.Option("--reverse", help="Show the oldest first.")] = False
    status: Status = None
    date_start: Annotated[
        str | None,
        typer.Option(
            "--date-start", metavar="TIME", help="Only those created at or after this time (ISO 8601)."
        ),
    ] = None
    date_end: Annotated[
        str | None,
        typer.Option(
            "--date-end",
            metavar="TIME",
            help="Only those created at or before this time; a date includes the whole day.",
        ),
    ] = None
    page: Page = 1
    per_page: PerPage = None
    port: Port = None
    as_json: AsJson = False


def list_(run: Invocation, options: ListOptions) -> None:
    """List instances of a Workflow, the newest first.

    Example: pywrangler workflows instances list orders --status running
    """
    from pywrangler.cloudflare.workflows import list_instances

    filters = query_of(options.status, options.date_start, options.date_end)
    with expecting_workflow(run.client, options.name):
        found = list_instances(
            run.client, options.name, filters, page=options.page, per_page=options.per_page
        )
    found = newest_first(found)[:: -1 if options.reverse else 1]
    if options.as_json:
        run.console.json(found)
        return
    if not found:
        run.console.info(f"The Workflow {options.name} has no such instances.")
        return
    rows = [(each.get("id"), each.get("status"), local_time(each.get("created_on"))) for each in found]
    run.console.table(("ID", "STATUS", "CREATED"), rows)


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


def send_event(
    run: Invocation,
    name: WorkflowName,
    identifier: InstanceId,
    type_: Annotated[
        str, typer.Option("--type", metavar="TYPE", help="The type that the instance waits for.")
    ],
    payload: Annotated[
        str, typer.Option("--payload", metavar="JSON", help="The payload of the event.")
    ] = "{}",
    port: Port = None,  # noqa: ARG001
    as_json: AsJson = False,
) -> None:
    """Send an event to an instance.

    Example: pywrangler workflows instances send-event orders latest --type paid --payload '{"by": "Ada"}'
    """
    from pywrangler.cloudflare.workflows import send_event as send

    carried = parsed_json(payload, "payload")
    client = run.changing_client()
    chosen = instance_id(client, name, identifier)
    with expecting_workflow(client, name, chosen):
        response = send(client, name, chosen, type_, carried)
    if as_json:
        run.console.json(response)
    run.console.success(f"Sent an event of type {type_} to the instance {chosen} of the Workflow {name}.")


def delete(
    run: Invocation,
    name: WorkflowName,
    identifiers: Annotated[
        list[str] | None, typer.Argument(metavar="ID...", help="Ids of instances, or `latest`.")
    ] = None,
    filename: Annotated[
        str | None, typer.Option("--filename", metavar="FILE", help="A JSON file with a list of more ids.")
    ] = None,
    port: Port = None,  # noqa: ARG001
    as_json: AsJson = False,
) -> None:
    """Delete instances with what they have stored.

    Example: pywrangler workflows instances delete orders order-17 order-18
    """
    from pywrangler.cloudflare.workflows import delete_instances

    written = [*(identifiers or ()), *(_ids_in(run.directory / filename) if filename else ())]
    if not written:
        raise UsageError("There is no instance to delete.", hint="Name at least one id, or a file of ids.")
    if len(written) > MAX_DELETED:
        raise UsageError(f"{len(written)} instances are too many at once: at most {MAX_DELETED} are allowed.")
    client = run.changing_client()
    chosen = [instance_id(client, name, each) for each in written]
    with expecting_workflow(client, name):
        response = delete_instances(client, name, chosen)
    if as_json:
        run.console.json(response)
    for deleted in response.get("deleted") or ():
        run.console.success(f"Deleted the instance {deleted['id']} of the Workflow {name}.")
    if errors := response.get("errors"):
        listed = ", ".join(f"`{each['id']}` ({each['message']})" for each in errors)
        raise PywranglerError(
            f"Not deleted: {listed}.",
            hint=f"`pywrangler workflows instances list {name}` shows the instances.",
            code="not-deleted",
        )


def terminate_all(
    run: Invocation, name: WorkflowName, status: Status = None, as_json: AsJson = False
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


def query_of(status: str | None, date_start: str | None, date_end: str | None) -> dict[str, str]:
    """What a list of instances is filtered by. Raises `UsageError`."""
    if status is not None and status not in STATUSES:
        raise UsageError(f"`{status}` is not a status.", hint=f"Use one of: {', '.join(STATUSES)}.")
    start = _moment(date_start, "--date-start", ends=False)
    end = _moment(date_end, "--date-end", ends=True)
    if start and end and start > end:
        raise UsageError("`--date-start` is after `--date-end`.", hint="Swap the two.")
    found = {"status": status, "date_start": _iso(start), "date_end": _iso(end)}
    return {name: value for name, value in found.items() if value is not None}


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


def _moment(text: str | None, option: str, *, ends: bool) -> datetime | None:
    """A time on the command line, in UTC unless it says otherwise; a day alone ends at its last moment."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"`{text}` is not a time for `{option}`.", hint="Write it as 2026-01-31 or 2026-01-31T13:00:00Z."
        ) from error
    if ends and len(text) <= len("2026-01-31"):
        found = found.replace(hour=23, minute=59, second=59, microsecond=999_000)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _iso(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _ids_in(file: Path) -> list[str]:
    """The ids in a JSON file. Raises `UsageError`."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"`{file}` cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise UsageError(f"`{file}` is not JSON: {error}.") from error
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise UsageError(f"`{file}` is not a list of ids.", hint='Write it as ["one", "two"].')
    return found


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
