"""Finds the account that a command acts on, if it is not given."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from pywrangler.cloudflare.accounts import list_accounts
from pywrangler.errors import MissingError, UsageError

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client

ACCOUNT_VARIABLE = "CLOUDFLARE_ACCOUNT_ID"

Choose: TypeAlias = Callable[[str, Sequence[str]], int]
"""Asks the user which of several there is meant: the question, the choices; the index of the chosen one."""


def choose_account(named: Sequence[str | None], client: Client, choose: Choose | None) -> str:
    """The account's id: the first of `named` with a value, the only account, or the chosen one.

    Raises `MissingError` if the credentials are for no account, and `UsageError` for a text that is not
    an id, and where they are for several and `choose` is None, because no user can be asked.
    """
    for account_id in named:
        if account_id:
            return _checked_id(account_id)
    accounts = list_accounts(client)
    if not accounts:
        raise MissingError(
            "The credentials do not have access to any account.",
            hint=f"Set {ACCOUNT_VARIABLE}, or give the token access to an account.",
        )
    if len(accounts) == 1:
        return accounts[0].id
    listed = [f"{account.name} ({account.id})" for account in accounts]
    if choose is not None:
        return accounts[choose("Which account?", listed)].id
    raise UsageError(
        "The credentials have access to several accounts. Choose one.",
        detail="\n".join(listed),
        hint=f"Set {ACCOUNT_VARIABLE}, or account_id in the configuration.",
    )


def _checked_id(account_id: str) -> str:
    if not re.fullmatch(r"[\w-]+", account_id):
        raise UsageError(
            f"`{account_id}` is not the id of an account.",
            hint=f"Correct {ACCOUNT_VARIABLE}, or `account_id` in the configuration."
            " `pywrangler whoami` shows the ids.",
        )
    return account_id
