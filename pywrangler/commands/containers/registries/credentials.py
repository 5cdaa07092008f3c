"""`pywrangler containers registries credentials`."""

from __future__ import annotations

from typing import Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.options import AsJson
from pywrangler.errors import UsageError

Domain = Annotated[
    str | None, typer.Argument(metavar="DOMAIN", help="The managed registry's domain; it is the default.")
]
Minutes = Annotated[
    int, typer.Option("--expiration-minutes", min=1, help="How long the credentials are valid.")
]
Push = Annotated[bool, typer.Option("--push", help="Allow pushing.")]
Pull = Annotated[bool, typer.Option("--pull", help="Allow pulling.")]
LibraryPush = Annotated[bool, typer.Option("--library-push", hidden=True)]


def credentials(
    run: Invocation,
    domain: Domain = None,
    expiration_minutes: Minutes = 15,
    push: Push = False,
    pull: Pull = False,
    library_push: LibraryPush = False,
    as_json: AsJson = False,
) -> None:
    """Create short-lived credentials for the managed registry and print the password, or all of them with
    --json.

    Example: pywrangler containers registries credentials --push --pull --json
    """
    from pywrangler.cloudflare.registries import make_credentials
    from pywrangler.cloudflare.service import managed_registry

    managed = managed_registry(run.service_environment)
    if domain and domain != managed:
        raise UsageError(
            f"`{domain}` is not the managed registry. Only that one has such credentials.",
            hint=f"Omit the domain, or give `{managed}`.",
        )
    wanted = {"push": push, "pull": pull, "library_push": library_push}
    permissions = [name for name, is_wanted in wanted.items() if is_wanted]
    if not permissions:
        raise UsageError("The credentials need a permission.", hint="Add `--push`, `--pull` or both.")
    made = make_credentials(run.client, managed, permissions=permissions, minutes=expiration_minutes)
    # Printing the password is what this command is for: it goes to standard output and nowhere else.
    if not as_json:
        run.console.result(made.password.reveal())
        return
    run.console.json(
        {
            "account_id": made.account_id,
            "registry_host": made.registry_host,
            "username": made.username,
            "password": made.password.reveal(),
        }
    )
