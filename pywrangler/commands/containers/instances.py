"""`pywrangler containers instances`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pywrangler.commands.containers.choice import ApplicationId, application_id, is_beginning
from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.commands.shared.options import AsJson
from pywrangler.commands.shared.unknown_names import expecting_application
from pywrangler.console import local_time
from pywrangler.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pywrangler.cloudflare.containers import InstanceSummary

DEFAULT_PER_PAGE = 25
LOCAL_PER_PAGE = 1000
"""The most that the local platform takes."""
DETAILS = (
    "digest",
    "snapshot",
    "vcpu",
    "memory_mib",
    "disk_mb",
    "ports",
    "cpu_percent",
    "memory_bytes",
    "restarts",
)
"""What --json adds on the local platform."""
PerPage = Annotated[int | None, typer.Option("--per-page", min=1, help="Instances for each page.")]
PageToken = Annotated[
    str | None, typer.Option("--page-token", metavar="TOKEN", help="With --json: the page to show.")
]
Search = Annotated[
    str | None,
    typer.Option("--search", metavar="ID", help="Show the instance of this id, its beginning, or name."),
]


def instances(
    run: Invocation,
    application: ApplicationId,
    per_page: PerPage = None,
    search: Search = None,
    page_token: PageToken = None,
    as_json: AsJson = False,
) -> None:
    """List the instances of an application, with the Durable Object that owns each.

    On the local platform --json also has the image's digest, the snapshot that an instance was started from,
    its size, the ports on which it listens, the CPU (in percent of one core) and memory that it uses, and
    how often it was started again.

    With --json alone the first page is an array; with --per-page or --page-token the output is an object
    that also says which page comes next.

    Example: pywrangler containers instances my-app --search alice
    """
    from pywrangler.cloudflare.containers import instance_page, instance_pages, summarize_instances

    _check(search, page_token, as_json=as_json)
    identifier = application_id(run, application)
    size = per_page or DEFAULT_PER_PAGE
    if search is not None or not as_json:
        # The platform reads all of its records for each page.
        whole = per_page or (LOCAL_PER_PAGE if run.target is Target.LOCAL else DEFAULT_PER_PAGE)
        with expecting_application(application):
            rows = summarize_instances([*instance_pages(run.client, identifier, per_page=whole)])
        more = _details(run, identifier) if as_json else {}
        _show(run, rows if search is None else _matching(rows, search), more, as_json=as_json)
        return
    with expecting_application(application):
        page = instance_page(run.client, identifier, per_page=size, page_token=page_token)
    rows = summarize_instances([page])
    more = _details(run, identifier)
    if per_page is None and page_token is None:
        if page.next_page_token:
            run.console.warning("There are more instances than the first page shows; see --per-page.")
        _show(run, rows, more, as_json=True)
        return
    result_info = {"per_page": size, "page_token": page_token, "next_page_token": page.next_page_token}
    run.console.json({"instances": [_fields(row, more) for row in rows], "result_info": result_info})


def _check(search: str | None, page_token: str | None, *, as_json: bool) -> None:
    if search is not None and page_token is not None:
        raise UsageError(
            "--search and --page-token exclude each other.", hint="--search looks at every page."
        )
    if page_token is not None and not as_json:
        raise UsageError("--page-token needs --json.", hint="Without --json every page is shown.")


def _matching(rows: list[InstanceSummary], search: str) -> list[InstanceSummary]:
    """The instance of this id or name; otherwise those whose ids begin so, as a terminal shows them."""
    exact = [row for row in rows if search in (row.id, row.name)]
    return exact or [row for row in rows if row.id and is_beginning(search, row.id)]


def _show(
    run: Invocation, rows: list[InstanceSummary], more: Mapping[str, Mapping[str, Any]], *, as_json: bool
) -> None:
    if as_json:
        run.console.json([_fields(row, more) for row in rows])
        return
    if not rows:
        run.console.info("No instances found.")
        return
    names = ["INSTANCE", "NAME", "STATE", "LOCATION", "VERSION", "CREATED"]
    cells: list[list[Any]] = [
        [row.id, row.name, row.state, row.location, row.version, local_time(row.created)] for row in rows
    ]
    if not rows[0].has_durable_object:
        names, cells = [names[0], *names[2:]], [[row[0], *row[2:]] for row in cells]
    run.console.table(names, cells, ids=names[0])


def _details(run: Invocation, application_id: str) -> dict[str, dict[str, Any]]:
    """What only the local platform tells, by the ids of the rows."""
    if run.target is not Target.LOCAL:
        return {}
    from pywrangler.cloudflare.products.instances import describe_instances

    return describe_instances(run.client, application_id)


def _fields(row: InstanceSummary, more: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Wrangler's fields (4.164): `name` is there only where Durable Objects own the instances. Then those
    of the local platform.
    """
    name = {"name": row.name} if row.has_durable_object else {}
    rest = {"state": row.state, "location": row.location, "version": row.version, "created": row.created}
    found = more.get(row.id or "")
    return {"id": row.id, **name, **rest, **({key: found[key] for key in DETAILS} if found else {})}
