"""The account at Cloudflare of the stored login, where a command on the local platform needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywrangler.commands.context.invocation import Invocation

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client
    from pywrangler.config.records import Configuration


def stored_client(run: Invocation, configuration: Configuration) -> Client | None:
    """A client for the account at Cloudflare, by the stored login; None if no login is stored.

    The environment's token does not count: the platform, which gets the profile's name, could not read it.
    """
    from pywrangler.cloudflare.service import api_base_url
    from pywrangler.commands.context.accounts import ACCOUNT_VARIABLE, choose_account
    from pywrangler.commands.context.clients import cloudflare_client
    from pywrangler.credentials.logins import DEFAULT_PROFILE, stored_login

    login = stored_login(run.home, run.options.profile or DEFAULT_PROFILE)
    if login is None:
        return None
    address = api_base_url(run.service_environment)
    client = run.kept_open(cloudflare_client(login, address, run.environment, run.console.debug))
    named = (configuration.account_id, run.environment.get(ACCOUNT_VARIABLE), login.account_id)
    client.account_id = choose_account(named, client, run.console.choose if run.is_interactive else None)
    return client
