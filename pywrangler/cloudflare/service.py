"""The API that commands use: its addresses, and advice when it refuses or cannot be reached."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pywrangler.dataclass import dataclass
from pywrangler.errors import UsageError


@dataclass(frozen=True)
class Service:
    """The words of error messages about the API."""

    name: str
    denied_hint: str
    """For HTTP 401 and 403."""
    unreachable_hint: str
    failing_hint: str
    """For HTTP 500 and more."""
    unknown_hint: str | None = None
    """For a path that the API does not have (code 7003)."""
    shows_requests: bool = True
    """Whether a refusal shows the request and its status, by which Cloudflare's support finds it."""


CLOUDFLARE = Service(
    name="Cloudflare",
    denied_hint=(
        "Check, in this order:\n"
        "  1. the token is active and is the one you mean (`pywrangler whoami`);\n"
        "  2. it may edit what containers need: Workers Scripts, Containers and Cloudchamber"
        " (for images, secrets and KV also Secrets Store and Workers KV Storage);\n"
        "  3. it covers this account (CLOUDFLARE_ACCOUNT_ID, or account_id in the configuration);\n"
        "  4. the account has the Workers Paid plan, which containers need."
    ),
    unreachable_hint="Check the network, HTTPS_PROXY and CLOUDFLARE_API_BASE_URL, then repeat the command.",
    failing_hint="Repeat the command later. https://www.cloudflarestatus.com lists known problems.",
    unknown_hint=(
        "Check the account's id (CLOUDFLARE_ACCOUNT_ID, or account_id in the configuration),"
        " and the ids in the command."
    ),
)
LOCAL_PLATFORM = Service(
    name="The local platform",
    denied_hint="Its token changed. Run `pywrangler local stop`, then repeat the command.",
    unreachable_hint="Run `pywrangler local status` and `pywrangler local logs`, then repeat the command.",
    failing_hint="`pywrangler local logs` shows why.",
    shows_requests=False,
)


API_VARIABLE = "CLOUDFLARE_API_BASE_URL"
REGISTRY_VARIABLE = "CLOUDFLARE_CONTAINER_REGISTRY"
REGION_VARIABLE = "CLOUDFLARE_COMPLIANCE_REGION"


def with_region(environment: Mapping[str, str], region: object) -> Mapping[str, str]:
    """The environment with the configuration's `compliance_region`, if it has one. Raises `UsageError` if
    both have one and they differ, as Wrangler does (4.164).
    """
    if not isinstance(region, str) or not region:
        return environment
    said = environment.get(REGION_VARIABLE)
    if said and said != region:
        raise UsageError(
            f"The configuration's compliance_region is `{region}`, but {REGION_VARIABLE} is `{said}`.",
            hint="Set it in one place only.",
        )
    return {**environment, REGION_VARIABLE: region}


def _compliance_subdomain(environment: Mapping[str, str]) -> str:
    """The part between host and domain for a compliance region: nothing, or `.fed`.

    Wrangler 4.164: `api.fed.cloudflare.com` and `registry.fed.cloudflare.com` for `fedramp_high`.
    """
    region = environment.get(REGION_VARIABLE) or "public"
    if region not in ("public", "fedramp_high"):
        raise UsageError(
            f"{REGION_VARIABLE}, or compliance_region in the configuration, is `{region}`.",
            hint="Use `public` or `fedramp_high`.",
        )
    return ".fed" if region == "fedramp_high" else ""


def is_fedramp_high(environment: Mapping[str, str]) -> bool:
    """Whether the commands act in the FedRAMP High region, which has no Secrets Store."""
    return _compliance_subdomain(environment) != ""


def api_base_url(environment: Mapping[str, str]) -> str:
    """The API's base address, without a slash at the end. Raises `UsageError` if it cannot be one."""
    if chosen := environment.get(API_VARIABLE):
        from pywrangler.cloudflare.transport import checked_address

        return checked_address(chosen, API_VARIABLE).rstrip("/")
    staging = ".staging" if environment.get("WRANGLER_API_ENVIRONMENT") == "staging" else ""
    return f"https://api{_compliance_subdomain(environment)}{staging}.cloudflare.com/client/v4"


def _is_host(text: str) -> bool:
    found = re.fullmatch(r"(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::(?P<port>\d{1,5}))?", text)
    return found is not None and int(found["port"] or 0) < 65536


def managed_registry(environment: Mapping[str, str]) -> str:
    """The host (with port if there is one) of the registry that Cloudflare manages for each account.

    Raises `UsageError` if the environment names something else than a host.
    """
    if chosen := environment.get(REGISTRY_VARIABLE):
        if not _is_host(chosen):
            raise UsageError(
                f"{REGISTRY_VARIABLE} is `{chosen}`, which is not a host.",
                hint="Write only the host, and its port if it has one: `registry.cloudflare.com`.",
            )
        return chosen
    staging = "staging." if environment.get("WRANGLER_API_ENVIRONMENT") == "staging" else ""
    return f"{staging}registry{_compliance_subdomain(environment)}.cloudflare.com"
