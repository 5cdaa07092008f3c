"""`pywrangler workflows instances delete`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.input import parse_json, read_text
from pywrangler.commands.shared.options import AsJson
from pywrangler.commands.workflows.choice import (
    Port,
    WorkflowName,
    expecting_workflow,
    instance_id,
)
from pywrangler.errors import PywranglerError, UsageError

MAX_DELETED = 100


def delete(
    run: Invocation,
    name: WorkflowName,
    identifiers: Annotated[
        list[str] | None, typer.Argument(metavar="ID...", help="Ids of instances, or `latest`.")
    ] = None,
    filename: Annotated[
        str | None, typer.Option("--filename", metavar="FILE", help="A JSON file with a list of more ids.")
    ] = None,
    port: Port = None,  # noqa: ARG001
    as_json: AsJson = False,
) -> None:
    """Delete instances with what they have stored.

    Example: pywrangler workflows instances delete orders order-17 order-18
    """
    from pywrangler.cloudflare.workflows import delete_instances

    written = [*(identifiers or ()), *(_ids_in(run, Path(filename)) if filename else ())]
    if not written:
        raise UsageError("There is no instance to delete.", hint="Name at least one id, or a file of ids.")
    if len(written) > MAX_DELETED:
        raise UsageError(f"{len(written)} instances are too many at once: at most {MAX_DELETED} are allowed.")
    client = run.changing_client()
    chosen = [instance_id(client, name, each) for each in written]
    with expecting_workflow(client, name):
        response = delete_instances(client, name, chosen)
    if as_json:
        run.console.json(response)
    for deleted in response.get("deleted") or ():
        run.console.success(f"Deleted the instance {deleted['id']} of the Workflow {name}.")
    if errors := response.get("errors"):
        listed = ", ".join(f"`{each['id']}` ({each['message']})" for each in errors)
        raise PywranglerError(
            f"Not deleted: {listed}.",
            hint=f"`pywrangler workflows instances list {name}` shows the instances.",
            code="not-deleted",
        )


def _ids_in(run: Invocation, file: Path) -> list[str]:
    """The ids in a JSON file. Raises `UsageError`."""
    try:
        found = parse_json(read_text(run, file))
    except ValueError as error:
        raise UsageError(f"`{file}` is not JSON: {error}.") from error
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise UsageError(f"`{file}` is not a list of ids.", hint='Write it as ["one", "two"].')
    return found
