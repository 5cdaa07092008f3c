"""Which cloud a command acts on: decided from options, environment and stored logins alone."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pywrangler.errors import UsageError

TARGET_VARIABLE = "PYWRANGLER_TARGET"


class Target(StrEnum):
    """The cloud a command acts on."""

    CLOUDFLARE = "cloudflare"
    LOCAL = "local"


def choose_target(remote: bool | None, environment: Mapping[str, str], *, is_logged_in: bool) -> Target:
    """`--remote`/`--local`, else PYWRANGLER_TARGET, else Cloudflare when there are credentials, else local.

    `is_logged_in` says whether a login is stored. Raises `UsageError` for another word in the variable.
    """
    if remote is not None:
        return Target.CLOUDFLARE if remote else Target.LOCAL
    if named := environment.get(TARGET_VARIABLE):
        try:
            return Target(named.lower())
        except ValueError:
            raise UsageError(
                f"{TARGET_VARIABLE} is `{named}`.", hint="It is `cloudflare` or `local`."
            ) from None
    return Target.CLOUDFLARE if has_credentials(environment) or is_logged_in else Target.LOCAL


def has_credentials(environment: Mapping[str, str]) -> bool:
    """Whether the environment holds a token, or a key with its e-mail address."""
    has_key = environment.get("CLOUDFLARE_API_KEY") and environment.get("CLOUDFLARE_EMAIL")
    return bool(has_key or environment.get("CLOUDFLARE_API_TOKEN"))
