"""`pywrangler containers list`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.options import AsJson
from pywrangler.console import local_time

PerPage = Annotated[int, typer.Option("--per-page", min=1, help="Applications to ask for with each request.")]


def list_(run: Invocation, per_page: PerPage = 25, as_json: AsJson = False) -> None:
    """List all container applications of the account, with the state of their instances.

    Example: pywrangler containers list --json
    """
    from pywrangler.cloudflare.containers import list_summaries

    found = list_summaries(run.client, per_page=per_page)
    if as_json:
        run.console.json([asdict(application) for application in found])
    elif not found:
        run.console.info("No container applications found.")
    else:
        columns = ("ID", "NAME", "STATE", "LIVE INSTANCES", "LAST MODIFIED")
        run.console.table(
            columns,
            [(a.id, a.name, a.state, a.instances, local_time(a.updated_at)) for a in found],
            ids="ID",
        )
