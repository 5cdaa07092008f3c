"""Finds a store of the Secrets Store, and a secret in it, by id or name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pywrangler.cloudflare.client import Client
from pywrangler.cloudflare.secrets_store import (
    AccountSecret,
    AccountStore,
    find_secret,
    list_secrets,
    list_stores,
)
from pywrangler.errors import ApiError, PywranglerError
from pywrangler.spelling import closest

ID = re.compile(r"[0-9a-f]{32}")
"""What is taken for an id without a question. The local platform may have other ids, too."""
UNKNOWN = "unknown-name"


def store_id(client: Client, named: str) -> str:
    """The id of the store that has the id or the name `named`; raises `PywranglerError` if none has it."""
    return named if ID.fullmatch(named) else choose_store(list_stores(client), named).id


def secret_id(client: Client, store: str, named: str) -> str:
    """The id of the secret of the store with the id `store` that has the id or the name `named`."""
    if ID.fullmatch(named):
        return named
    found = find_secret(client, store, named)
    if found is None:
        raise _unknown_secret(list_secrets(client, store), named, store)
    return found.id


def choose_store(stores: Sequence[AccountStore], named: str) -> AccountStore:
    """The store with the id or the name `named`. An id counts more than a name."""
    for store in stores:
        if store.id == named:
            return store
    found = [store for store in stores if store.name == named]
    if len(found) > 1:
        raise PywranglerError(
            f"{len(found)} stores have the name `{named}`.",
            detail="\n".join(
                f"{store.id}  created {store.created or 'at an unknown time'}" for store in found
            ),
            hint="Give the id of the right one.",
            code="ambiguous-name",
        )
    if not found:
        raise PywranglerError(**_unknown_store(stores, named), code=UNKNOWN)
    return found[0]


@contextmanager
def explained(client: Client, store: str, secret: str | None = None) -> Iterator[None]:
    """Says what does not exist, the store or the secret, where the API only refuses an id."""
    try:
        yield
    except ApiError as error:
        if error.status != 404:
            raise
        stores = list_stores(client)
        if not any(entry.id == store for entry in stores):
            raise _in_words(error, **_unknown_store(stores, store)) from error
        if secret is None:
            raise
        unknown = _unknown_secret(list_secrets(client, store), secret, store)
        raise _in_words(error, message=unknown.message, hint=unknown.hint or "") from error


def _in_words(error: ApiError, message: str, hint: str) -> ApiError:
    known = {"status": error.status, "api_code": error.api_code, "request_id": error.request_id}
    return ApiError(message, hint=hint, **known)  # type: ignore[arg-type]


def _unknown_store(stores: Sequence[AccountStore], named: str) -> dict[str, str]:
    message = f"There is no store with the {'id' if ID.fullmatch(named) else 'id or the name'} `{named}`."
    return {"message": message, "hint": _store_hint(stores, named)}


def _store_hint(stores: Sequence[AccountStore], named: str) -> str:
    for store in stores:
        if store.name == named:
            return f"`{named}` is the name of a store, but looks like an id. Give the store's id: {store.id}."
    if near := closest(named, [store.name for store in stores]):
        return f"Did you mean `{near}`? `pywrangler secrets-store store list` shows the stores."
    if stores:
        return "`pywrangler secrets-store store list` shows the stores."
    return "Create one: `pywrangler secrets-store store create NAME`."


def _unknown_secret(secrets: Sequence[AccountSecret], named: str, store: str) -> PywranglerError:
    near = closest(named, [secret.name for secret in secrets])
    listing = f"`pywrangler secrets-store secret list {store}` shows the secrets."
    return PywranglerError(
        f"The store has no secret with the {'id' if ID.fullmatch(named) else 'id or the name'} `{named}`.",
        hint=f"Did you mean `{near}`? {listing}" if near else listing,
        code=UNKNOWN,
    )
