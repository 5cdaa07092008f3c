"""The cloud that a command acts on: decided from options, environment and stored logins alone."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pywrangler.errors import MissingError, UsageError

TARGET_VARIABLE = "PYWRANGLER_TARGET"
TOKEN_VARIABLE = "CLOUDFLARE_API_TOKEN"  # noqa: S105 - a name


class Target(StrEnum):
    """The cloud a command acts on."""

    CLOUDFLARE = "cloudflare"
    LOCAL = "local"


def choose_target(
    remote: bool | None,
    environment: Mapping[str, str],
    *,
    is_logged_in: bool,
    is_local_by_default: bool = False,
) -> Target:
    """`--remote`/`--local`, otherwise PYWRANGLER_TARGET, otherwise Cloudflare when there are credentials,
    otherwise local.

    `is_logged_in` says whether a login is stored; for a command that `is_local_by_default` no credentials
    count. Raises `UsageError` for another word in the variable, `MissingError` for a token that is set and
    empty.
    """
    if remote is not None:
        return Target.CLOUDFLARE if remote else Target.LOCAL
    if named := environment.get(TARGET_VARIABLE):
        try:
            return Target(named.lower())
        except ValueError:
            raise UsageError(
                f"{TARGET_VARIABLE} is `{named}`.", hint="Use `cloudflare` or `local`."
            ) from None
    if is_local_by_default:
        return Target.LOCAL
    if has_credentials(environment) or is_logged_in:
        return Target.CLOUDFLARE
    if environment.get(TOKEN_VARIABLE) == "":
        # As where a build service has no value for a secret: whoever sets the variable means Cloudflare.
        raise MissingError(
            f"{TOKEN_VARIABLE} is set but empty.",
            hint="Give it a token for Cloudflare, or unset it (or add --local) for the local platform.",
            code="not-logged-in",
        )
    return Target.LOCAL


def has_credentials(environment: Mapping[str, str]) -> bool:
    """Whether the environment holds a token, or a key with its e-mail address."""
    has_key = environment.get("CLOUDFLARE_API_KEY") and environment.get("CLOUDFLARE_EMAIL")
    return bool(has_key or environment.get("CLOUDFLARE_API_TOKEN"))
