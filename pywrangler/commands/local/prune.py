"""`pywrangler local prune`."""

from __future__ import annotations

from typing import Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.local.connection import started_platform
from pywrangler.commands.shared.options import AsJson

DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be removed, and remove nothing.")]
KINDS = {
    "containers": "container",
    "networks": "network",
    "images": "image",
    "processes": "process",
    "rules": "packet filter",
}


def prune(run: Invocation, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Remove leftovers: containers and networks that a crash left, also those of platforms whose directory
    was removed, packet filter rules of removed networks, and names of built images that no application uses.

    The command starts the platform if necessary, because the platform knows what it owns. Images that you
    named yourself and other containers stay.

    Example: pywrangler local prune --dry-run
    """
    from pywrangler.cloudflare import local

    with started_platform(run) as client:
        found = local.prune(client, dry_run=dry_run)
    if as_json:
        run.console.json({"dry_run": dry_run, **found})
        return
    rows = [(KINDS[kind], entry["name"], entry["reason"]) for kind in KINDS for entry in found[kind]]
    if rows:
        run.console.table(("KIND", "NAME", "REASON"), rows)
    if not rows:
        run.console.info("There is nothing to remove.")
    elif dry_run:
        run.console.info(f"Dry run: {len(rows)} would be removed.")
    else:
        run.console.success(f"Removed {len(rows)}.")
