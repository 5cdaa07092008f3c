"""The Secrets Store: stores, and the secrets in them, whose values never come back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pywrangler.cloudflare.client import Client, segment
from pywrangler.dataclass import dataclass
from pywrangler.errors import UsageError
from pywrangler.sensitive import Sensitive

STORES = "secrets_store/stores"
NAME_PATTERN = re.compile(r"[A-Za-z0-9_-]+")
MAX_VALUE_BYTES = 64 * 1024
"""Longest value that the API takes (wrangler 4.164)."""


@dataclass(frozen=True)
class AccountStore:
    """A store of an account."""

    id: str
    name: str
    account_id: str | None
    created: str | None
    modified: str | None


@dataclass(frozen=True)
class AccountSecret:
    """The details of a secret. `status` is `pending` until it is everywhere, then `active`."""

    id: str
    store_id: str
    name: str
    comment: str | None
    scopes: tuple[str, ...]
    status: str | None
    created: str | None
    modified: str | None


@dataclass(frozen=True)
class SecretChange:
    """The changes to a secret; None leaves a field as it is."""

    value: Sensitive[str] | None = None
    scopes: Sequence[str] | None = None
    comment: str | None = None


@dataclass(frozen=True)
class Page:
    """One page of a listing, counted from 1."""

    number: int
    size: int


def check_secret_name(name: str) -> None:
    """Raise `UsageError` for a name that the API would refuse."""
    if not name:
        raise UsageError("The name of the secret is empty.", hint="Give it with `--name NAME`.")
    if not NAME_PATTERN.fullmatch(name):
        raise UsageError(
            f"`{name}` cannot be the name of a secret.",
            hint="Use letters, digits, underscores and dashes only.",
        )


def check_secret_value(value: Sensitive[str]) -> None:
    """Raise `UsageError` for a value that is empty or too long."""
    size = len(value.reveal().encode())
    if size == 0:
        raise UsageError("The secret's value is empty.", hint="Pipe it in, or type it when asked.")
    if size > MAX_VALUE_BYTES:
        raise UsageError(
            f"The secret's value has {size} bytes; at most {MAX_VALUE_BYTES} are allowed.",
            hint="Give a shorter value.",
        )


def list_stores(client: Client, page: Page | None = None) -> list[AccountStore]:
    """All stores of the account, or those of one page."""
    return [_store(entry) for entry in _list(client, STORES, page)]


def create_store(client: Client, name: str) -> AccountStore:
    """The store just made."""
    return _store(client.call("POST", STORES, json={"name": name}).fields)


def delete_store(client: Client, store_id: str) -> None:
    """Remove a store."""
    client.request("DELETE", f"{STORES}/{segment(store_id)}")


def list_secrets(client: Client, store_id: str, page: Page | None = None) -> list[AccountSecret]:
    """All secrets of a store, or those of one page."""
    return [_secret(entry, store_id) for entry in _list(client, _secrets(store_id), page)]


def find_secret(client: Client, store_id: str, name: str) -> AccountSecret | None:
    """The secret of that name, or None."""
    listed = client.list(_secrets(store_id), params={"search": name})
    return next((_secret(entry, store_id) for entry in listed if entry.get("name") == name), None)


def get_secret(client: Client, store_id: str, secret_id: str) -> AccountSecret:
    """What is known about a secret."""
    return _secret(client.call("GET", f"{_secrets(store_id)}/{segment(secret_id)}").fields, store_id)


def create_secret(
    client: Client,
    store_id: str,
    *,
    name: str,
    value: Sensitive[str],
    scopes: Sequence[str],
    comment: str | None = None,
) -> AccountSecret:
    """The secret just made; the API takes a list, so it is a list of one."""
    body: dict[str, Any] = {"name": name, "value": value.reveal(), "scopes": list(scopes)}
    if comment is not None:
        body["comment"] = comment
    response = client.call("POST", _secrets(store_id), json=[body])
    if not response.entries:
        raise response.origin.surprise("an empty list")
    return _secret(response.entries[0], store_id)


def update_secret(client: Client, store_id: str, secret_id: str, change: SecretChange) -> AccountSecret:
    """The secret after the change."""
    body: dict[str, Any] = {}
    if change.value is not None:
        body["value"] = change.value.reveal()
    if change.scopes is not None:
        body["scopes"] = list(change.scopes)
    if change.comment is not None:
        body["comment"] = change.comment
    path = f"{_secrets(store_id)}/{segment(secret_id)}"
    return _secret(client.call("PATCH", path, json=body, is_repeatable=True).fields, store_id)


def delete_secret(client: Client, store_id: str, secret_id: str) -> None:
    """Remove a secret."""
    client.request("DELETE", f"{_secrets(store_id)}/{segment(secret_id)}")


def duplicate_secret(
    client: Client, store_id: str, secret_id: str, *, name: str, scopes: Sequence[str], comment: str
) -> AccountSecret:
    """The copy under another name, with the same value."""
    body = {"name": name, "scopes": list(scopes), "comment": comment}
    path = f"{_secrets(store_id)}/{segment(secret_id)}/duplicate"
    return _secret(client.call("POST", path, json=body).fields, store_id)


def _list(client: Client, path: str, page: Page | None) -> list[dict[str, Any]]:
    if page is None:
        return client.list(path)
    return client.call("GET", path, params={"page": page.number, "per_page": page.size}).entries


def _secrets(store_id: str) -> str:
    return f"{STORES}/{segment(store_id)}/secrets"


def _store(entry: dict[str, Any]) -> AccountStore:
    return AccountStore(
        id=entry["id"],
        name=entry["name"],
        account_id=entry.get("account_id"),
        created=entry.get("created"),
        modified=entry.get("modified"),
    )


def _secret(entry: dict[str, Any], store_id: str) -> AccountSecret:
    return AccountSecret(
        id=entry["id"],
        store_id=entry.get("store_id", store_id),
        name=entry["name"],
        comment=entry.get("comment"),
        scopes=tuple(entry.get("scopes") or ()),
        status=entry.get("status"),
        created=entry.get("created"),
        modified=entry.get("modified"),
    )
