"""Routes and custom domains of a Worker, from the configuration's form to the API's: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pywrangler.config.records import Configuration
from pywrangler.dataclass import dataclass
from pywrangler.errors import UsageError

DOMAIN_FIELDS = ("zone_id", "zone_name", "enabled", "previews_enabled")
FIELDS = ("pattern", "custom_domain", *DOMAIN_FIELDS)


@dataclass(frozen=True)
class Routes:
    """Patterns of routes and custom domains, as the API takes them."""

    patterns: tuple[Mapping[str, Any], ...] = ()
    domains: tuple[Mapping[str, Any], ...] = ()

    @property
    def targets(self) -> list[str]:
        """The routes and domains in words."""
        return [
            *(route["pattern"] for route in self.patterns),
            *(f"{domain['hostname']} (custom domain)" for domain in self.domains),
        ]


def plan_routes(configuration: Configuration) -> Routes:
    """The routes that the configuration (`route`, `routes`) asks for. Raises `UsageError`."""
    written = configuration.cloudflare
    entries = [*([written["route"]] if written.get("route") else []), *(written.get("routes") or ())]
    routes = [{"pattern": entry} if isinstance(entry, str) else _known_fields(entry) for entry in entries]
    for route in routes:
        _check(route)
    return Routes(
        tuple(route for route in routes if not route.get("custom_domain")),
        tuple(_domain(route) for route in routes if route.get("custom_domain")),
    )


def domain_request(domains: Sequence[Mapping[str, Any]], *, takes_used: bool) -> dict[str, Any]:
    """The request that makes these the Worker's custom domains; `takes_used` also those that lead elsewhere
    now.
    """
    return {
        "override_scope": True,
        "override_existing_origin": takes_used,
        "override_existing_dns_record": takes_used,
        "origins": list(domains),
    }


def used_domains(changes: Mapping[str, Any]) -> list[str]:
    """The domains that lead elsewhere now, from what the API says that setting them would change."""
    taken = [domain for domain in changes.get("updated") or () if domain.get("modified")]
    return [domain["hostname"] for domain in (*taken, *(changes.get("conflicting") or ()))]


def _known_fields(written: Mapping[str, Any]) -> dict[str, Any]:
    """Others are ignored, as the check of the configuration says."""
    return {name: written[name] for name in FIELDS if name in written}


def _check(route: Mapping[str, Any]) -> None:
    pattern = route["pattern"]
    if not pattern:
        raise UsageError("A route has no pattern.")
    if route.get("custom_domain") and ("*" in pattern or "/" in pattern):
        raise UsageError(
            f"The custom domain `{pattern}` in the configuration has a path or an asterisk.",
            hint="A custom domain is a host name; use a route for patterns.",
        )


def _domain(route: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: route[name] for name in DOMAIN_FIELDS if name in route}
    return {"hostname": route["pattern"], **given}
