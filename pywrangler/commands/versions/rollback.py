"""`pywrangler rollback`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.options import WorkerName
from pywrangler.commands.shared.worker_name import worker_name
from pywrangler.commands.versions.options import CodeUpdate, Yes, code_update
from pywrangler.commands.versions.shapes import labelled, version_fields
from pywrangler.commands.versions.whole_ids import whole_id
from pywrangler.errors import ApiError, ExitStatus, PywranglerError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pywrangler.cloudflare.client import Client

VersionToBe = Annotated[
    str | None,
    typer.Argument(
        metavar="[VERSION]",
        help="The version's id or its first 8 characters; default: what served all requests before.",
    ),
]
Reason = Annotated[
    str | None, typer.Option("--message", "-m", metavar="TEXT", help="The reason for this rollback.")
]
DEFAULT_MESSAGE = "Rollback"


def rollback(
    run: Invocation,
    version: VersionToBe = None,
    name: WorkerName = None,
    message: Reason = None,
    yes: Yes = False,
    code_update_mode: CodeUpdate = None,
) -> int:
    """Let an earlier version of a Worker serve all requests again, with the images of its containers.

    Data in Durable Objects, D1, R2 and KV stays as it is, and migrations are not undone.

    Example: pywrangler rollback --message "too slow"
    """
    from pywrangler.cloudflare.scripts.versions import list_deployments
    from pywrangler.cloudflare.workers import get_version
    from pywrangler.commands.versions.images import bring_images_back

    worker = worker_name(run, name, has_suffix=False)
    strategy = code_update(run, code_update_mode)
    client = run.changing_client()
    chosen = whole_id(client, worker, version) if version else find_former(list_deployments(client, worker))
    if chosen is None:
        raise PywranglerError(
            f"No earlier deployment of {worker} has one version that serves all requests.",
            hint="Name the version: `pywrangler versions list` shows them.",
            code="no-former-version",
        )
    found = get_version(client, worker, chosen)
    run.console.info(labelled(version_fields(found)), multiline=True)
    asks = run.is_interactive and not yes
    if asks and message is None:
        message = run.console.ask("Message for this rollback", default=DEFAULT_MESSAGE)
    if asks and not run.console.confirm("Let this version serve all requests?", default=True):
        run.console.info("Cancelled. Nothing was changed.")
        return ExitStatus.OK
    made = _deploy(run, client, worker, chosen, message or DEFAULT_MESSAGE, strategy, asks=asks)
    if made is None:
        run.console.info("Cancelled. Nothing was changed.")
        return ExitStatus.OK
    bring_images_back(run, client, worker, chosen, made)
    run.console.success(f"Version {chosen} of {worker} serves all requests.")
    run.console.result(f"Current Version ID: {chosen}")
    return ExitStatus.OK


def find_former(deployments: Sequence[Mapping[str, Any]]) -> str | None:
    """The version of the newest deployment before the last that let one version serve all requests."""
    newest_first = sorted(deployments, key=lambda each: str(each.get("created_on", "")), reverse=True)
    shares = (share for each in newest_first[1:] for share in each.get("versions") or ())
    return next((str(share["version_id"]) for share in shares if share["percentage"] == 100), None)


def _deploy(
    run: Invocation,
    client: Client,
    worker: str,
    version: str,
    message: str,
    strategy: Mapping[str, Any],
    *,
    asks: bool,
) -> dict[str, Any] | None:
    """The deployment just made; None if the user does not want it because of changed secrets."""
    from pywrangler.cloudflare.scripts.versions import SECRETS_CHANGED, create_deployment

    try:
        return create_deployment(client, worker, {version: 100}, message, strategy)
    except ApiError as error:
        if error.api_code != SECRETS_CHANGED:
            raise
        run.console.warning(f"Secrets were changed since this version was deployed: {error.message}")
    if asks and not run.console.confirm("Deploy it nevertheless?", default=True):
        return None
    return create_deployment(client, worker, {version: 100}, message, strategy, force=True)
