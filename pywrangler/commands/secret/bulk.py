"""`pywrangler secret bulk`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.secret.worker import change_secrets
from pywrangler.commands.shared.input import read_text
from pywrangler.commands.shared.options import WorkerName
from pywrangler.commands.shared.secrets_file import parse_secrets
from pywrangler.commands.shared.unknown_names import expecting_worker
from pywrangler.commands.shared.worker_name import worker_name
from pywrangler.wording import count

File = Annotated[
    Path | None, typer.Argument(metavar="FILE", help="JSON or .env file; else standard input is read.")
]


def bulk(run: Invocation, file: File = None, name: WorkerName = None) -> None:
    """Set many secrets of a Worker in one request, from {"KEY": "value"} or from lines of KEY=value.

    In JSON, null deletes a secret. Secrets that are not named stay as they are.

    Example: pywrangler secret bulk secrets.json --name my-worker
    """
    from pywrangler.cloudflare import workers

    worker = worker_name(run, name)
    run.warn_of_environments()
    file = None if file == Path("-") else file
    changes = parse_secrets(read_text(run, file), source=str(file) if file else "standard input")
    client = run.changing_client()

    def change() -> None:
        workers.change_secrets(client, worker, changes)

    if any(value is not None for value in changes.values()):
        if not change_secrets(run, client, worker, change):
            return
    else:
        with expecting_worker(client, worker):
            change()
    for key, value in changes.items():
        run.console.info(f"{'Deleted' if value is None else 'Stored'} the secret {key}.")
    run.console.success(f"Changed {count(len(changes), 'secret')} of the Worker {worker}.")
