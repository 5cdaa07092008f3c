"""`pywrangler workflows instances list`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.options import AsJson
from pywrangler.commands.workflows.choice import (
    OfStatus,
    Page,
    PerPage,
    Port,
    WorkflowName,
    expecting_workflow,
    newest_first,
)
from pywrangler.console import local_time
from pywrangler.dataclass import dataclass
from pywrangler.errors import UsageError

STATUSES = (
    *("queued", "running", "paused", "errored", "terminated", "complete"),
    *("waiting", "waitingForPause"),
)


@dataclass(frozen=True)
class ListOptions:
    """The options of `workflows instances list`."""

    name: WorkflowName
    reverse: Annotated[bool, typer.Option("--reverse", help="Show the oldest first.")] = False
    status: OfStatus = None
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


def query_of(status: str | None, date_start: str | None, date_end: str | None) -> dict[str, str]:
    """The filters of a list of instances. Raises `UsageError`."""
    if status is not None and status not in STATUSES:
        raise UsageError(f"`{status}` is not a status.", hint=f"Use one of: {', '.join(STATUSES)}.")
    start = _moment(date_start, "--date-start", ends=False)
    end = _moment(date_end, "--date-end", ends=True)
    if start and end and start > end:
        raise UsageError("`--date-start` is after `--date-end`.", hint="Swap the two.")
    found = {"status": status, "date_start": _iso(start), "date_end": _iso(end)}
    return {name: value for name, value in found.items() if value is not None}


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
