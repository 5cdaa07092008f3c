"""`pywrangler containers registries list`."""

from __future__ import annotations

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.options import AsJson
from pywrangler.console import local_time


def list_(run: Invocation, as_json: AsJson = False) -> None:
    """List the registries that are configured for the account: as a table on a terminal, otherwise as JSON.

    Example: pywrangler containers registries list --json
    """
    from pywrangler.cloudflare.registries import list_registries

    found = list_registries(run.client)
    if as_json or not run.shows_output_to_a_person:
        run.console.json(found)
    elif not found:
        run.console.info("No registries are configured.")
    else:
        rows = [(r.get("domain"), r.get("kind"), local_time(r.get("created_at"))) for r in found]
        run.console.table(("DOMAIN", "KIND", "CREATED"), rows)
