"""`pywrangler containers logs`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from pywrangler.commands.containers.choice import ApplicationId, application_id
from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.commands.shared.durations import parse_seconds
from pywrangler.commands.shared.log_lines import indented, show_lines
from pywrangler.commands.shared.options import AsJson
from pywrangler.commands.shared.unknown_names import expecting_application
from pywrangler.console import local_time, visible_line
from pywrangler.errors import MissingError

DEFAULT_TAIL_LINES = 100
MOST_LINES = 1_000_000
"""More than any log has."""

Follow = Annotated[bool, typer.Option("--follow", "-f", help="Keep printing new lines.")]
Instance = Annotated[
    str | None,
    typer.Option("--instance", metavar="ID", help="Only this instance, or Durable Object, by id or name."),
]
Since = Annotated[
    str | None, typer.Option("--since", metavar="TIME", help="Only lines newer than this, such as 10m.")
]
Tail = Annotated[
    int | None,
    typer.Option("--tail", "-n", min=0, help="How many old lines to show; default: 100, with --since all."),
]


def logs(
    run: Invocation,
    application: ApplicationId,
    follow: Follow = False,
    instance: Instance = None,
    since: Since = None,
    tail: Tail = None,
    as_json: AsJson = False,
) -> None:
    """Show the logs of an application's containers, including containers that have ended.

    With --json, one object per line: time, instance, durable_object_id, durable_object_name, stream, text.

    Example: pywrangler containers logs my-app --instance alice --since 10m
    """
    from pywrangler.cloudflare.products.container_logs import container_log_lines

    begin = run.surroundings.clock() - parse_seconds(since, "--since") if since else 0.0
    if run.target is Target.CLOUDFLARE:
        raise MissingError(
            "Logs of containers at Cloudflare cannot be read with a command.",
            hint=(
                "Turn on `observability` in the configuration and look at the application's logs on "
                "https://dash.cloudflare.com. --local shows the logs of this machine."
            ),
            code="cloudflare-logs",
        )
    with expecting_application(application):
        lines = container_log_lines(
            run.client,
            application_id(run, application),
            instance=instance,
            since=begin,
            tail=_lines(tail, has_begin=bool(since)),
            follow=follow,
        )
        show_lines(run, lines, readable, as_json=as_json, follow=follow)


def _lines(tail: int | None, *, has_begin: bool) -> int | None:
    """How many lines to begin with; None for all."""
    if tail is None:
        return None if has_begin else DEFAULT_TAIL_LINES
    return min(tail, MOST_LINES)


def readable(line: str) -> str:
    """A line for people: time, whose container, and the text."""
    from pywrangler.cloudflare.products.container_logs import owner_of_line

    entry = json.loads(line)
    owner = visible_line(owner_of_line(entry))
    return f"{local_time(entry['time'])} {owner}  {indented(entry['text'])}"
