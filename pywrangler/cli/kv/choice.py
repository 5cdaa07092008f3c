"""Which KV namespace a command means."""

from __future__ import annotations

from typing import Annotated

import typer

from pywrangler.cli.invocation import Invocation
from pywrangler.errors import UsageError

Binding = Annotated[
    str | None,
    typer.Option("--binding", metavar="NAME", help="The namespace's binding in the configuration."),
]
NamespaceId = Annotated[str | None, typer.Option("--namespace-id", metavar="ID", help="The namespace's id.")]
Preview = Annotated[
    bool | None,
    typer.Option("--preview/--no-preview", help="Use the binding's preview namespace.", show_default=False),
]


def namespace_id(run: Invocation, binding: str | None, identifier: str | None, preview: bool | None) -> str:
    """The id of the namespace that `--binding` or `--namespace-id` names; exactly one of them must be
    given.
    """
    if bool(binding) == bool(identifier):
        raise UsageError("Which namespace?", hint="Give --namespace-id, or --binding with a configuration.")
    if identifier:
        return identifier
    fields = run.required_fields
    found = next((namespace for namespace in fields.kv_namespaces if namespace.binding == binding), None)
    if found is None:
        raise UsageError(
            f"No KV namespace is bound as `{binding}` in {fields.file}.",
            hint="Check kv_namespaces there, or give --namespace-id.",
        )
    if not found.id and not preview and (deployed := _deployed_id(run, found.binding)):
        return deployed
    return choose_id(found.binding, found.id, found.preview_id, preview)


def _deployed_id(run: Invocation, binding: str) -> str | None:
    """The namespace that a deploy made, or found, for a binding whose entry names none."""
    from pywrangler.cloudflare import workers
    from pywrangler.errors import ApiError

    worker = run.required_fields.worker_name
    if worker is None:
        return None
    try:
        bindings = workers.get_settings(run.client, worker).get("bindings") or ()
    except ApiError:  # most likely it is not deployed; that the id is missing is the better message
        return None
    kinds = ((each.get("type"), each.get("name"), each.get("namespace_id")) for each in bindings)
    return next((id_ for kind, name, id_ in kinds if (kind, name) == ("kv_namespace", binding)), None)


def choose_id(binding: str, own: str | None, for_preview: str | None, preview: bool | None) -> str:
    """The id among a binding's two; `preview` None takes the only one, and two are then an error."""
    if preview is None and own and for_preview:
        raise UsageError(
            f"The binding `{binding}` has an id and a preview_id.", hint="Add --preview or --no-preview."
        )
    candidates = {None: own or for_preview, True: for_preview, False: own}
    chosen = candidates[preview]
    if not chosen:
        field = "preview_id" if preview else "id"
        raise UsageError(
            f"The binding `{binding}` has no {field}.",
            hint="Give --namespace-id, or deploy the Worker, which makes a namespace for it.",
        )
    return chosen
