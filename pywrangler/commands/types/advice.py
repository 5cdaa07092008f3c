"""What else the generated types of the runtime need, or replace, in a project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pywrangler.config import ConfigurationError, Fields
from pywrangler.config.problems.report import Report
from pywrangler.config.syntax.reading import read
from pywrangler.declarations.environment import NODE_BY_DEFAULT_FROM

if TYPE_CHECKING:
    from pywrangler.commands.context.invocation import Invocation

FORMER_PACKAGE = "@cloudflare/workers-types"


def advise(run: Invocation, fields: Fields) -> None:
    """Say which npm packages to remove or to add."""
    names = _types(fields.file.parent / (fields.get("tsconfig") or "tsconfig.json"))
    if any(name.startswith(FORMER_PACKAGE) for name in names):
        run.console.info(
            f"The generated types replace `{FORMER_PACKAGE}`: remove it from `types` in tsconfig.json,"
            " and uninstall it."
        )
    has_node = "node" in names and (fields.file.parent / "node_modules/@types/node").is_dir()
    if _has_node_compatibility(fields) and not has_node:
        run.console.info(
            "The Worker has Node.js compatibility. For its types, run `npm install --save-dev @types/node`"
            ' and add "node" to `types` in tsconfig.json.'
        )


def _types(tsconfig: Path) -> tuple[str, ...]:
    """`compilerOptions.types` of a file; nothing if it cannot be read."""
    try:
        options = read(tsconfig, Report()).root.get("compilerOptions")
    except ConfigurationError:
        return ()
    return options.texts("types") if options else ()


def _has_node_compatibility(fields: Fields) -> bool:
    flags = fields.get("compatibility_flags") or ()
    is_default = (fields.get("compatibility_date") or "") >= NODE_BY_DEFAULT_FROM
    return "nodejs_compat" in flags or (is_default and "no_nodejs_compat" not in flags)
