"""`pywrangler kv namespace`: create, list, delete, rename."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.kv.choice import Binding, NamespaceId, Preview, namespace_id
from pywrangler.commands.shared.input import confirmed
from pywrangler.commands.shared.new_binding import (
    BindingName,
    UpdateConfig,
    UseRemote,
    binding_name,
    check_binding,
    show_new_binding,
)
from pywrangler.commands.shared.options import AsJson, SkipConfirmation
from pywrangler.commands.shared.taken_names import expecting_free_name
from pywrangler.commands.shared.unknown_names import expecting_namespace, no_namespace_of_title
from pywrangler.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pywrangler.cloudflare.client import Client

TITLE_IN_USE = 10014
MAX_TITLE_CHARACTERS = 512
Title = Annotated[str, typer.Argument(metavar="NAME", help="Name of the namespace.")]
OptionalTitle = Annotated[str | None, typer.Argument(metavar="NAME", help="Name of the namespace.")]
NewTitle = Annotated[str, typer.Option("--new-name", metavar="NAME", help="The new name.")]
ForPreview = Annotated[bool, typer.Option("--preview", help="Create a preview namespace.")]
Jurisdiction = Annotated[str | None, typer.Option("--jurisdiction", hidden=True)]


class Mode(StrEnum):
    """How a namespace stores its values."""

    INSTANT = "instant"


ModeOption = Annotated[Mode | None, typer.Option("--experimental-mode", "--x-mode", hidden=True)]


def create(
    run: Invocation,
    name: Title,
    preview: ForPreview = False,
    binding: BindingName = None,
    jurisdiction: Jurisdiction = None,
    mode: ModeOption = None,
    use_remote: UseRemote = None,
    update_config: UpdateConfig = False,
    as_json: AsJson = False,
) -> None:
    """Create a namespace and show what to add to the configuration.

    Example: pywrangler kv namespace create CACHE
    """
    from pywrangler.cloudflare.kv import create_namespace

    _check_title(name)
    if mode is not None and jurisdiction is not None:
        raise UsageError("`--experimental-mode` and `--jurisdiction` exclude each other.")
    check_binding(binding)
    # The option alone, not CLOUDFLARE_ENV, as with Wrangler (4.164).
    prefix = f"{run.options.environment}-" if run.options.environment else ""
    title = f"{prefix}{name}{'_preview' if preview else ''}"
    client = run.changing_client()
    with expecting_free_name("namespace", title, taken=TITLE_IN_USE, listing="pywrangler kv namespace list"):
        made = create_namespace(client, title, jurisdiction=jurisdiction, mode=mode)
    run.console.success(f"Created the namespace {title}.")
    if as_json:
        run.console.json(made)
        return
    named = binding or binding_name(name, "KV")
    fields = {"preview_id" if preview else "id": str(made["id"])}
    show_new_binding(run, "kv_namespaces", named, fields, updates=update_config, is_remote=use_remote)


def list_(run: Invocation) -> None:
    """List the namespaces of the account, as JSON.

    Example: pywrangler kv namespace list
    """
    from pywrangler.cloudflare.kv import list_namespaces

    run.console.json(list_namespaces(run.client))


def delete(
    run: Invocation,
    namespace: OptionalTitle = None,
    binding: Binding = None,
    identifier: NamespaceId = None,
    preview: Preview = None,
    skip_confirmation: SkipConfirmation = False,
) -> None:
    """Delete a namespace with all its keys.

    Example: pywrangler kv namespace delete CACHE -y
    """
    from pywrangler.cloudflare.kv import delete_namespace

    _check_named_once({"a name": namespace, "`--binding`": binding, "`--namespace-id`": identifier})
    client = run.changing_client()
    found = _by_title(client, namespace) if namespace else namespace_id(run, binding, identifier, preview)
    name = namespace or found
    if confirmed(run, f"Delete the namespace {name} with everything in it?", skip=skip_confirmation):
        with expecting_namespace(client, found):
            delete_namespace(client, found)
        run.console.success(f"Deleted the namespace {name}.")


def rename(
    run: Invocation, new_name: NewTitle, old_name: OptionalTitle = None, identifier: NamespaceId = None
) -> None:
    """Give a namespace another name.

    Example: pywrangler kv namespace rename CACHE --new-name cache-of-shop
    """
    from pywrangler.cloudflare.kv import rename_namespace

    _check_named_once({"a name": old_name, "`--namespace-id`": identifier})
    _check_title(new_name, "new name")
    if len(new_name) > MAX_TITLE_CHARACTERS:
        raise UsageError(f"The new name is longer than {MAX_TITLE_CHARACTERS} characters.")
    client = run.changing_client()
    found = identifier or _by_title(client, old_name or "")
    with expecting_namespace(client, found):
        rename_namespace(client, found, new_name)
    run.console.success(f"Renamed the namespace to {new_name}.")


def _by_title(client: Client, title: str) -> str:
    from pywrangler.cloudflare.kv import list_namespaces

    ids = {str(n["title"]): str(n["id"]) for n in list_namespaces(client)}
    if title not in ids:
        raise no_namespace_of_title(title, ids)
    return ids[title]


def _check_title(title: str, what: str = "name") -> None:
    if not title.strip():
        raise UsageError(f"The {what} of the namespace is empty.", hint="Give it a name.")


def _check_named_once(names: Mapping[str, str | None]) -> None:
    """Raise `UsageError` if the namespace is named in no way, or in more than one."""
    given = [how for how, value in names.items() if value]
    ways = " or ".join((", ".join([*names][:-1]), [*names][-1]))
    if not given:
        raise UsageError("No namespace is named.", hint=f"Give {ways}.")
    if len(given) > 1:
        raise UsageError(
            f"The namespace is named by {' and '.join(given)}.", hint=f"Give {ways}: one of them."
        )
