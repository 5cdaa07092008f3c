"""Workers that consume what another one has handled, where they must be deployed before they can."""

from __future__ import annotations

from pywrangler.cloudflare import workers
from pywrangler.cloudflare.client import Client
from pywrangler.config.records import Configuration


def missing_consumers(client: Client, configuration: Configuration) -> tuple[str, ...]:
    """The Workers in `tail_consumers` that do not exist; the Worker itself is about to."""
    entries = configuration.cloudflare.get("tail_consumers") or ()
    names = dict.fromkeys(
        str(entry["service"]) for entry in entries if entry["service"] != configuration.name
    )
    return tuple(name for name in names if workers.find_worker(client, name) is None)


def describe_missing(name: str) -> str:
    """The warning that a consumer does not exist."""
    return (
        f"The Worker `{name}` of `tail_consumers` is not deployed here: events are lost until it is."
        " Deploy it, too; this Worker need not be deployed again."
    )
