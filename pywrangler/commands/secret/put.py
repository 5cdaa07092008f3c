"""`pywrangler secret put`."""

from __future__ import annotations

from typing import Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.secret.worker import change_secrets, check_secret_name
from pywrangler.commands.shared.input import read_secret
from pywrangler.commands.shared.options import WorkerName
from pywrangler.commands.shared.worker_name import worker_name

Key = Annotated[str, typer.Argument(metavar="KEY", help="Name of the secret in the Worker's env.")]


def put(run: Invocation, key: Key, name: WorkerName = None) -> None:
    """Create or replace a secret of a Worker. The value is typed when asked, or read from standard input.

    Example: echo "$KEY" | pywrangler secret put API_KEY --name my-worker
    """
    from pywrangler.cloudflare.workers import put_secret

    check_secret_name(key)
    worker = worker_name(run, name)
    run.warn_of_environments()
    value = read_secret(run, key, may_be_empty=True)  # as with Wrangler (4.164)
    client = run.changing_client()
    if change_secrets(run, client, worker, lambda: put_secret(client, worker, key, value)):
        run.console.success(f"Stored the secret {key} of the Worker {worker}.")
