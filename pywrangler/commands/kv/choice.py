"""Finds the KV namespace that a command refers to. On the local platform any id may be meant: as in
Wrangler's local storage, a namespace comes into being when something is written to it, and is empty before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.commands.shared.unknown_names import nearest
from pywrangler.errors import ApiError, PywranglerError, UsageError

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client

Found = TypeVar("Found")

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
    if binding and identifier:
        raise UsageError(
            "`--binding` and `--namespace-id` exclude each other.",
            hint="Omit one of them: each of them names a namespace.",
        )
    if not binding and not identifier:
        raise UsageError(
            "No namespace is named.",
            hint="Give `--namespace-id ID`, or `--binding NAME` of the configuration.",
        )
    if identifier:
        return identifier
    fields = run.project.required_fields
    found = next((namespace for namespace in fields.kv_namespaces if namespace.binding == binding), None)
    if found is None:
        bound = [str(namespace.binding) for namespace in fields.kv_namespaces]
        raise PywranglerError(
            f"`{fields.file}` has no KV namespace with the binding `{binding}`.",
            hint=nearest(binding or "", bound)
            or "Add it to `kv_namespaces` there, or give `--namespace-id ID`.",
            code="binding-not-found",
        )
    if not found.id and not preview and (deployed := _id_by_worker(run, found.binding)):
        return deployed
    return choose_id(found.binding, found.id, found.preview_id, preview)


def open_for_writing(run: Invocation, client: Client, namespace_id: str, binding: str | None) -> None:
    """Make the namespace where the local platform lacks it, called as a deploy would call it."""
    if run.target is Target.LOCAL:
        from pywrangler.cloudflare.local import ensure_kv_namespace

        ensure_kv_namespace(client, namespace_id, title=_title(run, namespace_id, binding))


def _title(run: Invocation, namespace_id: str, binding: str | None) -> str | None:
    from pywrangler.deploy.provisioning.resource_names import kv_title

    if binding is None or (worker := run.project.required_fields.worker_name) is None:
        return None
    bound = next(each for each in run.project.required_fields.kv_namespaces if each.binding == binding)
    is_preview = namespace_id == bound.preview_id != bound.id
    return kv_title(worker, binding) + ("_preview" if is_preview else "")


def unless_unknown(run: Invocation, ask: Callable[[], Found], otherwise: Found) -> Found:
    """The result of `ask`, or `otherwise` where the local platform has no such namespace yet."""
    from pywrangler.cloudflare.kv import NO_SUCH_NAMESPACE

    try:
        return ask()
    except ApiError as error:
        if run.target is Target.CLOUDFLARE or (error.status, error.api_code) != (404, NO_SUCH_NAMESPACE):
            raise
        return otherwise


def _id_by_worker(run: Invocation, binding: str) -> str | None:
    """The namespace of a binding whose entry names none: what a deploy made or found for it or, on the local
    platform, would find.
    """
    worker = run.project.required_fields.worker_name
    if worker is None:
        return None
    if deployed := _deployed_id(run, worker, binding):
        return deployed
    return _id_for_deploy(run, worker, binding) if run.target is Target.LOCAL else None


def _id_for_deploy(run: Invocation, worker: str, binding: str) -> str:
    """The id of the namespace with the title that a deploy looks for; one to be made has both the same."""
    from pywrangler.cloudflare.kv import list_namespaces
    from pywrangler.deploy.provisioning.resource_names import kv_title

    title = kv_title(worker, binding)
    return next((str(n["id"]) for n in list_namespaces(run.client) if n["title"] == title), title)


def _deployed_id(run: Invocation, worker: str, binding: str) -> str | None:
    from pywrangler.cloudflare import workers

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
            f"The binding `{binding}` has an `id` and a `preview_id`.",
            hint="Choose with `--no-preview` or `--preview`.",
        )
    candidates = {None: own or for_preview, True: for_preview, False: own}
    chosen = candidates[preview]
    if not chosen:
        field = "preview_id" if preview else "id"
        raise UsageError(
            f"The binding `{binding}` has no `{field}`.",
            hint="Give `--namespace-id ID`, or run `pywrangler deploy`, which creates a namespace for it.",
        )
    return chosen
