"""`pywrangler dispatch-namespace`: create, list, get, rename, delete."""

from __future__ import annotations

from typing import Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.options import AsJson

Name = Annotated[str, typer.Argument(metavar="NAMESPACE", help="Name of the dispatch namespace.")]
NewName = Annotated[str, typer.Argument(metavar="NEW-NAME", help="Its new name.")]


def create(run: Invocation, name: Name, as_json: AsJson = False) -> None:
    """Create a dispatch namespace.

    Example: pywrangler dispatch-namespace create customers
    """
    from pywrangler.cloudflare.products.dispatch import create_namespace

    made = create_namespace(run.changing_client(), name)
    run.console.success(f"Created the dispatch namespace {name} with the id {made['namespace_id']}.")
    if as_json:
        run.console.json(made)


def list_(run: Invocation, as_json: AsJson = False) -> None:
    """List the dispatch namespaces.

    Example: pywrangler dispatch-namespace list
    """
    from pywrangler.cloudflare.products.dispatch import list_namespaces

    found = list_namespaces(run.client)
    if as_json:
        run.console.json(found)
        return
    columns = ("namespace_name", "namespace_id", "script_count", "created_on", "modified_on")
    rows = [[each.get(name) for name in columns] for each in found]
    run.console.table(("NAME", "ID", "WORKERS", "CREATED", "MODIFIED"), rows)


def get(run: Invocation, name: Name, as_json: AsJson = False) -> None:
    """Show a dispatch namespace.

    Example: pywrangler dispatch-namespace get customers
    """
    from pywrangler.cloudflare.products.dispatch import get_namespace

    found = get_namespace(run.client, name)
    if as_json:
        run.console.json(found)
    else:
        run.console.record(list(found.items()))


def rename(run: Invocation, name: Name, new_name: NewName) -> None:
    """Rename a dispatch namespace.

    Example: pywrangler dispatch-namespace rename customers shops
    """
    from pywrangler.cloudflare.products.dispatch import rename_namespace

    rename_namespace(run.changing_client(), name, new_name)
    run.console.success(f"Renamed the dispatch namespace {name} to {new_name}.")


def delete(run: Invocation, name: Name) -> None:
    """Delete a dispatch namespace. Delete its Workers first: `pywrangler delete --dispatch-namespace`.

    Example: pywrangler dispatch-namespace delete customers
    """
    from pywrangler.cloudflare.products.dispatch import delete_namespace

    delete_namespace(run.changing_client(), name)
    run.console.success(f"Deleted the dispatch namespace {name}.")
