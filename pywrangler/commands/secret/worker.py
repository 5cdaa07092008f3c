"""Which Worker a command about secrets means, and how one comes into being that has secrets before code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pywrangler.commands.context.invocation import Invocation
from pywrangler.errors import ApiError, UsageError

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client

VERSION_NOT_DEPLOYED = (10214, 10215)


def worker_name(run: Invocation, name: str | None, *, has_suffix: bool = True) -> str:
    """The Worker's name: `--name`, else the file's. `--env` becomes the suffix of a name that is given, with
    Wrangler (4.164) for secrets, and not where a Worker is deleted.
    """
    fields = run.project.fields
    if fields and fields.get("pages_build_output_dir"):
        raise UsageError(f"{fields.file} is of a Pages project, and this command is about Workers.")
    if name:
        # The option alone, not CLOUDFLARE_ENV: Wrangler 4.164 takes it so, and scripts set both.
        return f"{name}-{run.options.environment}" if has_suffix and run.options.environment else name
    if name is not None:  # and empty: a variable of the script that has no value, which is not the default
        raise UsageError("--name is empty.", hint="Give the Worker's name, or omit the option.")
    if fields is None or fields.worker_name is None:
        raise UsageError("Which Worker?", hint="Give --name, or run the command in the Worker's project.")
    return fields.worker_name


def change_secrets(run: Invocation, client: Client, name: str, change: Callable[[], None]) -> bool:
    """Do `change`; where there is no such Worker, make an empty one first. False when the user did not want
    that.

    Without a terminal the Worker is made unasked, as Wrangler (4.164) does.
    """
    from pywrangler.cloudflare.workers import create_empty_worker, is_worker_not_found

    try:
        change()
    except ApiError as error:
        if error.api_code in VERSION_NOT_DEPLOYED:
            error.hint = (
                "The newest version of the Worker is not deployed. Deploy it, then repeat the command."
            )
        if not is_worker_not_found(error):
            raise
        question = f"There is no Worker {name}. Create an empty one and add the secrets to it?"
        if run.is_interactive and not run.console.confirm(question, default=True):
            return False
        create_empty_worker(client, name)
        run.console.info(f"Created the Worker {name}.")
        change()
    return True
