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
    from pywrangler.config import read_kv_namespaces

    file = run.required_configuration_file
    bound = read_kv_namespaces(file, environment=run.environment_name)
    found = next((namespace for namespace in bound if namespace.binding == binding), None)
    if found is None:
        raise UsageError(
            f"No KV namespace is bound as `{binding}` in {file}.",
            hint="Check kv_namespaces there, or give --namespace-id.",
        )
    return choose_id(binding or "", found.id, found.preview_id, preview)


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
        raise UsageError(f"The binding `{binding}` has no {field}.", hint="Give --namespace-id.")
    return chosen
