"""`pywrangler local trigger-cron`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.local.connection import not_running, running_platform
from pywrangler.commands.shared.options import AsJson
from pywrangler.commands.shared.unknown_names import expecting_worker
from pywrangler.errors import PywranglerError

WorkerName = Annotated[str, typer.Argument(metavar="WORKER", help="The Worker.")]
Cron = Annotated[
    str | None,
    typer.Option(
        "--cron", metavar="EXPR", help="The cron expression to fire; may be omitted if there is only one."
    ),
]


def trigger_cron(run: Invocation, worker: WorkerName, cron: Cron = None, as_json: AsJson = False) -> None:
    """Fire a cron trigger of a Worker now, and wait until its scheduled() has ended.

    Example: pywrangler local trigger-cron my-worker --cron "0 3 * * *"
    """
    from pywrangler.cloudflare import local

    with running_platform(run) as client:
        if client is None:
            raise not_running(run)
        with expecting_worker(client, worker):
            fired = local.trigger_cron(client, worker, cron)
    if as_json:
        run.console.json(asdict(fired))
    if not fired.is_scheduled:
        run.console.warning(f"{worker} has no cron trigger `{fired.cron}`; it was fired anyway.")
    if fired.outcome != "ok":
        raise PywranglerError(
            f"scheduled() of {worker} did not succeed for `{fired.cron}`: {fired.outcome}.",
            hint=f"`pywrangler local logs {worker}` shows what it wrote.",
            code="scheduled",
        )
    run.console.success(f"{worker} handled `{fired.cron}` in {fired.seconds:.1f} s.")
