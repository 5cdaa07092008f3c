"""Where bindings of the local platform lead to beside it: found from variables, the login and the
configuration, and said to the user.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywrangler.commands.context.invocation import Invocation
from pywrangler.deploy.worker.elsewhere import URL_VARIABLE, Elsewhere, RemoteAccount, model_server

if TYPE_CHECKING:
    from pywrangler.config.records import Configuration


def find_elsewhere(run: Invocation, configuration: Configuration) -> Elsewhere:
    """Where the bindings lead to. Raises `UsageError` for variables that cannot be understood."""
    written = configuration.cloudflare.get("ai")
    if not written:
        return Elsewhere()
    name = str(written["binding"])
    if server := model_server(run.environment):
        run.console.info(f"The binding `{name}` uses the model server {server.url} ({URL_VARIABLE}).")
        return Elsewhere(server)
    account = stored_account(run, configuration)
    if account is None:
        run.console.warning(
            f"The binding `{name}` has no models: its calls fail. Set {URL_VARIABLE} to a server with"
            " OpenAI's API, or run `pywrangler login` to use Workers AI."
        )
        return Elsewhere()
    run.console.warning(
        f"The binding `{name}` uses Workers AI of the account {account.id} at Cloudflare,"
        " which may charge for it."
    )
    return Elsewhere(account=account, remote=frozenset({name}))


def stored_account(run: Invocation, configuration: Configuration) -> RemoteAccount | None:
    """The account at Cloudflare that the stored login is for; None if no login is stored."""
    from pywrangler.cloudflare.service import api_base_url
    from pywrangler.commands.context.accounts import ACCOUNT_VARIABLE, choose_account
    from pywrangler.commands.context.clients import cloudflare_client
    from pywrangler.credentials.logins import DEFAULT_PROFILE, stored_login

    profile = run.options.profile
    login = stored_login(run.home, profile or DEFAULT_PROFILE)
    if login is None:
        return None
    api = api_base_url(run.service_environment)
    named = (configuration.account_id, run.environment.get(ACCOUNT_VARIABLE), login.account_id)
    client = cloudflare_client(login, api, run.environment, run.console.debug)
    try:
        chosen = choose_account(named, client, run.console.choose if run.is_interactive else None)
    finally:
        client.close()
    return RemoteAccount(chosen, api, profile)
