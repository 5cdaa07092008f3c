"""`pywrangler tail`."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.commands.shared.log_lines import show_lines
from pywrangler.commands.shared.unknown_names import expecting_worker
from pywrangler.commands.shared.worker_name import worker_name
from pywrangler.commands.tail.events import (
    StatusFilter,
    Wanted,
    checked_addresses,
    client_addresses,
    parse_header,
    readable_event,
)
from pywrangler.errors import UsageError

if TYPE_CHECKING:
    from pywrangler.cloudflare.products.tails import TailFilters


class TailFormat(StrEnum):
    """The format of events."""

    JSON = "json"
    PRETTY = "pretty"


WorkerName = Annotated[
    str | None, typer.Argument(metavar="[WORKER]", help="The Worker; default: the one in the configuration.")
]
FormatOption = Annotated[
    TailFormat | None,
    typer.Option(
        "--format",
        help="Output format; default: `pretty` on a terminal, otherwise `json`.",
        show_default=False,
    ),
]
Statuses = Annotated[
    list[StatusFilter] | None,
    typer.Option("--status", help="Only calls that ended like this; may be repeated."),
]
Methods = Annotated[
    list[str] | None,
    typer.Option("--method", metavar="METHOD", help="Only requests with this method; may be repeated."),
]
Search = Annotated[
    str | None, typer.Option("--search", metavar="TEXT", help="Only calls that logged or threw this text.")
]

Header = Annotated[
    str | None,
    typer.Option(
        "--header",
        metavar="NAME[:TEXT]",
        help="Only requests with this header, whose value contains the text.",
    ),
]
Addresses = Annotated[
    list[str] | None,
    typer.Option(
        "--ip",
        metavar="ADDRESS",
        help="Only requests from this address, `self` for your own; may be repeated.",
    ),
]
SamplingRate = Annotated[
    float | None,
    typer.Option(
        "--sampling-rate", metavar="SHARE", help="Show only this share of the events, such as 0.25."
    ),
]
VersionId = Annotated[
    str | None,
    typer.Option("--version-id", metavar="ID", help="Only calls that this version of the Worker handled."),
]


def tail(
    run: Invocation,
    worker: WorkerName = None,
    format_: FormatOption = None,
    status: Statuses = None,
    method: Methods = None,
    search: Search = None,
    header: Header = None,
    ip: Addresses = None,
    sampling_rate: SamplingRate = None,
    version_id: VersionId = None,
) -> None:
    """Show what a Worker handles from now on: requests and other calls, how each ended, and what it logged.

    On the local platform the first `tail` of a Worker restarts its runtime, as a deploy does; containers keep
    running. `pywrangler
    local logs` shows what was logged before.

    Example: pywrangler tail my-worker --status error
    """
    if sampling_rate is not None and not 0 < sampling_rate < 1:
        raise UsageError(
            f"--sampling-rate is {sampling_rate}, which is not between 0 and 1.",
            hint="0.25 shows a quarter of the events.",
        )
    name = worker or worker_name(run, None)
    is_json = format_ is TailFormat.JSON or (format_ is None and not run.shows_output_to_a_person)
    parsed = parse_header(header) if header else None
    methods = [word.upper() for word in method or ()]
    version = _whole(run, name, version_id)
    if run.target is Target.CLOUDFLARE:
        from pywrangler.cloudflare.products.tails import TailFilters

        filters = TailFilters(
            [each.value for each in status or ()],
            methods,
            search,
            parsed,
            checked_addresses(ip or ()),
            sampling_rate,
            version,
        )
        events = _cloudflare_events(run, name, filters)
    else:
        wanted = Wanted(status or (), methods, search, parsed, client_addresses(ip or ()), version)
        events = _local_events(run, name, wanted, sampling_rate)
    show_lines(run, events, readable_event, as_json=is_json, follow=True)


def _whole(run: Invocation, worker: str, version_id: str | None) -> str | None:
    """The id that the user gave, or the beginning of."""
    if version_id is None:
        return None
    from pywrangler.commands.versions.whole_ids import whole_id

    return whole_id(run.client, worker, version_id)


def _cloudflare_events(run: Invocation, name: str, filters: TailFilters) -> Iterator[Mapping[str, Any]]:
    from pywrangler.cloudflare.products.tails import tail_events

    with expecting_worker(run.client, name):
        yield from tail_events(run.client, name, filters, run.console.info)


def _local_events(
    run: Invocation, name: str, wanted: Wanted, sampling_rate: float | None
) -> Iterator[Mapping[str, Any]]:
    from pywrangler.cloudflare.local import worker_events

    with expecting_worker(run.client, name):
        events = worker_events(run.client, name)
    if sampling_rate is not None:
        events = (event for event in events if random.random() < sampling_rate)  # noqa: S311 - no secret
    run.console.info(f"Following {name}; Ctrl-C ends it.")
    yield from filter(wanted.accepts, events)
