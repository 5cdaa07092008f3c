"""`pywrangler versions list` and `versions view`."""

from __future__ import annotations

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.options import AsJson, WorkerName
from pywrangler.commands.shared.worker_name import worker_name
from pywrangler.commands.versions.options import VersionId
from pywrangler.commands.versions.shapes import binding_rows, code_fields, labelled, version_fields
from pywrangler.commands.versions.traffic import created_on
from pywrangler.commands.versions.whole_ids import whole_id

SHOWN = 10


def list_(run: Invocation, name: WorkerName = None, as_json: AsJson = False) -> None:
    """List the ten newest versions of a Worker, the newest last.

    Example: pywrangler versions list --json
    """
    from pywrangler.cloudflare.scripts.versions import list_versions

    worker = worker_name(run, name, has_suffix=False)
    found = sorted(list_versions(run.client, worker), key=created_on)[-SHOWN:]
    if as_json:
        run.console.json(found)
        return
    if not found:
        run.console.info(f"The Worker {worker} has no versions.")
    run.console.result("\n\n".join(labelled(version_fields(each)) for each in found), multiline=True)


def view(run: Invocation, version: VersionId, name: WorkerName = None, as_json: AsJson = False) -> None:
    """Show a version of a Worker with its bindings.

    Example: pywrangler versions view 1f0c7f4e-5d21-4f0e-9a4d-2f8d3c1b7a65
    """
    from pywrangler.cloudflare.workers import get_version

    worker = worker_name(run, name, has_suffix=False)
    found = get_version(run.client, worker, whole_id(run.client, worker, version))
    if as_json:
        run.console.json(found)
        return
    run.console.result(labelled(version_fields(found)), multiline=True)
    if code := code_fields(found):
        run.console.result("\n" + labelled(code), multiline=True)
    if rows := binding_rows(found):
        run.console.result("")
        run.console.table(("BINDING", "TYPE", "RESOURCE"), rows)
