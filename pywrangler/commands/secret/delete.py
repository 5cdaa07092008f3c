"""`pywrangler secret delete`."""

from __future__ import annotations

from typing import Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.input import confirmed
from pywrangler.commands.shared.options import SkipConfirmation, WorkerName
from pywrangler.commands.shared.unknown_names import expecting_secret, expecting_worker
from pywrangler.commands.shared.worker_name import worker_name

Key = Annotated[str, typer.Argument(metavar="KEY", help="Name of the secret in the Worker's env.")]


def delete(
    run: Invocation, key: Key, name: WorkerName = None, skip_confirmation: SkipConfirmation = False
) -> None:
    """Delete a secret of a Worker.

    Example: pywrangler secret delete API_KEY --name my-worker -y
    """
    from pywrangler.cloudflare.workers import delete_secret

    worker = worker_name(run, name)
    run.warn_of_environments()
    client = run.changing_client()
    if confirmed(run, f"Delete the secret {key} of the Worker {worker}?", skip=skip_confirmation):
        with expecting_worker(client, worker), expecting_secret(client, worker, key):
            delete_secret(client, worker, key)
        run.console.success(f"Deleted the secret {key} of the Worker {worker}.")
