"""Makes the REST clients of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pywrangler.cloudflare.auth import Auth
    from pywrangler.cloudflare.client import Client
    from pywrangler.credentials.records import Login
    from pywrangler.local.protocol import Status


def cloudflare_client(
    login: Login, base_url: str, environment: Mapping[str, str], debug: Callable[[str], None]
) -> Client:
    """A client for Cloudflare at `base_url` that acts on no account yet."""
    from pywrangler.cloudflare.client import Client

    return Client(base_url, None, _auth(login), environment=environment, debug=debug)


def platform_client(status: Status, debug: Callable[[str], None]) -> Client:
    """A client for the local platform with this status.

    It uses no proxy and no certificates of the environment: the platform is on loopback.
    """
    from pywrangler.cloudflare.auth import ApiToken
    from pywrangler.cloudflare.client import Client
    from pywrangler.cloudflare.service import LOCAL_PLATFORM
    from pywrangler.sensitive import Sensitive

    return Client(
        status.url, status.account_id, ApiToken(Sensitive(status.token)), service=LOCAL_PLATFORM, debug=debug
    )


def _auth(login: Login) -> Auth:
    from pywrangler.cloudflare.auth import ApiToken, GlobalKey

    return GlobalKey(login.email, login.secret) if login.email is not None else ApiToken(login.secret)
