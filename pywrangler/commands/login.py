"""`pywrangler login` and `pywrangler logout`."""

from __future__ import annotations

from typing import Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.input import read_secret
from pywrangler.errors import PywranglerError

AccountId = Annotated[
    str | None, typer.Option("--account-id", metavar="ID", help="The account to act on with this login.")
]

# Wrangler's, for its login through a browser.
Browser = Annotated[bool | None, typer.Option("--browser/--no-browser", hidden=True)]
Scopes = Annotated[list[str] | None, typer.Option("--scopes", hidden=True)]
ScopesList = Annotated[bool, typer.Option("--scopes-list", hidden=True)]
CallbackHost = Annotated[str | None, typer.Option("--callback-host", hidden=True)]
CallbackPort = Annotated[str | None, typer.Option("--callback-port", hidden=True)]
UseKeyring = Annotated[bool | None, typer.Option("--use-keyring/--no-use-keyring", hidden=True)]
Device = Annotated[bool, typer.Option("--device", hidden=True)]

TOKENS_PAGE = "https://dash.cloudflare.com/profile/api-tokens"


def login(
    run: Invocation,
    account_id: AccountId = None,
    browser: Browser = None,
    scopes: Scopes = None,
    scopes_list: ScopesList = False,
    callback_host: CallbackHost = None,
    callback_port: CallbackPort = None,
    use_keyring: UseKeyring = None,
    device: Device = False,
) -> None:
    """Store an API token in this user's keyring, after Cloudflare confirmed that it works.

    The token is typed when asked, or read from standard input. With --profile several logins can be kept;
    commands use the profile `default` unless --profile names another. Wrangler's options for a login through
    a browser are accepted and mean nothing.

    Example: pywrangler login --profile work
    """
    if scopes_list:
        run.console.info(
            f"There are no scopes. The permissions of a token are chosen when it is created: {TOKENS_PAGE}"
        )
        return
    _say_meaningless(
        run,
        {
            "--browser": browser,
            "--scopes": scopes,
            "--callback-host": callback_host,
            "--callback-port": callback_port,
            "--use-keyring": use_keyring,
            "--device": device or None,
        },
    )
    if not _environment_decides(run, "log in with another token"):
        _log_in(run, account_id)


def _say_meaningless(run: Invocation, given: dict[str, object]) -> None:
    """Name the options that were given and are for another kind of login."""
    names = [name for name, value in given.items() if value is not None]
    if names:
        verb = "has" if len(names) == 1 else "have"
        run.console.info(f"{', '.join(names)} {verb} no effect: pywrangler logs in with an API token.")


def _environment_decides(run: Invocation, purpose: str) -> bool:
    """Whether the environment's credentials are in the way, which win over a stored login; says so.

    That is not a failure, as with Wrangler (4.164). A named profile counts nevertheless.
    """
    from pywrangler.credentials.logins import login_from_environment

    found = login_from_environment(run.environment)
    if found is None or run.options.profile:
        return False
    run.console.info(f"Commands use {found.origin} of the environment. Unset it to {purpose}.")
    return True


def _log_in(run: Invocation, account_id: str | None) -> None:
    from pywrangler.cloudflare.accounts import list_accounts, verify_token
    from pywrangler.credentials.logins import DEFAULT_PROFILE, check_credential, store_login

    token = read_secret(run, "the API token")
    check_credential(token.reveal(), "The API token")
    client = run.client_for_token(token)
    state = verify_token(client)
    if state != "active":
        raise PywranglerError(f"Cloudflare says that this token is {state}.", hint="Create another one.")
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
        run.console.info("The token has access to several accounts: set CLOUDFLARE_ACCOUNT_ID to choose one.")


def logout(run: Invocation) -> None:
    """Remove the stored API token of the profile `default`, or of the one that --profile names.

    Example: pywrangler logout --profile work
    """
    from pywrangler.credentials.logins import DEFAULT_PROFILE, forget_login, profiles

    profile = run.options.profile or DEFAULT_PROFILE
    if run.options.profile and profile not in profiles(run.home):
        raise run.unknown_profile(profile)
    if forget_login(run.home, profile):
        run.console.success(f"Logged out: profile {profile}. The token itself works until it is revoked.")
    else:
        names = ", ".join(profiles(run.home))
        stored = f" Stored profiles: {names}." if names else ""
        run.console.info(f"No login is stored for the profile {profile}.{stored}")
    _environment_decides(run, "log out")
