"""Finds the D1 database that a command refers to: by binding, name or id. On the local platform any id of a
configuration may be meant: its database comes into being when it is used, as in Wrangler's local storage.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.commands.shared.unknown_names import nearest
from pywrangler.dataclass import dataclass
from pywrangler.errors import ApiError, PywranglerError, UsageError

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client

DatabaseWord = Annotated[str, typer.Argument(metavar="DATABASE", help="The database's binding, name or id.")]
Preview = Annotated[
    bool, typer.Option("--preview", help="Use the binding's preview database; with --remote only.")
]


@dataclass(frozen=True)
class ChosenDatabase:
    """A database, and what the configuration says of it; `entry` is empty if it is not there."""

    id: str
    name: str
    entry: Mapping[str, Any]


def bound_entry(run: Invocation, word: str) -> Mapping[str, Any] | None:
    """The entry of `d1_databases` with this binding, name or id."""
    fields = run.project.fields
    entries: list[Mapping[str, Any]] = (fields.get("d1_databases") if fields else None) or []
    for names in (("binding", "database_name"), ("database_id", "preview_database_id")):
        for entry in entries:
            if word in [entry.get(name) for name in names]:
                return entry
    return None


def choose_database(
    run: Invocation, client: Client, word: str, *, preview: bool = False, persist_to: str | None = None
) -> ChosenDatabase:
    """The database that `word` names. Raises `PywranglerError` if there is none.

    With `persist_to`, a directory, it is another one of the local platform for each directory.
    """
    entry = bound_entry(run, word)
    if run.target is Target.LOCAL:
        if preview:
            raise UsageError(
                "`--preview` is for databases at Cloudflare.", hint="Omit `--preview`, or add `--remote`."
            )
        found = _local(run, client, word, entry)
        return _apart(run, client, found, persist_to) if persist_to else found
    if preview:
        chosen = (entry or {}).get("preview_database_id")
        if entry is None or not chosen:
            raise UsageError(
                f"`{word}` has no preview database.",
                hint="Add `preview_database_id` to its entry in `d1_databases`, or omit `--preview`.",
            )
        return ChosenDatabase(chosen, word, entry)
    if entry is not None and entry.get("database_id"):
        return ChosenDatabase(entry["database_id"], str(entry.get("database_name") or word), entry)
    return _remote(run, client, word, entry)


def _local(run: Invocation, client: Client, word: str, entry: Mapping[str, Any] | None) -> ChosenDatabase:
    from pywrangler.cloudflare.d1 import list_databases
    from pywrangler.cloudflare.local import ensure_d1_database
    from pywrangler.deploy.worker.local_products import local_database

    if entry is not None:
        worker = run.project.required_fields.worker_name
        chosen = str(local_database(entry, worker)["database_id"])
        ensure_d1_database(client, chosen, entry.get("database_name"))
        return ChosenDatabase(chosen, str(entry.get("database_name") or word), entry)
    known = list_databases(client)
    for database in known:
        if word in (database["uuid"], database["name"]):
            return ChosenDatabase(database["uuid"], database["name"], {})
    raise _unknown(run, word, [str(database["name"]) for database in known])


def _apart(run: Invocation, client: Client, database: ChosenDatabase, directory: str) -> ChosenDatabase:
    """The database that replaces `database` in Wrangler's `--persist-to`: what is done there does not
    reach those of deployed Workers.
    """
    from uuid import NAMESPACE_URL, uuid5

    from pywrangler.cloudflare.local import ensure_d1_database

    place = (run.directory / directory).resolve()
    identifier = str(uuid5(NAMESPACE_URL, f"{place.as_uri()}#{database.id}"))
    name = f"{database.name} of {place}"
    ensure_d1_database(client, identifier, name)
    run.console.info("--persist-to: another database, for this directory, which PYWRANGLER_HOME keeps.")
    return ChosenDatabase(identifier, name, database.entry)


def _remote(run: Invocation, client: Client, word: str, entry: Mapping[str, Any] | None) -> ChosenDatabase:
    from pywrangler.cloudflare.d1 import find_database, list_databases

    name = word if entry is None else entry.get("database_name") or _name_by_worker(run, entry)
    found = find_database(client, str(name))
    if found is not None:
        return ChosenDatabase(str(found["uuid"]), str(found.get("name") or name), entry or {})
    try:
        known = [str(database.get("name")) for database in list_databases(client)]
    except ApiError:
        known = []
    raise _unknown(run, str(name), known)


def _name_by_worker(run: Invocation, entry: Mapping[str, Any]) -> str:
    """The name that a deploy gives the database of a binding without one (Wrangler 4.164)."""
    from pywrangler.deploy.worker.local_products import name_made_for

    worker = run.project.required_fields.worker_name
    binding = str(entry["binding"])
    if worker is None:
        raise UsageError(
            f"The binding `{binding}` has no `database_id` and no `database_name`.",
            hint="Add one of them to its entry in `d1_databases`.",
        )
    return name_made_for(binding, worker)


def _unknown(run: Invocation, word: str, known: list[str]) -> PywranglerError:
    fields = run.project.fields
    entries = (fields.get("d1_databases") if fields else None) or []
    bound = [
        str(entry[name]) for entry in entries for name in ("binding", "database_name") if entry.get(name)
    ]
    return PywranglerError(
        f"There is no D1 database `{word}`.",
        hint=nearest(word, [*bound, *known])
        or f"Add it to `d1_databases` in the configuration, or run `pywrangler d1 create {word}`.",
        code="database-not-found",
    )
