"""Changes secrets in a new version of a Worker, which serves no requests yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.unknown_names import expecting_worker
from pywrangler.errors import ApiError

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client
    from pywrangler.sensitive import Sensitive

Key = Annotated[str, typer.Argument(metavar="KEY", help="Name of the secret in the Worker's env.")]
Message = Annotated[
    str | None, typer.Option("--message", metavar="TEXT", help="A message for the new version.")
]
Tag = Annotated[str | None, typer.Option("--tag", metavar="TEXT", help="A tag for the new version.")]


def make_version(
    client: Client,
    worker: str,
    changes: Mapping[str, Sensitive[str] | None],
    message: str,
    tag: str | None,
) -> str:
    """Make a version like the newest one with other secrets; its id. Raises `ApiError`."""
    from pywrangler.cloudflare.scripts.versions import NO_VERSIONS, change_secrets

    try:
        with expecting_worker(client, worker):
            made = change_secrets(client, worker, changes, message, tag)
    except ApiError as error:
        if error.api_code == NO_VERSIONS:
            error.message = f"The Worker {worker} has no versions."
            error.hint = "Upload one with `pywrangler versions upload`, then repeat the command."
        raise
    return str(made["id"])


def show_version(run: Invocation, version: str, what: str) -> None:
    """Say which version was made, and how it gets to serve."""
    run.console.success(f"Made a version {what}. It serves no requests yet.")
    run.console.result(f"Worker Version ID: {version}")
    run.console.info(f"Let it serve requests with `pywrangler versions deploy {version}@100%`.")
