"""`pywrangler secrets-store store`: create, list, delete."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.secrets_store.choice import StoreId, chosen_store, refusing_what_exists
from pywrangler.commands.secrets_store.paging import EMPTY_HINT, PageNumber, PageSize, chosen_page
from pywrangler.commands.shared.input import confirmed
from pywrangler.commands.shared.options import AsJson, SkipConfirmation
from pywrangler.console import local_time
from pywrangler.errors import PywranglerError, UsageError

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the store.")]


def create(run: Invocation, name: Name) -> None:
    """Create a store in the account.

    Example: pywrangler secrets-store store create my-store --remote
    """
    from pywrangler.cloudflare.secrets_store import create_store

    if not name.strip():
        raise UsageError("The name of the store is empty.", hint="Give it a name.")
    client = run.changing_client()
    with refusing_what_exists(
        f"There is already a store `{name}`.", "`pywrangler secrets-store store list` shows it."
    ):
        made = create_store(client, name)
    run.console.success(f"Created the store {made.name} with the id {made.id}.")


def list_(
    run: Invocation, page: PageNumber = None, per_page: PageSize = None, as_json: AsJson = False
) -> None:
    """List the stores of the account.

    Example: pywrangler secrets-store store list --json
    """
    from pywrangler.cloudflare.secrets_store import list_stores

    found = sorted(list_stores(run.client, chosen_page(page, per_page)), key=lambda store: store.name)
    if as_json:
        run.console.json([asdict(store) for store in found])
    elif not found:
        raise PywranglerError("There are no stores to list.", hint=EMPTY_HINT)
    else:
        rows = [
            (store.name, store.id, local_time(store.created), local_time(store.modified)) for store in found
        ]
        run.console.table(("NAME", "ID", "CREATED", "MODIFIED"), rows)


def delete(run: Invocation, store_id: StoreId, skip_confirmation: SkipConfirmation = False) -> None:
    """Delete a store.

    Example: pywrangler secrets-store store delete my-store -y
    """
    from pywrangler.cloudflare.secrets_store import delete_store

    client = run.changing_client()
    with chosen_store(client, store_id) as store:
        if confirmed(run, f"Delete the store {store_id}?", skip=skip_confirmation):
            delete_store(client, store)
            run.console.success(f"Deleted the store {store_id}.")
