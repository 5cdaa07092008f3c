"""`pywrangler containers info`."""

from __future__ import annotations

from typing import Any

from pywrangler.cli.containers.choice import ApplicationId, application_id
from pywrangler.cli.invocation import Invocation
from pywrangler.cli.options import AsJson


def info(run: Invocation, application: ApplicationId, as_json: AsJson = False) -> None:
    """Show one container application: as lines on a terminal, else as JSON.

    Example: pywrangler containers info 8b2b0a5e-6f0e-4f0e-9c55-0d8ad24d6a0f --json
    """
    from pywrangler.cloudflare.containers import get_application

    found = get_application(run.client, application_id(run, application))
    if as_json or not run.shows_output_to_a_person:
        run.console.json(found)
        return
    run.console.table(("FIELD", "VALUE"), list(_flat(found)))


def _flat(value: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Nested fields as one list, with dots between the names of a path."""
    rows: list[tuple[str, Any]] = []
    for name, entry in value.items():
        if isinstance(entry, dict) and entry:
            rows += _flat(entry, f"{prefix}{name}.")
        elif isinstance(entry, list):
            rows.append((prefix + name, ", ".join(str(item) for item in entry)))
        else:
            rows.append((prefix + name, entry))
    return rows
