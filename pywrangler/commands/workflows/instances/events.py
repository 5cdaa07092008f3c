"""`pywrangler workflows instances send-event`."""

from __future__ import annotations

from typing import Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.options import AsJson
from pywrangler.commands.workflows.choice import (
    InstanceId,
    Port,
    WorkflowName,
    expecting_workflow,
    instance_id,
    parsed_json,
)


def send_event(
    run: Invocation,
    name: WorkflowName,
    identifier: InstanceId,
    type_: Annotated[
        str, typer.Option("--type", metavar="TYPE", help="The type that the instance waits for.")
    ],
    payload: Annotated[
        str, typer.Option("--payload", metavar="JSON", help="The payload of the event.")
    ] = "{}",
    port: Port = None,  # noqa: ARG001
    as_json: AsJson = False,
) -> None:
    """Send an event to an instance.

    Example: pywrangler workflows instances send-event orders latest --type paid --payload '{"by": "Ada"}'
    """
    from pywrangler.cloudflare.workflows import send_event as send

    carried = parsed_json(payload, "payload")
    client = run.changing_client()
    chosen = instance_id(client, name, identifier)
    with expecting_workflow(client, name, chosen):
        response = send(client, name, chosen, type_, carried)
    if as_json:
        run.console.json(response)
    run.console.success(f"Sent an event of type {type_} to the instance {chosen} of the Workflow {name}.")
