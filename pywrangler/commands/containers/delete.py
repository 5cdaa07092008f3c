"""`pywrangler containers delete`."""

from __future__ import annotations

from pywrangler.commands.containers.choice import ApplicationId, application_id
from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.input import confirmed
from pywrangler.commands.shared.options import SkipConfirmation
from pywrangler.commands.shared.unknown_names import expecting_application


def delete(run: Invocation, application: ApplicationId, skip_confirmation: SkipConfirmation = False) -> None:
    """Delete a container application with its instances. The Worker stays, but loses its containers.

    Example: pywrangler containers delete my-app -y
    """
    from pywrangler.cloudflare.containers import delete_application

    identifier = application_id(run, application)
    client = run.changing_client()
    question = f"Delete the application {application} with all its instances?"
    if confirmed(run, question, skip=skip_confirmation):
        with expecting_application(application):
            delete_application(client, identifier)
        run.console.success(f"Deleted the application {application}.")
