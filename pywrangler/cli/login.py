"""`pywrangler login` and `pywrangler logout`."""

from __future__ import annotations

from typing import Annotated

import typer

from pywrangler.cli.input import read_secret
from pywrangler.cli.invocation import Invocation
from pywrangler.errors import PywranglerError

AccountId = Annotated[
    str | None, typer.Option("--account-id", metavar="ID", help="The account to act on with this login.")
]


def login(run: Invocation, account_id: AccountId = None) -> None:
    """Store an API token in this user's keyring, after Cloudflare confirmed that it works.

    The token is typed when asked, or read from standard input. With --profile several logins can be kept;
    commands use the profile `default` unless --profile names another.

    Example: pywrangler login --profile work
    """
    from pywrangler.cloudflare.accounts import list_accounts, verify_token
    from pywrangler.credentials.logins import DEFAULT_PROFILE, store_login

    token = read_secret(run, "the API token")
    client = run.client_for_token(token)
    state = verify_token(client)
    if state != "active":
        raise PywranglerError(f"Cloudflare says that this token is {state}.", hint="Make another one.")
    accounts = list_accounts(client)
    chosen = account_id
    if chosen is None and len(accounts) == 1:
        chosen = accounts[0].id
    elif chosen is None and accounts and run.is_interactive:
        listed = [f"{account.name} ({account.id})" for account in accounts]
        chosen = accounts[run.console.choose("Which account?", listed)].id
    profile = run.options.profile or DEFAULT_PROFILE
    stored = store_login(run.home, profile, token, chosen)
    place = "this user's keyring" if stored.in_keyring else f"{stored.file}, as there is no keyring"
    run.console.success(f"Logged in: profile {profile}, kept in {place}.")
    if chosen is None and len(accounts) > 1:
        run.console.info("The token is for several accounts: set CLOUDFLARE_ACCOUNT_ID to choose one.")


def logout(run: Invocation) -> None:
    """Forget the stored API token of the profile `default`, or of the one that --profile names.

    Example: pywrangler logout --profile work
    """
    from pywrangler.credentials.logins import DEFAULT_PROFILE, forget_login, profiles

    profile = run.options.profile or DEFAULT_PROFILE
    if not forget_login(run.home, profile):
        names = ", ".join(profiles(run.home))
        stored = f" Stored profiles: {names}." if names else ""
        run.console.info(f"No login is stored for the profile {profile}.{stored}")
        return
    run.console.success(f"Logged out: profile {profile}. The token itself still works until it is revoked.")
