"""`pywrangler workflows`: list, describe, delete, trigger."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.options import AsJson
from pywrangler.commands.workflows.choice import (
    Page,
    PerPage,
    Port,
    WorkflowName,
    expecting_workflow,
    newest_first,
    parsed_json,
)
from pywrangler.console import local_time

Params = Annotated[
    str, typer.Argument(metavar="PARAMS", help="The value of `event.payload` in the instance, as JSON.")
]
NewId = Annotated[
    str | None, typer.Option("--id", metavar="ID", help="Id of the new instance; default: a UUID.")
]


def list_(
    run: Invocation,
    page: Page = 1,
    per_page: PerPage = None,
    port: Port = None,  # noqa: ARG001
    as_json: AsJson = False,
) -> None:
    """List the Workflows of the account.

    Example: pywrangler workflows list
    """
    from pywrangler.cloudflare.workflows import list_workflows

    found = newest_first(list_workflows(run.client, page=page, per_page=per_page))
    if as_json:
        run.console.json(found)
        return
    rows = [
        [
            *(each.get(field) for field in ("name", "script_name", "class_name")),
            *(local_time(each.get(field)) for field in ("created_on", "modified_on")),
        ]
        for each in found
    ]
    run.console.table(("NAME", "WORKER", "CLASS", "CREATED", "MODIFIED"), rows)


def describe(run: Invocation, name: WorkflowName, port: Port = None, as_json: AsJson = False) -> None:  # noqa: ARG001
    """Show a Workflow, with the number of its instances.

    Example: pywrangler workflows describe orders
    """
    from pywrangler.cloudflare.workflows import get_workflow, latest_version

    with expecting_workflow(run.client, name):
        found = get_workflow(run.client, name)
        version = latest_version(run.client, name)
    if as_json:
        run.console.json({**found, "latest_version": version})
        return
    run.console.record([*_facts(found), ("latest version", (version or {}).get("id"))])


def delete(run: Invocation, name: WorkflowName, port: Port = None, as_json: AsJson = False) -> None:  # noqa: ARG001
    """Delete a Workflow with its instances.

    Example: pywrangler workflows delete orders
    """
    from pywrangler.cloudflare.workflows import delete_workflow

    client = run.changing_client()
    with expecting_workflow(client, name):
        response = delete_workflow(client, name)
    if as_json:
        run.console.json(response)
    run.console.success(f"Deleted the Workflow {name} with its instances.")


def trigger(
    run: Invocation,
    name: WorkflowName,
    params: Params = "",
    identifier: NewId = None,
    port: Port = None,  # noqa: ARG001
    as_json: AsJson = False,
) -> None:
    """Start an instance of a Workflow.

    Example: pywrangler workflows trigger orders '{"amount": 3}' --id order-17
    """
    from pywrangler.cloudflare.workflows import create_instance

    given = parsed_json(params, "parameter") if params else None
    client = run.changing_client()
    with expecting_workflow(client, name, identifier):
        made = create_instance(client, name, identifier, given)
    if as_json:
        run.console.json(made)
    run.console.success(f"Started the instance {made['id']} of the Workflow {name}.")


def _facts(workflow: dict[str, Any]) -> list[tuple[str, Any]]:
    """A Workflow, a line for each fact; statuses that no instance has are left out."""
    facts = [
        ("name", workflow.get("name")),
        ("id", workflow.get("id")),
        ("worker", workflow.get("script_name")),
        ("class", workflow.get("class_name")),
        ("created", local_time(workflow.get("created_on"))),
        ("modified", local_time(workflow.get("modified_on"))),
    ]
    if workflow.get("jurisdiction"):
        facts.append(("jurisdiction", workflow["jurisdiction"]))
    counts = workflow.get("instances") or {}
    return [*facts, *((f"instances {status}", count) for status, count in counts.items() if count)]
