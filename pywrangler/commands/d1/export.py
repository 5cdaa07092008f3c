"""`pywrangler d1 export`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.commands.d1.choice import ChosenDatabase, DatabaseWord, choose_database
from pywrangler.commands.shared.files import write_file
from pywrangler.commands.shared.input import confirmed
from pywrangler.commands.shared.options import PersistTo, SkipConfirmation
from pywrangler.commands.shared.unknown_names import nearest
from pywrangler.dataclass import dataclass
from pywrangler.errors import ApiError, PywranglerError, UsageError
from pywrangler.wording import readable_bytes

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client

TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '_cf_*'"


class DumpFormat(StrEnum):
    """The format of a dump."""

    D1 = "d1"
    SQLITE3_CLI_ONLY = "sqlite3_cli_only"


@dataclass(frozen=True)
class ExportOptions:
    """The options of `d1 export`."""

    database: DatabaseWord
    output: Annotated[str, typer.Option("--output", metavar="FILE", help="The file to write.")]
    table: Annotated[
        list[str] | None, typer.Option("--table", metavar="NAME", help="Only this table; may be repeated.")
    ] = None
    schema: Annotated[bool, typer.Option("--schema/--no-schema", help="Include the tables' definitions.")] = (
        True
    )
    data: Annotated[bool, typer.Option("--data/--no-data", help="Include the tables' rows.")] = True
    compatibility: Annotated[
        DumpFormat | None, typer.Option("--compatibility", help="The format of the dump.")
    ] = None
    skip_confirmation: SkipConfirmation = False
    persist_to: PersistTo = None


def export(run: Invocation, options: ExportOptions) -> None:
    """Write a database to a file of SQL.

    Example: pywrangler d1 export my-db --output dump.sql
    """
    _check(run, options)
    client = run.client
    chosen = choose_database(run, client, options.database, persist_to=options.persist_to)
    target = run.directory / options.output
    if run.target is Target.LOCAL:
        size = write_file(target, _local_dump(client, chosen, options), lambda _: None)
        run.console.success(f"Wrote {readable_bytes(size)} to {options.output}.")
        return
    question = f"Export the database {chosen.name}? Meanwhile it answers no queries."
    if not confirmed(run, question, skip=options.skip_confirmation):
        return
    from pywrangler.cloudflare.d1 import export_database

    with run.console.progress() as progress:
        task = progress.task(f"Exporting {chosen.name}")
        wanted = {
            "no_schema": not options.schema,
            "no_data": not options.data,
            "tables": options.table or [],
            **({"compatibility": options.compatibility} if options.compatibility else {}),
        }
        pieces = export_database(client, chosen.id, wanted, environment=run.environment, say=task.update)
        size = write_file(target, pieces, task.advance)
        task.done(f"{readable_bytes(size)} written to {options.output}")


def _check(run: Invocation, options: ExportOptions) -> None:
    if not options.schema and not options.data:
        raise UsageError("`--no-schema` and `--no-data` together leave nothing.", hint="Omit one of them.")
    if options.compatibility is DumpFormat.SQLITE3_CLI_ONLY:
        if run.target is Target.LOCAL:
            raise UsageError(
                "`--compatibility sqlite3_cli_only` is for databases at Cloudflare.", hint="Add `--remote`."
            )
        if not options.schema or not options.data:
            raise UsageError(
                "`--compatibility sqlite3_cli_only` writes the whole database.",
                hint="Omit `--no-schema` and `--no-data`.",
            )
    if (run.directory / options.output).is_dir():
        raise UsageError(f"`{options.output}` is a directory.", hint="Name a file.")


def _local_dump(client: Client, chosen: ChosenDatabase, options: ExportOptions) -> Iterator[bytes]:
    from pywrangler.cloudflare.d1 import dump

    _check_tables(client, chosen, options.table or ())
    try:
        lines = dump(
            client,
            chosen.id,
            no_schema=not options.schema,
            no_data=not options.data,
            tables=options.table or (),
        )
    except ApiError as error:
        if not error.reasons:
            raise
        raise PywranglerError(
            f"The database {chosen.name} cannot be exported: {error.reasons[0].rstrip('.')}.",
            hint="Name the tables to export with `--table`.",
        ) from error
    for index, line in enumerate(lines):
        yield (f"\n{line}" if index else line).encode("utf-8", "surrogatepass")


def _check_tables(client: Client, chosen: ChosenDatabase, wanted: Sequence[str]) -> None:
    if not wanted:
        return
    from pywrangler.cloudflare.d1 import query

    (response,) = query(client, chosen.id, {"sql": TABLES})
    known = [str(row["name"]) for row in response["results"]]
    for name in wanted:
        if name not in known:
            raise PywranglerError(
                f"The database {chosen.name} has no table `{name}`.",
                hint=nearest(name, known) or f"Its tables: {', '.join(known) or 'none'}.",
                code="table-not-found",
            )
