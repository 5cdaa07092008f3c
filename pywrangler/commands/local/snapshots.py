"""`pywrangler local snapshots`."""

from __future__ import annotations

from typing import Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.local.connection import started_platform
from pywrangler.commands.shared.options import AsJson
from pywrangler.console import local_time

Delete = Annotated[
    list[str] | None, typer.Option("--delete", metavar="ID", help="Delete this snapshot. Can be repeated.")
]


def snapshots(run: Invocation, delete: Delete = None, as_json: AsJson = False) -> None:
    """List the snapshots that Workers took of their containers, or delete some. A snapshot is removed 30 days
    after its latest restore.

    Example: pywrangler local snapshots --json
    """
    from pywrangler.cloudflare import local
    from pywrangler.wording import readable_bytes

    with started_platform(run) as client:
        for snapshot_id in delete or ():
            local.delete_snapshot(client, snapshot_id)
        found = local.list_snapshots(client)
    if as_json:
        run.console.json(found)
        return
    if delete:
        run.console.success(f"Deleted {len(delete)}.")
        return
    if not found:
        run.console.info("There is no snapshot.")
        return
    rows = [
        (
            each["id"],
            each["name"],
            each["application"] or each["worker"],
            readable_bytes(each["size_bytes"]),
            local_time(each["created_at"]),
            local_time(each["expires_at"]),
        )
        for each in found
    ]
    run.console.table(("SNAPSHOT", "NAME", "APPLICATION", "SIZE", "CREATED", "EXPIRES"), rows)
