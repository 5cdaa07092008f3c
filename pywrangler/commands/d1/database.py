"""`pywrangler d1`: create, list, info, delete."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.commands.d1.choice import DatabaseWord, choose_database
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
from pywrangler.errors import UsageError
from pywrangler.wording import readable_bytes


class DatabaseLocation(StrEnum):
    """The location of a database."""

    WEUR = "weur"
    EEUR = "eeur"
    APAC = "apac"
    OC = "oc"
    WNAM = "wnam"
    ENAM = "enam"


class DatabaseJurisdiction(StrEnum):
    """The region that a database's data must not leave."""

    EU = "eu"
    FEDRAMP = "fedramp"
    US = "us"


def create(
    run: Invocation,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the database.")],
    location: Annotated[
        DatabaseLocation | None, typer.Option("--location", help="Where to keep the database.")
    ] = None,
    jurisdiction: Annotated[
        DatabaseJurisdiction | None, typer.Option("--jurisdiction", help="Where its data must stay.")
    ] = None,
    binding: BindingName = None,
    use_remote: UseRemote = None,
    update_config: UpdateConfig = False,
    as_json: AsJson = False,
) -> None:
    """Create a database and show what to add to the configuration.

    Example: pywrangler d1 create my-db
    """
    from pywrangler.cloudflare.d1 import NAME_TAKEN, create_database

    if not name.strip():
        raise UsageError("The name of the database is empty.", hint="Give it a name.")
    check_binding(binding)
    client = run.changing_client()
    with expecting_free_name("database", name, taken=NAME_TAKEN, listing="pywrangler d1 list"):
        made = create_database(client, name, location=location, jurisdiction=jurisdiction)
    run.console.success(f"Created the database {name}.")
    if as_json:
        run.console.json(made)
        return
    fields = {"database_name": str(made["name"]), "database_id": str(made["uuid"])}
    named = binding or binding_name(name, "DB")
    show_new_binding(run, "d1_databases", named, fields, updates=update_config, is_remote=use_remote)


def list_(run: Invocation, as_json: AsJson = False) -> None:
    """List the databases of the account.

    Example: pywrangler d1 list
    """
    from pywrangler.cloudflare.d1 import list_databases

    found = list_databases(run.client)
    if as_json:
        run.console.json(found)
        return
    fields = ("uuid", "name", "created_at")
    run.console.table(
        ("id", "name", "created"), [[database.get(field) for field in fields] for database in found]
    )


def info(run: Invocation, database: DatabaseWord, as_json: AsJson = False) -> None:
    """Show a database: its size, its tables and, at Cloudflare, what was asked of it in a day.

    Example: pywrangler d1 info my-db
    """
    from pywrangler.cloudflare.d1 import get_database

    client = run.client
    chosen = choose_database(run, client, database)
    facts = describe(get_database(client, chosen.id), _usage(run, chosen.id))
    if as_json:
        run.console.json(facts)
        return
    run.console.record([(name.replace("_", " "), _shown(name, value)) for name, value in facts.items()])


def delete(run: Invocation, database: DatabaseWord, skip_confirmation: SkipConfirmation = False) -> None:
    """Delete a database with everything in it.

    Example: pywrangler d1 delete my-db -y
    """
    from pywrangler.cloudflare.d1 import delete_database

    client = run.changing_client()
    chosen = choose_database(run, client, database)
    question = f"Delete the database {chosen.name} ({chosen.id}) with everything in it?"
    if confirmed(run, question, skip=skip_confirmation):
        delete_database(client, chosen.id)
        run.console.success(f"Deleted the database {chosen.name}.")


def describe(database: dict[str, Any], usage: dict[str, int]) -> dict[str, Any]:
    """A database as Wrangler's `d1 info --json` (4.164) prints it."""
    facts = {name: value for name, value in database.items() if name != "version"}
    if facts.get("file_size"):
        facts["database_size"] = facts.pop("file_size")
    return {**facts, **usage}


def _usage(run: Invocation, database_id: str) -> dict[str, int]:
    """Nothing on the local platform, which does not count."""
    if run.target is Target.LOCAL:
        return {}
    from datetime import UTC, datetime, timedelta

    from pywrangler.cloudflare.d1 import usage

    now = datetime.now(UTC)
    return usage(run.client, database_id, (now - timedelta(days=1)).isoformat(), now.isoformat())


def _shown(name: str, value: Any) -> Any:
    if name == "database_size":
        return readable_bytes(int(value))
    if isinstance(value, dict):
        return ", ".join(f"{key}: {each}" for key, each in value.items())
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value
