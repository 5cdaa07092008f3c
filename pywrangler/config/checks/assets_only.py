"""Workers of static assets only: those without `main` that have `assets`, and nothing that needs code.

They have no bindings, and their files cannot be asked after the code. Rules are those of Wrangler 4.164.0
(`resolveAssetOptions`, `validateAssetsArgsAndConfig`, `createWorkerUploadForm`).
"""

from __future__ import annotations

from collections.abc import Mapping

from pywrangler.config.environments import Section
from pywrangler.config.given import Given
from pywrangler.config.problems.report import Report
from pywrangler.config.schema.other_products import CLOUDFLARE_BINDINGS, says_nothing

OF_CODE = ("containers", "durable_objects", "migrations", "exports", "workflows")
"""Fields that name classes of the code."""
BINDINGS = ("vars", "kv_namespaces", "secrets_store_secrets", "services", *CLOUDFLARE_BINDINGS)
"""Fields that make bindings, or come with the code."""


def is_assets_only(section: Section, given: Given) -> bool:
    """Whether this environment has static assets and no code."""
    node, main = section.get("assets"), section.get("main")
    has_assets = given.assets is not None or (node is not None and isinstance(node.value, Mapping))
    return has_assets and given.main is None and main is None and not code_fields(section)


def code_fields(section: Section) -> list[str]:
    """The fields of this environment that need code, in backquotes."""
    nodes = ((name, section.get(name)) for name in OF_CODE)
    return [f"`{name}`" for name, node in nodes if node is not None and not says_nothing(name, node.value)]


def check_assets_only(section: Section, report: Report) -> None:
    """Report what a Worker of static assets only cannot have."""
    assets = section.get("assets")
    names = ("binding", "run_worker_first")
    for field in filter(None, (assets.get(name) for name in names) if assets else ()):
        if field.value:
            message = f'"{field}" is about the code of the Worker, and there is no "main"'
            report.error("assets-without-code", message, field.key_place, 'Remove it, or add "main".')
    nodes = {name: node for name in BINDINGS if (node := section.get(name))}
    named = [node for name, node in nodes.items() if not says_nothing(name, node.value)]
    if named:
        listed = ", ".join(f'"{node}"' for node in named)
        message = f"A Worker of static assets only has no bindings, so these do nothing: {listed}"
        hint = 'Remove them, or add "main".'
        report.warning("bindings-without-code", message, named[0].key_place, hint)
