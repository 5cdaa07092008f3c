"""Secrets of a Worker that does not exist yet: an empty Worker is created to hold them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pywrangler.commands.context.invocation import Invocation
from pywrangler.errors import ApiError, UsageError

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client

VERSION_NOT_DEPLOYED = (10214, 10215)
"""Cloudflare's codes for a Worker whose newest version is not deployed."""


def check_secret_name(name: str) -> None:
    """Raise `UsageError` for a name that no secret can have. What is behind `=` is not repeated: it is
    rather the value.
    """
    before, sign, _ = name.partition("=")
    if sign:
        raise UsageError(
            f"The name of the secret is `{before}` followed by `=` and a value.",
            hint=f"Give the name alone, and pipe the value in: `pywrangler secret put {before or 'NAME'}`.",
        )
    if not name.strip():
        raise UsageError("The name of the secret is empty.", hint="Give it a name.")


def change_secrets(run: Invocation, client: Client, name: str, change: Callable[[], None]) -> bool:
    """Do `change`; if there is no such Worker, make an empty one first. False when the user did not want
    that.

    Without a terminal the Worker is made unasked, as Wrangler (4.164) does.
    """
    from pywrangler.cloudflare.workers import create_empty_worker, is_worker_not_found

    try:
        change()
    except ApiError as error:
        if error.api_code in VERSION_NOT_DEPLOYED:
            error.hint = (
                "Deploy the newest version of the Worker alone, then repeat the command. Or make a version"
                " with the change: `pywrangler versions secret --help`."
            )
        if not is_worker_not_found(error):
            raise
        question = f"There is no Worker {name}. Create an empty one and add the secrets to it?"
        if run.is_interactive and not run.console.confirm(question, default=True):
            run.console.info("Cancelled. Nothing was changed.")
            return False
        create_empty_worker(client, name)
        run.console.info(f"Created the Worker {name}.")
        change()
    return True
