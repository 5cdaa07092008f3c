"""`pywrangler versions secret list`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.options import AsJson, WorkerName
from pywrangler.commands.shared.unknown_names import expecting_worker
from pywrangler.commands.shared.worker_name import worker_name
from pywrangler.errors import PywranglerError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pywrangler.cloudflare.client import Client

Latest = Annotated[
    bool, typer.Option("--latest-version", help="Only the newest version, whether it serves or not.")
]
SECRET = "secret_text"  # noqa: S105 - a type of bindings


def list_(
    run: Invocation, name: WorkerName = None, latest_version: Latest = False, as_json: AsJson = False
) -> None:
    """List the names of the secrets of the versions that serve a Worker's requests.

    Example: pywrangler versions secret list --latest-version
    """
    worker = worker_name(run, name)
    with expecting_worker(run.client, worker):
        found = _newest(run.client, worker) if latest_version else _serving(run.client, worker)
    if as_json:
        run.console.json([_shown(version, share) for version, share in found])
        return
    for version, share in found:
        run.console.result(f"-- Version {version['id']} ({share:g}%) secrets --")
        for secret in _names(version):
            run.console.result(f"Secret Name: {secret}")
        run.console.result("")


def _serving(client: Client, worker: str) -> Sequence[tuple[Mapping[str, Any], float]]:
    from pywrangler.cloudflare.workers import get_version

    shares = _shares(client, worker)
    return [(get_version(client, worker, each), share) for each, share in shares.items()]


def _newest(client: Client, worker: str) -> Sequence[tuple[Mapping[str, Any], float]]:
    from pywrangler.cloudflare.scripts.versions import newest_version
    from pywrangler.cloudflare.workers import get_version

    newest = newest_version(client, worker)
    if newest is None:
        raise PywranglerError(
            f"The Worker {worker} has no versions.", hint="Upload one with `pywrangler versions upload`."
        )
    if "resources" not in newest:  # Cloudflare's list is short about each version
        newest = get_version(client, worker, str(newest["id"]))
    return [(newest, _shares(client, worker).get(str(newest["id"]), 0))]


def _shares(client: Client, worker: str) -> dict[str, float]:
    """The percentages of the versions that serve, by version."""
    from pywrangler.cloudflare.scripts.versions import list_deployments

    last = max(list_deployments(client, worker), key=_created_on, default={})
    return {str(each["version_id"]): each["percentage"] for each in last.get("versions") or ()}


def _created_on(deployment: Mapping[str, Any]) -> str:
    """When a deployment was made, as the API says it."""
    return str(deployment.get("created_on", ""))


def _names(version: Mapping[str, Any]) -> list[str]:
    bindings = (version.get("resources") or {}).get("bindings") or ()
    return [str(each["name"]) for each in bindings if each.get("type") == SECRET]


def _shown(version: Mapping[str, Any], share: float) -> dict[str, Any]:
    secrets = [{"name": name, "type": SECRET} for name in _names(version)]
    return {"version_id": version["id"], "percentage": share, "secrets": secrets}
