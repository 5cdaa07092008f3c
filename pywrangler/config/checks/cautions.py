"""Settings that work but are probably not intended: warnings of Wrangler (4.164) that do not belong to a
single field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pywrangler.config.advice.snippets import snippet
from pywrangler.config.environments import Section, is_generated
from pywrangler.config.problems.report import Report
from pywrangler.config.schema.other_products import says_nothing
from pywrangler.config.syntax.document import Node
from pywrangler.path_steps import ANYTHING, path_matcher

SUPPORTED_BINDINGS = tuple(
    "plain_text secret_text json wasm_module data_blob text_blob browser analytics ai images kv_namespace"  # noqa: SIM905 - a list to read
    " durable_object_namespace d1_database vectorize ai_search_namespace ai_search agent_memory hyperdrive"
    " r2_bucket service logfwdr mtls_certificate pipeline k2 worker_loader vpc_service flagship vpc_network"
    " stream media artifacts".split()
)
"""Types of `unsafe.bindings` that have a separate field, as Wrangler lists them."""
_TYPES_WITH_DEFAULT_RULES = ("Text", "Data", "CompiledWasm")


def check_cautions(section: Section, report: Report) -> None:
    """Warns of what is odd in this environment."""
    _check_minify(section, report)
    _check_services(section, report)
    _check_empty(section, report)
    _check_name(section, report)
    _check_unsafe(section, report)
    _check_rules(section, report)
    _check_asset_routes(section, report)
    _check_placement(section, report)


def _check_empty(section: Section, report: Report) -> None:
    """Strings that a user left empty; generated files are full of them."""
    if is_generated(section.top):
        return
    for name in ("account_id", "route"):
        if (node := section.get(name)) and node.value == "":
            report.warning("empty-field", f"`{node}` is empty and ignored", node.key_place, "Remove it.")


def _check_name(section: Section, report: Report) -> None:
    environments = section.top.get("env")
    if environments and environments.value and not section.top.get("name"):
        message = "There are environments and no `name` at the top level, which groups them at Cloudflare"
        example = snippet(section.top.document.syntax, {"name": "my-worker"})
        report.warning("environments-without-name", message, environments.key_place, f"Add:\n{example}")


def _check_unsafe(section: Section, report: Report) -> None:
    tables = [table for table in (section.top, section.own) if table]
    unsafe = [node for table in tables if (node := table.get("unsafe"))]
    buckets = [bucket for table in tables for bucket in table.children("r2_buckets")]
    credentials = (bucket.at("local_dev", "experimental_s3_credentials") for bucket in buckets)
    is_used = (node for node in unsafe if not says_nothing("unsafe", node.value))
    for node in filter(None, (next(is_used, None), *credentials)):
        message = f"`{node}` is experimental: it may change or stop working at any time"
        report.warning("experimental-field", message, node.key_place)
    for binding in (binding for node in unsafe for binding in node.children("bindings")):
        kind = binding.get("type")
        if kind and kind.value in SUPPORTED_BINDINGS:
            message = f"`{kind}` is `{kind.value}`, and bindings of this type have a separate field"
            report.warning("binding-unsafe", message, kind.place, "Move the binding there.")
        elif kind and kind.value == "metadata":
            message = f"`{kind}` is `metadata`, whose `deployment` is deprecated"
            report.warning("binding-unsafe", message, kind.place, "Write `version_metadata` instead.")


def _check_minify(section: Section, report: Report) -> None:
    minify = section.get("minify")
    if minify and minify.value is True and section.flag("no_bundle"):
        message = f"`{minify}` has no effect: `no_bundle` leaves the code as it is"
        report.warning(
            "minify-without-bundle", message, minify.key_place, "Remove it, or minify the code yourself."
        )


def _check_services(section: Section, report: Report) -> None:
    tables = [table for table in (section.top, section.own) if table]
    for service in (service for table in tables for service in table.children("services")):
        if (remote := service.get("remote")) and remote.value is True and service.get("dev"):
            message = f"`{remote}` has no effect together with `{service}.dev`"
            report.warning("remote-without-effect", message, remote.key_place, "Remove one of them.")


def _check_rules(section: Section, report: Report) -> None:
    """Rules that are never reached: without `fallthrough` one rule is the last for its type."""
    rules = section.children("rules")
    for number, rule in enumerate(rules):
        kind = rule.text("type")
        later = [other for other in rules[number + 1 :] if other.text("type") == kind]
        is_first = all(other.text("type") != kind or other.flag("fallthrough") for other in rules[:number])
        if rule.get("fallthrough") or not is_first or not (later or kind in _TYPES_WITH_DEFAULT_RULES):
            continue
        ignored = f"`{later[0]}`" if later else f"the default rule for `{kind}`"
        message = f"`{rule}` is the last rule for `{kind}`, so {ignored} is ignored"
        hint = "Add `fallthrough`: true to use that, too, or false to hide this warning."
        report.warning("rule-ignored", message, rule.place, hint)


def _check_asset_routes(section: Section, report: Report) -> None:
    """Static assets and routes that do not meet."""
    assets = section.get("assets")
    if assets is None or not isinstance(assets.value, Mapping):
        return
    route = section.get("route")
    routes = section.children("routes") or ([route] if route and route.value else [])
    if not assets.flag("run_worker_first"):
        for node in filter(_has_path, routes):
            path = _pattern(node).partition("/")[2]
            message = f"`{node}` is `{_pattern(node)}`, so its static assets are those in `{path or '*'}`"
            hint = f"Paths below `{assets.get('directory') or assets}` are those of whole addresses."
            report.warning("assets-below-path", message, node.place, hint)
    path = f"/{(assets.text('base_path') or '').strip('/')}"
    reached = any(_leads_to(node, path) for node in routes)
    if path != "/" and not reached and section.flag("workers_dev") is False:
        base = assets.get("base_path") or assets
        message = f"No route leads to `{base}`, `{path}`"
        report.warning("assets-out-of-reach", message, base.place, "Add one, or set `workers_dev` to true.")


def _has_path(route: Node) -> bool:
    """Whether it is a route to anything but `host/*`."""
    return not route.flag("custom_domain") and not re.fullmatch(r"[^/]*/\*", _pattern(route))


def _leads_to(route: Node, path: str) -> bool:
    if route.flag("custom_domain"):
        return route.flag("enabled") is not False
    slash, wanted = re.sub(r"^https?://", "", _pattern(route)).partition("/")[1:]
    pattern = ANYTHING.join(map(re.escape, (slash + wanted).split("*")))
    return bool(slash) and path_matcher(pattern)(path)


def _pattern(route: Node) -> str:
    return route.value if isinstance(route.value, str) else route.text("pattern") or ""


def _check_placement(section: Section, report: Report) -> None:
    mode, first = section.at("placement", "mode"), section.at("assets", "run_worker_first")
    if mode and first and mode.value == "smart" and first.value is True:
        message = f"`{mode}` is `smart` and `{first}` true, so requests for files go to where the Worker is"
        hint = "This may be slower. Name in `run_worker_first` only the paths that the Worker must get."
        report.warning("assets-moved", message, mode.place, hint)
