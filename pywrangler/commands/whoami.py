"""`pywrangler whoami`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.options import AsJson
from pywrangler.commands.shared.unknown_names import nearest
from pywrangler.errors import ExitStatus, PywranglerError

if TYPE_CHECKING:
    from pywrangler.cloudflare.accounts import Account
    from pywrangler.cloudflare.client import Client
    from pywrangler.credentials.records import Login

AccountId = Annotated[
    str | None, typer.Option("--account", metavar="ID", help="Show this account only, by id or name.")
]


def whoami(run: Invocation, account: AccountId = None, as_json: AsJson = False) -> int:
    """Show which credentials the commands use, whose they are, and which accounts they are for.

    With --json it is always all accounts, and the exit status tells whether there are credentials.

    Example: pywrangler whoami --json
    """
    from pywrangler.cloudflare.accounts import list_accounts, user_email

    login = run.login
    if login is None:
        return _not_logged_in(run, as_json=as_json)
    client = run.user_client()
    kind = _kind(client, login)
    email = user_email(client)
    accounts = list_accounts(client)
    if as_json:
        # Wrangler's fields (4.164), which scripts may compare as a whole; there, too, --account has no say.
        found = [dict(each.fields) for each in accounts]
        address = {} if email is None else {"email": email}
        run.console.json({"loggedIn": True, "authType": kind, **address, "accounts": found})
        return ExitStatus.OK
    run.console.info(f"Credentials: {login.origin} ({kind}){f', of {email}' if email else ''}.")
    run.console.info(f"Commands act on: {run.target.value}.")
    shown = [each for each in accounts if account is None or _is_named(each, account)]
    if account is not None and not shown:
        raise PywranglerError(
            f"The credentials do not have access to an account with the id or name `{account}`.",
            hint=nearest(account, [each.name for each in accounts])
            or "`pywrangler whoami` shows all accounts.",
            code="account-not-found",
        )
    run.console.table(("ACCOUNT", "ID"), [(each.name, each.id) for each in shown])
    return ExitStatus.OK


def _is_named(account: Account, text: str) -> bool:
    return text.casefold() in (account.id.casefold(), account.name.casefold())


def _kind(client: Client, login: Login) -> str:
    from pywrangler.cloudflare.accounts import is_account_token

    if login.is_global_key:
        return "Global API Key"
    return "Account API Token" if is_account_token(client) else "User API Token"


def _not_logged_in(run: Invocation, *, as_json: bool) -> int:
    if as_json:
        run.console.json({"loggedIn": False})
        return ExitStatus.FAILURE
    run.console.info("Not logged in: set CLOUDFLARE_API_TOKEN, or run `pywrangler login`.")
    run.console.info("The local platform needs no login.")
    return ExitStatus.OK
