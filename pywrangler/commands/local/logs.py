"""`pywrangler local logs`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.local.connection import not_running, running_platform
from pywrangler.commands.shared.log_lines import indented, show_lines
from pywrangler.commands.shared.options import AsJson
from pywrangler.commands.shared.unknown_names import expecting_worker
from pywrangler.console import local_time

WorkerName = Annotated[
    str | None, typer.Argument(metavar="[WORKER]", help="The Worker; without one, the platform itself.")
]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Keep printing new lines.")]
MOST_LINES = 1_000_000
"""More than any log has."""
Tail = Annotated[int, typer.Option("--tail", "-n", min=0, help="How many old lines to show.")]


def logs(
    run: Invocation,
    worker: WorkerName = None,
    follow: Follow = False,
    tail: Tail = 100,
    as_json: AsJson = False,
) -> None:
    """Show what a Worker wrote, or what the platform did. With --json, one object per line.

    Example: pywrangler local logs -f my-worker
    """
    from pywrangler.cloudflare import local

    with running_platform(run) as client:
        if client is None:
            raise not_running(run)
        with expecting_worker(client, worker or ""):
            lines = local.log_lines(client, worker=worker, follow=follow, tail=min(tail, MOST_LINES))
            show_lines(run, lines, readable, as_json=as_json, follow=follow)


def readable(line: str) -> str:
    """A line of the log as people read it: time and text; further lines of the text are indented."""
    entry = json.loads(line)
    return f"{local_time(entry['time'])} {indented(entry['text'])}"
