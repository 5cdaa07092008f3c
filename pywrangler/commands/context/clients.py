"""Makes the REST clients of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywrangler.version import VERSION

if TYPE_CHECKING:
    from pywrangler.cloudflare.auth import Auth
    from pywrangler.cloudflare.client import Client
    from pywrangler.commands.context.invocation import Invocation
    from pywrangler.credentials.records import Login
    from pywrangler.local.protocol import Status


def cloudflare_client(run: Invocation, login: Login) -> Client:
    """A client for Cloudflare that acts on no account yet."""
    from pywrangler.cloudflare.client import Client
    from pywrangler.cloudflare.service import api_base_url

    return Client(
        api_base_url(run.service_environment),
        None,
        _auth(login),
        environment=run.environment,
        debug=run.console.debug,
    )


def platform_client(run: Invocation, status: Status) -> Client:
    """A client for the local platform with this status; warns when that is of another version."""
    from pywrangler.cloudflare.auth import ApiToken
    from pywrangler.cloudflare.client import Client
    from pywrangler.cloudflare.service import LOCAL_PLATFORM
    from pywrangler.sensitive import Sensitive

    if status.version != VERSION:
        run.console.warning(
            f"The local platform runs pywrangler {status.version}, this is {VERSION}. "
            "Start it anew: pywrangler local stop && pywrangler local start"
        )
    # No proxy and no certificates of the environment: the platform is on loopback.
    return Client(
        status.url,
        status.account_id,
        ApiToken(Sensitive(status.token)),
        service=LOCAL_PLATFORM,
        debug=run.console.debug,
    )


def _auth(login: Login) -> Auth:
    from pywrangler.cloudflare.auth import ApiToken, GlobalKey

    return GlobalKey(login.email, login.secret) if login.email is not None else ApiToken(login.secret)
