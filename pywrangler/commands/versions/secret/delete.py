"""`pywrangler versions secret delete`."""

from __future__ import annotations

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.input import confirmed
from pywrangler.commands.shared.options import SkipConfirmation, WorkerName
from pywrangler.commands.shared.worker_name import worker_name
from pywrangler.commands.versions.secret.changing import Key, Message, Tag, make_version, show_version


def delete(
    run: Invocation,
    key: Key,
    name: WorkerName = None,
    message: Message = None,
    tag: Tag = None,
    skip_confirmation: SkipConfirmation = False,
) -> None:
    """Make a version without a secret. The version serves no requests until it is deployed.

    Example: pywrangler versions secret delete API_KEY --name my-worker -y
    """
    worker = worker_name(run, name)
    run.warn_of_environments()
    client = run.changing_client()
    question = f"Make a version of the Worker {worker} without the secret {key}?"
    if confirmed(run, question, skip=skip_confirmation):
        said = message if message is not None else f'Deleted secret "{key}"'
        version = make_version(client, worker, {key: None}, said, tag)
        show_version(run, version, f"of {worker} without the secret {key}")
