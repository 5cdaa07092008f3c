"""`pywrangler secret list`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.options import AsJson, WorkerName
from pywrangler.commands.shared.unknown_names import expecting_worker
from pywrangler.commands.shared.worker_name import worker_name


class ListFormat(StrEnum):
    """The format of the list."""

    JSON = "json"
    PRETTY = "pretty"


FormatOption = Annotated[ListFormat, typer.Option("--format", help="How to print them.")]


def list_(
    run: Invocation, name: WorkerName = None, output: FormatOption = ListFormat.JSON, as_json: AsJson = False
) -> None:
    """List the names of a Worker's secrets, as JSON unless --format pretty asks for a table.

    Example: pywrangler secret list --name my-worker
    """
    from pywrangler.cloudflare.workers import list_secrets

    worker = worker_name(run, name)
    with expecting_worker(run.client, worker):
        found = list_secrets(run.client, worker)
    if as_json or output is ListFormat.JSON:
        run.console.json(found)
    elif not found:
        run.console.info(f"{worker} has no secrets.")
    else:
        run.console.table(("NAME", "TYPE"), [(secret.get("name"), secret.get("type")) for secret in found])
