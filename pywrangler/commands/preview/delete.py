"""`pywrangler preview delete`."""

from __future__ import annotations

from typing import Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.preview.preview import preview_name, refuse_local
from pywrangler.commands.shared.input import confirmed
from pywrangler.commands.shared.options import SkipConfirmation
from pywrangler.commands.shared.worker_name import worker_name as name_of_worker
from pywrangler.errors import ApiError, MissingError

Name = Annotated[
    str | None, typer.Option("--name", metavar="PREVIEW", help="The preview; default: the git branch.")
]
Worker = Annotated[str | None, typer.Option("--worker-name", metavar="WORKER", help="Name of the Worker.")]


def delete(
    run: Invocation,
    name: Name = None,
    worker_name: Worker = None,
    skip_confirmation: SkipConfirmation = False,
) -> None:
    """Delete a preview at Cloudflare with all of its deployments.

    Example: pywrangler preview delete --name my-feature
    """
    from pywrangler.cloudflare.scripts.previews import NO_PREVIEW, delete_preview

    refuse_local(run)
    preview, worker = preview_name(run, name), name_of_worker(run, worker_name, has_suffix=False)
    question = f"Delete the preview {preview} of {worker} with all of its deployments?"
    if not confirmed(run, question, skip=skip_confirmation):
        return
    try:
        delete_preview(run.changing_client(), worker, preview)
    except ApiError as error:
        if error.status != 404 and error.api_code != NO_PREVIEW:
            raise
        raise MissingError(f"The Worker {worker} has no preview `{preview}`.") from None
    run.console.success(f"Deleted the preview {preview} of {worker}.")
