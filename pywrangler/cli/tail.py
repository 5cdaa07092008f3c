"""`pywrangler tail`."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from pywrangler.cli.invocation import Invocation
from pywrangler.cli.local.logs import readable
from pywrangler.cli.log_lines import show_lines
from pywrangler.cli.target import Target
from pywrangler.errors import MissingError


class Format(StrEnum):
    """How lines are printed."""

    JSON = "json"
    PRETTY = "pretty"


WorkerName = Annotated[
    str | None, typer.Argument(metavar="[WORKER]", help="The Worker; else the configuration's.")
]
FormatOption = Annotated[
    Format | None,
    typer.Option("--format", help="How to print; `pretty` on a terminal, else `json`.", show_default=False),
]
Search = Annotated[str | None, typer.Option("--search", metavar="TEXT", help="Only what contains this text.")]


def tail(
    run: Invocation, worker: WorkerName = None, format_: FormatOption = None, search: Search = None
) -> None:
    """Show what a Worker of the local platform writes from now on: console calls and uncaught exceptions.

    With --format json, one event per line with Wrangler's fields `outcome`, `scriptName`, `exceptions`,
    `logs` and `eventTimestamp`. `pywrangler local logs` shows what was written before.

    Example: pywrangler tail my-worker --format pretty
    """
    from pywrangler.cloudflare.local import log_lines

    if run.target is Target.CLOUDFLARE:
        raise MissingError(
            "Events of Workers at Cloudflare cannot be followed with this command.",
            hint="https://dash.cloudflare.com and `npx wrangler tail` show them; --local those from here.",
            code="cloudflare-tail",
        )
    name = worker or run.configuration.name
    is_json = format_ is Format.JSON or (format_ is None and not run.shows_output_to_a_person)
    client = run.client
    run.console.info(f"Following {name}; Ctrl-C ends it.")
    lines = log_lines(client, worker=name, follow=True, tail=0)
    wanted = (line for line in lines if search is None or search in json.loads(line)["text"])
    show_lines(run, wanted, (lambda line: json.dumps(event(line))) if is_json else readable, follow=True)


def event(line: str) -> dict[str, Any]:
    """A line of the log as an event of Wrangler's (4.164); which request it is about is not known."""
    entry = json.loads(line)
    timestamp = round(datetime.fromisoformat(entry["time"]).timestamp() * 1000)
    is_exception = entry["text"].startswith("Uncaught ")
    level = "error" if entry["stream"] == "stderr" else "log"
    name, _, message = entry["text"].removeprefix("Uncaught ").partition(": ")
    return {
        "outcome": "exception" if is_exception else "ok",
        "scriptName": entry.get("worker"),
        "exceptions": [{"name": name, "message": message, "timestamp": timestamp}] if is_exception else [],
        "logs": []
        if is_exception
        else [{"message": [entry["text"]], "level": level, "timestamp": timestamp}],
        "eventTimestamp": timestamp,
        "event": None,
    }
