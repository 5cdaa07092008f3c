"""`pywrangler versions secret bulk`."""

from __future__ import annotations

from pathlib import Path

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.secret.bulk import File
from pywrangler.commands.shared.input import read_text
from pywrangler.commands.shared.options import WorkerName
from pywrangler.commands.shared.secrets_file import parse_secrets
from pywrangler.commands.shared.worker_name import worker_name
from pywrangler.commands.versions.secret.changing import Message, Tag, make_version, show_version
from pywrangler.wording import count


def bulk(
    run: Invocation, file: File = None, name: WorkerName = None, message: Message = None, tag: Tag = None
) -> None:
    """Make a version with many changed secrets, from {"KEY": "value"} or from lines of KEY=value.

    In JSON, null deletes a secret. The version serves no requests until it is deployed.

    Example: pywrangler versions secret bulk secrets.json --name my-worker
    """
    worker = worker_name(run, name)
    run.warn_of_environments()
    file = None if file == Path("-") else file
    changes = parse_secrets(read_text(run, file), source=str(file) if file else "standard input")
    client = run.changing_client()
    said = message if message is not None else f"Bulk updated {len(changes)} secrets"
    version = make_version(client, worker, changes, said, tag)
    for key, value in changes.items():
        run.console.info(f"{'Deleted' if value is None else 'Stored'} the secret {key}.")
    show_version(run, version, f"of {worker} with {count(len(changes), 'changed secret')}")
