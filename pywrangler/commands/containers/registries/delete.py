"""`pywrangler containers registries delete`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.input import confirmed
from pywrangler.commands.shared.options import SkipConfirmation
from pywrangler.commands.shared.unknown_names import nearest
from pywrangler.errors import ApiError

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client
    from pywrangler.cloudflare.registries import SecretReference
NO_ROUTE = 7003
Domain = Annotated[str, typer.Argument(metavar="DOMAIN", help="Domain of the registry.")]


def delete(run: Invocation, domain: Domain, skip_confirmation: SkipConfirmation = False) -> None:
    """Delete the credentials of a registry, and the secret that held them.

    Example: pywrangler containers registries delete docker.io -y
    """
    from pywrangler.cloudflare.registries import delete_registry

    client = run.changing_client()
    question = f"Delete the credentials for {domain}? This cannot be undone."
    if not confirmed(run, question, skip=skip_confirmation):
        return
    with _expecting_registry(client, domain):
        secret = delete_registry(client, domain)
    run.console.success(f"Deleted the registry {domain}.")
    if secret is not None:
        _delete_secret(run, client, secret, skip=skip_confirmation)


@contextmanager
def _expecting_registry(client: Client, domain: str) -> Iterator[None]:
    """Inside, the API is asked about a registry, which may not be configured."""
    from pywrangler.cloudflare.registries import list_registries

    try:
        yield
    except ApiError as error:
        if error.status == 404 and error.api_code != NO_ROUTE:
            domains = [str(each.get("domain")) for each in list_registries(client)]
            error.message = f"The registry `{domain}` is not configured."
            listing = "`pywrangler containers registries list` shows the registries."
            error.hint, error.detail = nearest(domain, domains) or listing, None
        raise


def _delete_secret(run: Invocation, client: Client, secret: SecretReference, *, skip: bool) -> None:
    from pywrangler.cloudflare.secrets_store import delete_secret, find_secret

    question = f"The registry no longer uses the secret {secret.secret_name}. Delete it too?"
    if not skip and run.is_interactive and not run.console.confirm(question):
        run.console.info(f"The secret {secret.secret_name} stays in the store {secret.store_id}.")
        return
    found = find_secret(client, secret.store_id, secret.secret_name)
    if found is None:
        run.console.info(f"The secret {secret.secret_name} is already deleted.")
        return
    delete_secret(client, secret.store_id, found.id)
    run.console.success(f"Deleted the secret {secret.secret_name}.")
