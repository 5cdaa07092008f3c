"""`pywrangler versions secret put`."""

from __future__ import annotations

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.secret.worker import check_secret_name
from pywrangler.commands.shared.input import read_secret
from pywrangler.commands.shared.options import WorkerName
from pywrangler.commands.shared.worker_name import worker_name
from pywrangler.commands.versions.secret.changing import Key, Message, Tag, make_version, show_version


def put(run: Invocation, key: Key, name: WorkerName = None, message: Message = None, tag: Tag = None) -> None:
    """Make a version with a new value of a secret. The version serves no requests until it is deployed.

    The value is typed when asked, or read from standard input. Everything else is as in the newest version.

    Example: echo "$KEY" | pywrangler versions secret put API_KEY --name my-worker
    """
    check_secret_name(key)
    worker = worker_name(run, name)
    run.warn_of_environments()
    value = read_secret(run, key, may_be_empty=True)  # as with Wrangler (4.164)
    client = run.changing_client()
    said = message if message is not None else f'Updated secret "{key}"'
    version = make_version(client, worker, {key: value}, said, tag)
    show_version(run, version, f"of {worker} with the secret {key}")
