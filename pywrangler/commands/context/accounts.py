"""Which account a command acts on, when that is not said outright."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywrangler.cloudflare.accounts import Account, list_accounts
from pywrangler.errors import MissingError, UsageError

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client
    from pywrangler.commands.context.invocation import Invocation


def choose_account(run: Invocation, client: Client) -> str:
    """The account's id: the configuration's, the environment's, the login's, the only one, or the one chosen.

    The order of the first two is Wrangler's (4.164). Without a terminal several are an error.
    """
    from pywrangler.commands.context.invocation import ACCOUNT_VARIABLE

    fields = run.project.fields
    named = (fields and fields.get("account_id")) or run.environment.get(ACCOUNT_VARIABLE)
    if named:
        return named
    if run.login is not None and run.login.account_id:
        return run.login.account_id
    return _only_or_chosen(run, list_accounts(client))


def _only_or_chosen(run: Invocation, accounts: list[Account]) -> str:
    if not accounts:
        raise MissingError(
            "The credentials are for no account.",
            hint="Set CLOUDFLARE_ACCOUNT_ID, or give the token access to an account.",
        )
    if len(accounts) == 1:
        return accounts[0].id
    listed = [f"{account.name} ({account.id})" for account in accounts]
    if run.is_interactive:
        return accounts[run.console.choose("Which account?", listed)].id
    raise UsageError(
        "The credentials are for several accounts, and none was chosen.",
        detail="\n".join(listed),
        hint="Set CLOUDFLARE_ACCOUNT_ID, or account_id in the configuration.",
    )
