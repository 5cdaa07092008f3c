"""Options that several commands about versions have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pywrangler.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pywrangler.commands.context.invocation import Invocation

LONGEST_SECONDS = 86_400
UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400}

VersionId = Annotated[
    str, typer.Argument(metavar="VERSION", help="The version's id, or at least its first 8 characters.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing, and take the defaults.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check what was given, and change nothing.")]
CodeUpdate = Annotated[
    str | None,
    typer.Option(
        "--durable-objects-code-update-mode",
        metavar="MODE",
        help='When Durable Objects get the new code: `immediate`, or "deferred 5m".',
    ),
]


def code_update(run: Invocation, text: str | None) -> Mapping[str, Any]:
    """When Durable Objects get new code: what the option says, else the configuration. Raises
    `UsageError`.
    """
    from pywrangler.cloudflare.scripts.versions import DEFERRED

    if text is None:
        fields = run.project.fields
        written = ((fields.get("durable_objects") if fields else None) or {}).get("code_update_strategy")
        if not written:
            return DEFERRED
        if written["mode"] == "immediate":
            return {"mode": "immediate"}
        return {"mode": "deferred", "max_delay": written.get("max_delay", DEFERRED["max_delay"])}
    words = text.split()
    if words == ["immediate"]:
        return {"mode": "immediate"}
    if len(words) == 2 and words[0] == "deferred":
        seconds = _seconds(words[1])
        if seconds is not None and seconds <= LONGEST_SECONDS:
            return {"mode": "deferred", "max_delay": int(seconds) if seconds == int(seconds) else seconds}
    raise UsageError(
        f'--durable-objects-code-update-mode is "{text}".',
        hint='Write `immediate`, or `"deferred DURATION"` with a duration up to 24h.',
    )


def _seconds(text: str) -> float | None:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)?", text)
    return float(found[1]) * UNITS[found[2] or "s"] if found else None
