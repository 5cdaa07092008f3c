"""The user behind the credentials, and the accounts they are for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from pywrangler.cloudflare.client import Client
from pywrangler.dataclass import dataclass
from pywrangler.errors import ApiError

UNKNOWN_TO_USERS = 1000


@dataclass(frozen=True)
class Account:
    """An account: 32 hex digits, and the name its owner gave it."""

    id: str
    name: str
    fields: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """As the API shows it."""


def list_accounts(client: Client) -> list[Account]:
    """The accounts that the credentials are for; raises `ApiError`."""
    return [Account(entry["id"], entry.get("name", ""), entry) for entry in client.list("/accounts")]


def user_email(client: Client) -> str | None:
    """The e-mail address of the user, or None if the token may not tell (it can be an account's)."""
    try:
        user = client.call("GET", "/user").fields
    except ApiError as error:
        if error.status in (400, 401, 403, 404):
            return None
        raise
    return user.get("email") if isinstance(user, dict) else None


def is_account_token(client: Client) -> bool:
    """Whether the API token is an account's and not a user's; raises `ApiError` for one that does not work.

    Only a user's token is known to `/user/tokens/verify`; for others it answers code 1000 (Wrangler 4.164).
    """
    try:
        verify_token(client)
    except ApiError as error:
        if error.api_code == UNKNOWN_TO_USERS:
            return True
        raise
    return False


def verify_token(client: Client) -> str:
    """The state of an API token, `active` when it works; raises `ApiError` when the API does not know it."""
    return str(client.call("GET", "/user/tokens/verify").fields.get("status"))
