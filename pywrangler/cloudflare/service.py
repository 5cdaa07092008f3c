"""Which API answers: its addresses, and what to advise when it refuses or cannot be reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pywrangler.errors import UsageError


@dataclass(frozen=True)
class Service:
    """What error messages say about the API that is spoken to."""

    name: str
    denied_hint: str
    """For HTTP 401 and 403."""
    unreachable_hint: str


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
)
LOCAL_PLATFORM = Service(
    name="The local platform",
    denied_hint="Its token changed. Run `pywrangler local stop`, then repeat the command.",
    unreachable_hint="Run `pywrangler local status` and `pywrangler local logs`, then repeat the command.",
)


REGION_VARIABLE = "CLOUDFLARE_COMPLIANCE_REGION"


def with_region(environment: Mapping[str, str], region: object) -> Mapping[str, str]:
    """The environment with the configuration's `compliance_region`, where that says one. Raises `UsageError`
    when both say one and they differ, as Wrangler does (4.164).
    """
    if not isinstance(region, str) or not region:
        return environment
    said = environment.get(REGION_VARIABLE)
    if said and said != region:
        raise UsageError(
            f"The configuration's compliance_region is `{region}`, and {REGION_VARIABLE} is `{said}`.",
            hint="Say it in one place only.",
        )
    return {**environment, REGION_VARIABLE: region}


def _compliance_subdomain(environment: Mapping[str, str]) -> str:
    """What stands between host and domain for a compliance region: nothing, or `.fed`.

    Wrangler 4.164: `api.fed.cloudflare.com` and `registry.fed.cloudflare.com` for `fedramp_high`.
    """
    region = environment.get(REGION_VARIABLE) or "public"
    if region not in ("public", "fedramp_high"):
        raise UsageError(
            f"{REGION_VARIABLE}, or compliance_region in the configuration, is `{region}`.",
            hint="It is `public` or `fedramp_high`.",
        )
    return ".fed" if region == "fedramp_high" else ""


def is_fedramp_high(environment: Mapping[str, str]) -> bool:
    """Whether the commands act in the FedRAMP High region, which has no Secrets Store."""
    return _compliance_subdomain(environment) != ""


def api_base_url(environment: Mapping[str, str]) -> str:
    """The API's base address, without a slash at the end."""
    if chosen := environment.get("CLOUDFLARE_API_BASE_URL"):
        return chosen.rstrip("/")
    staging = ".staging" if environment.get("WRANGLER_API_ENVIRONMENT") == "staging" else ""
    return f"https://api{_compliance_subdomain(environment)}{staging}.cloudflare.com/client/v4"


def managed_registry(environment: Mapping[str, str]) -> str:
    """The host (with port where there is one) of the registry that Cloudflare manages for each account."""
    if chosen := environment.get("CLOUDFLARE_CONTAINER_REGISTRY"):
        return chosen
    staging = "staging." if environment.get("WRANGLER_API_ENVIRONMENT") == "staging" else ""
    return f"{staging}registry{_compliance_subdomain(environment)}.cloudflare.com"
