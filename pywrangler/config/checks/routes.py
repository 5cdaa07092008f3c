"""Checks what the schema cannot say about `route` and `routes`. Rules are Wrangler 4.164.0's
(`isValidRouteValue`, `validateRoutes`).
"""

from __future__ import annotations

from collections.abc import Mapping

from pywrangler.config.advice.snippets import snippet
from pywrangler.config.environments import Section, worker_name
from pywrangler.config.problems.report import Report
from pywrangler.config.syntax.document import Node

_PLACES = ("zone_id", "zone_name", "custom_domain")


def check_routes(section: Section, report: Report) -> None:
    """Reports routes that Cloudflare refuses, and inherited routes that an environment probably should not
    have.
    """
    for table in filter(None, (section.top, section.own)):
        _check_both(table, report)
    if section.own:
        _check_own_route(section.own, section, report)
    if section.environment:
        _check_inherited_domains(section, report)
    for node in _entries(section.get("route"), section.get("routes")):
        if isinstance(node.value, Mapping) and node.text("pattern"):
            _check_route(node, report)


def _check_both(table: Node, report: Report) -> None:
    """Reports a table with both `route` and `routes`. What it inherits does not matter, as with
    Wrangler.
    """
    route, routes = table.get("route"), table.get("routes")
    if route and routes and route.value and routes.value:
        hint = f"Move the content of `{route}` to `{routes}`."
        message = f"`{route}` and `{routes}` are both set; only one can be"
        report.error("routes-twice", message, route.key_place, hint)


def _check_own_route(own: Node, section: Section, report: Report) -> None:
    """Warns of an environment's `route` beside inherited `routes`: those win, with Wrangler (4.164), too."""
    route, routes = own.get("route"), section.get("routes")
    if route and route.value and routes and routes.value and own.get("routes") is None:
        message = f"`{route}` has no effect: `{own}` inherits `{routes}`, which replaces it"
        report.warning("route-without-effect", message, route.key_place, f"Write `routes` in `{own}`.")


def _check_inherited_domains(section: Section, report: Report) -> None:
    """Warns of an environment that would take the top level's custom domains."""
    worker, target = section.top.text("name"), worker_name(section)
    own = section.own
    inherited = [
        section.top.get(name) if own is None or own.get(name) is None else None
        for name in ("route", "routes")
    ]
    domains = [node.text("pattern") for node in _entries(*inherited) if node.flag("custom_domain")]
    if not domains or worker == target or (own and own.get("routes") is not None):
        return
    noun = "domain" if len(domains) == 1 else "domains"
    where = f"`{own}`" if own else f"The environment `{section.environment}`"
    message = (
        f"{where} inherits the custom {noun} {', '.join(f'`{domain}`' for domain in domains)}; a deploy of it"
        f" takes the {noun} from the Worker `{worker}`"
    )
    example = snippet(section.top.document.syntax, {"routes": []})
    hint = f"Add to the environment, or repeat its routes there:\n{example}"
    report.warning("domain-inherited", message, own.key_place if own else None, hint)


def _entries(route: Node | None, routes: Node | None) -> list[Node]:
    return [*([route] if route else []), *(routes.elements() if routes else [])]


def _check_route(node: Node, report: Report) -> None:
    pattern = node.get("pattern") or node
    zone_id, zone_name = node.get("zone_id"), node.get("zone_name")
    if zone_id and zone_name:
        message = f'"{zone_id}" and "{zone_name}" are both set'
        report.error("two-zones", message, zone_name.key_place, "Remove one of them.")
    if not any(node.get(name) for name in _PLACES):
        message = f'"{node}" has neither a zone nor "custom_domain"'
        hint = 'Add "zone_name", or "custom_domain": true; or write the pattern alone, as a string.'
        report.error("route-without-zone", message, node.place, hint)
    for name in ("enabled", "previews_enabled"):
        if (only := node.get(name)) and node.get("custom_domain") is None:
            message = f'"{only}" is for custom domains, and "{node}" has no "custom_domain"'
            report.error("route-without-domain", message, only.key_place)
    if node.flag("custom_domain") and any(mark in pattern.value for mark in "*/"):
        message = f'"{pattern}" is "{pattern.value}"; a custom domain is a host name alone'
        host = pattern.value.partition("://")[2] or pattern.value
        host = host.partition("/")[0].removeprefix("*.")
        report.error("custom-domain-pattern", message, pattern.place, f'Write "{host}".')
