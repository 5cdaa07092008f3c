"""The user behind the credentials, and the accounts they are for."""

from __future__ import annotations

from dataclasses import dataclass

from pywrangler.cloudflare.client import Client
from pywrangler.errors import ApiError


@dataclass(frozen=True)
class Account:
    """An account: 32 hex digits, and the name its owner gave it."""

    id: str
    name: str


def list_accounts(client: Client) -> list[Account]:
    """The accounts that the credentials are for; raises `ApiError`."""
    return [Account(entry["id"], entry.get("name", "")) for entry in client.list("/accounts")]


def user_email(client: Client) -> str | None:
    """The e-mail address of the user, or None where the token may not tell (it can be an account's)."""
    try:
        user = client.call("GET", "/user").fields
    except ApiError as error:
        if error.status in (400, 401, 403, 404):
            return None
        raise
    return user.get("email") if isinstance(user, dict) else None


def verify_token(client: Client) -> str:
    """The state of an API token, `active` when it works; raises `ApiError` when the API does not know it."""
    return str(client.call("GET", "/user/tokens/verify").fields.get("status"))
