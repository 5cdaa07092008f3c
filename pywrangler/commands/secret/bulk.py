"""`pywrangler secret bulk`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.secret.worker import change_secrets, worker_name
from pywrangler.commands.shared.input import parse_json, read_text
from pywrangler.commands.shared.options import WorkerName
from pywrangler.commands.shared.unknown_names import expecting_worker
from pywrangler.errors import UsageError
from pywrangler.sensitive import Sensitive

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
    run.console.success(f"Changed {len(changes)} secrets of the Worker {worker}.")


def parse_secrets(
    text: str, *, source: str, expanded_by: Mapping[str, str] | None = None
) -> dict[str, Sensitive[str] | None]:
    """The secrets in a JSON object or in lines of KEY=value; None stands for one to delete.

    Given an environment in `expanded_by`, lines may refer to it as they may in `.env`: with Wrangler (4.164)
    that is so for a deploy, and not for `secret bulk`.

    Raises `UsageError` that names keys, never values.
    """
    if not text.strip():
        raise UsageError(f"There are no secrets in {source}.")
    try:
        content = parse_json(text)
    except ValueError:
        from pywrangler.config.dotenv import parse_dotenv, parse_expanded

        content = parse_dotenv(text) if expanded_by is None else parse_expanded(text, expanded_by)
        if not content:
            raise UsageError(f"{source} is neither JSON nor lines of KEY=value.") from None
    if not isinstance(content, dict):
        raise UsageError(f"{source} must hold a JSON object of names and values.")
    wrong = [key for key, value in content.items() if not isinstance(value, str | None)]
    if wrong:
        names = ", ".join(wrong)
        raise UsageError(f"In {source} these are not texts: {names}.", hint="Write each value as a string.")
    return {key: None if value is None else Sensitive(value) for key, value in content.items()}
