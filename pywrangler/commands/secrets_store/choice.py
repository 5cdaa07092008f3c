"""Finds the store and the secret that a command refers to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.errors import ApiError, PywranglerError

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client

StoreId = Annotated[str, typer.Argument(metavar="STORE_ID", help="Id of the store, or its name.")]


@contextmanager
def chosen_store(client: Client, named: str) -> Iterator[str]:
    """The id of the store with that id or name, to be used within; a refusal names what does not exist."""
    from pywrangler.cloudflare.store_names import explained, store_id

    store = store_id(client, named)
    with explained(client, store):
        yield store


@contextmanager
def refusing_what_exists(message: str, hint: str) -> Iterator[None]:
    """Inside, something gets a name; the error says `message` where the name is taken."""
    try:
        yield
    except ApiError as error:
        if error.status == 409 or "already exist" in error.message:
            error.message, error.hint, error.detail = message, hint, None
            error.code = "exists"
        raise


@contextmanager
def chosen_secret(client: Client, store: str, named: str) -> Iterator[tuple[str, str]]:
    """The ids of the store and of the secret in it, each by its id or name, to be used within."""
    from pywrangler.cloudflare.store_names import explained, secret_id, store_id

    found = store_id(client, store)
    with explained(client, found, named):
        yield found, secret_id(client, found, named)


@contextmanager
def ensured_store(run: Invocation, client: Client, named: str) -> Iterator[str]:
    """The same as `chosen_store`. On the local platform an unknown store is made under that id: there, as in
    Wrangler's local storage, the ids of a configuration are enough.
    """
    from pywrangler.cloudflare.local import ensure_secrets_store
    from pywrangler.cloudflare.store_names import UNKNOWN, store_id

    if run.target is not Target.LOCAL:
        with chosen_store(client, named) as store:
            yield store
        return
    try:
        store = store_id(client, named)
    except PywranglerError as error:
        if error.code != UNKNOWN:
            raise
        store = named
    ensure_secrets_store(client, store)
    yield store
