"""Finds the Workflow and the instance that a command refers to, and explains which do not exist."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pywrangler.commands.shared.unknown_names import nearest
from pywrangler.errors import ApiError, PywranglerError, UsageError

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client

LATEST = "latest"
WorkflowName = Annotated[str, typer.Argument(metavar="WORKFLOW", help="Name of the Workflow.")]
InstanceId = Annotated[str, typer.Argument(metavar="ID", help="Id of the instance, or `latest`.")]
Port = Annotated[int | None, typer.Option("--port", hidden=True)]
"""Wrangler's (4.164) port of the local session to ask. The platform answers here."""
Page = Annotated[int, typer.Option("--page", min=1, help="The page to show.")]
PerPage = Annotated[int | None, typer.Option("--per-page", min=1, help="Entries on a page.")]
OfStatus = Annotated[
    str | None, typer.Option("--status", metavar="STATUS", help="Only those with this status.")
]


@contextmanager
def expecting_workflow(client: Client, name: str, identifier: str | None = None) -> Iterator[None]:
    """Inside, the API is asked about the Workflow, or about one of its instances, which may not exist."""
    from pywrangler.cloudflare.workflows import INSTANCE_EXISTS, NO_SUCH_INSTANCE, NO_SUCH_WORKFLOW

    try:
        yield
    except ApiError as error:
        if error.status == 404 and error.api_code == NO_SUCH_WORKFLOW:
            error.message, error.detail = f"There is no Workflow `{name}`.", None
            error.hint = _nearest_workflow(client, name)
        elif error.status == 404 and error.api_code == NO_SUCH_INSTANCE:
            error.message = f"The Workflow `{name}` has no instance `{identifier}`."
            error.hint, error.detail = f"`pywrangler workflows instances list {name}` shows them.", None
        elif error.api_code == INSTANCE_EXISTS:
            error.message = f"The Workflow `{name}` already has an instance `{identifier}`."
            error.hint, error.detail = "Choose another id, or omit `--id` for a new one.", None
        raise


def instance_id(client: Client, workflow: str, written: str) -> str:
    """The id that is meant: `latest` is the newest instance."""
    from pywrangler.cloudflare.workflows import list_instances

    if written != LATEST:
        return written
    with expecting_workflow(client, workflow):
        found = newest_first(list_instances(client, workflow))
    if not found:
        raise PywranglerError(
            f"The Workflow `{workflow}` has no instances.",
            hint=f"Start one: `pywrangler workflows trigger {workflow}`.",
            code="no-instances",
        )
    return str(found[0]["id"])


def newest_first(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Workflows or instances in the order of their beginning."""
    return sorted(entries, key=lambda entry: str(entry.get("created_on") or ""), reverse=True)


def parsed_json(text: str, what: str) -> Any:
    """A value that is written as JSON on the command line. Raises `UsageError`."""
    import json

    try:
        return json.loads(text, parse_constant=_no_json)
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"The {what} `{text}` is not JSON: {error}.",
            hint="""Write a value such as '{"key": "value"}', in single quotes for the shell.""",
        ) from error


def _no_json(name: str) -> Any:
    raise ValueError(f"it has {name}")


def _nearest_workflow(client: Client, name: str) -> str:
    from pywrangler.cloudflare.workflows import list_workflows

    try:
        names = [str(each.get("name")) for each in list_workflows(client)]
    except ApiError:
        names = []
    return nearest(name, names) or "`pywrangler workflows list` shows the Workflows."
