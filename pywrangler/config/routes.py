"""Checks what the schema cannot say about `route` and `routes`. Rules are Wrangler 4.164.0's
(`isValidRouteValue`, `validateRoutes`).
"""

from __future__ import annotations

from collections.abc import Mapping

from pywrangler.config.document import Node
from pywrangler.config.environments import Section
from pywrangler.config.report import Report

_PLACES = ("zone_id", "zone_name", "custom_domain")


def check_routes(section: Section, report: Report) -> None:
    """Reports routes that Cloudflare cannot have."""
    route, routes = section.get("route"), section.get("routes")
    if route and routes and route.value and routes.value:
        hint = "Move what `route` says into `routes`."
        report.error("routes-twice", 'There are "route" and "routes"; only one can be', route.key_place, hint)
    for node in ([route] if route else []) + section.children("routes"):
        if isinstance(node.value, Mapping) and node.text("pattern"):
            _check_route(node, report)


def _check_route(node: Node, report: Report) -> None:
    pattern = node.get("pattern") or node
    zone_id, zone_name = node.get("zone_id"), node.get("zone_name")
    if zone_id and zone_name:
        message = f'"{zone_id}" and "{zone_name}" are both set'
        report.error("two-zones", message, zone_name.key_place, "Remove one of them.")
    if not any(node.get(name) for name in _PLACES):
        message = f'"{node}" says neither which zone it belongs to nor that it is a custom domain'
        hint = 'Add "zone_name", or "custom_domain": true; or write the pattern alone, as a text.'
        report.error("route-without-zone", message, node.place, hint)
    for name in ("enabled", "previews_enabled"):
        if (only := node.get(name)) and node.get("custom_domain") is None:
            message = f'"{only}" is about custom domains, and "{node}" has no "custom_domain"'
            report.error("route-without-domain", message, only.key_place)
    if node.flag("custom_domain") and any(mark in pattern.value for mark in "*/"):
        message = f'"{pattern}" is "{pattern.value}"; a custom domain is a host name alone'
        host = pattern.value.partition("://")[2] or pattern.value
        host = host.partition("/")[0].removeprefix("*.")
        report.error("custom-domain-pattern", message, pattern.place, f'Write "{host}".')
